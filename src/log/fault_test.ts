// Goal: whatever call to the disk fails, for whatever reason, the log that is left is whole and has all that was flushed.
// Method: the same work with the n-th call failing, for every n until none fails (as SQLite tests itself).
import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { createFaultyFiles, type FaultyFiles, type FaultyFilesOptions } from "../testing/mod.ts";
import { begin, bytes, readAll } from "./_fixture.ts";
import { openRecording } from "./recording.ts";
import { recoverRecording } from "./recover.ts";
import type { SyncPolicy } from "./writer.ts";
import { verifyRecording } from "./verify.ts";

/** What the work wrote: payloads are numbers. */
interface Outcome {
  /** Numbers whose write() did not throw, and those for which flush() said that they are in the file. */
  readonly taken: Set<number>;
  readonly flushed: Set<number>;
  closed: boolean;
  began: boolean;
}

/** Records 36 numbers in two channels, flushes now and then, goes on whatever happens. */
function work(files: Files, sync: SyncPolicy, folder = "run", compress: "zstd" | "none" = "none"): Outcome {
  const outcome: Outcome = { taken: new Set(), flushed: new Set(), closed: false, began: false };
  const attempt = (action: () => void): boolean => {
    try {
      action();
      return true;
    } catch (error) {
      assert.ok(isTinmanError(error, "WRITE_FAILED"), String(error));
      return false;
    }
  };
  attempt(() => {
    const { recording } = begin({ files, blockBytes: 256, sync, folder, compress });
    outcome.began = true;
    for (let i = 0; i < 36; i++) {
      const size = i % 17 === 0 ? 300 : 20;
      const payload = new Uint8Array(size);
      payload[0] = i;
      if (attempt(() => recording.channel(i % 3 === 0 ? "a" : "b", bytes).write(payload))) outcome.taken.add(i);
      if (i % 11 === 10 && attempt(() => recording.flush())) {
        for (const each of outcome.taken) outcome.flushed.add(each);
      }
    }
    outcome.closed = attempt(() => recording.close());
  });
  return outcome;
}

function check(files: Files, folder: string, { taken, flushed, closed, began }: Outcome, place: string): void {
  if (!began) return;
  const { ok, findings } = verifyRecording(files, folder);
  assert.ok(ok, `${place}: ${JSON.stringify(findings)}`);
  using log = openRecording(files, folder);
  const frames = [...log.frames()];
  const seen = frames.map(({ data }) => data[0]!);
  assert.deepEqual(seen, [...new Set(seen)].sort((a, b) => a - b), `${place}: in order, and once each`);
  for (const each of flushed) assert.ok(seen.includes(each), `${place}: ${each} was flushed`);
  // A frame whose sync failed stays where it cannot be cut off any more until the end.
  for (const each of seen) assert.ok(taken.has(each) || !closed, `${place}: ${each} was refused`);
  if (closed) assert.deepEqual(seen, [...taken], `${place}: closed in good order`);
  if (closed) assert.equal(log.manifest.clean, true);
}

function forEveryCall(options: Omit<FaultyFilesOptions, "failAt">, sync: SyncPolicy): void {
  for (const [folder, compress] of [["run", "none"], ["run.mcap", "none"], ["run.mcap", "zstd"]] as const) {
    forEveryCallOf({ folder, compress }, options, sync);
  }
}

function forEveryCallOf(
  { folder, compress }: { readonly folder: string; readonly compress: "zstd" | "none" },
  options: Omit<FaultyFilesOptions, "failAt">,
  sync: SyncPolicy,
): void {
  let faulty: FaultyFiles;
  let failAt = 0;
  do {
    failAt++;
    const files = createMemoryFiles();
    faulty = createFaultyFiles(files, { ...options, failAt, opens: true });
    const outcome = work(faulty, sync, folder, compress);
    check(files, folder, outcome, `${folder}: call ${failAt} of ${JSON.stringify({ ...options, sync, compress })}`);
  } while (faulty.calls >= failAt);
  assert.ok(failAt > 20, "it did something");
}

for (const sync of ["never", "always", { everyMs: 1000 }] as const) {
  for (const how of ["broken", "full"] as const) {
    Deno.test(`F12 a disk that is ${how} from the n-th call on costs nothing that was flushed (sync ${JSON.stringify(sync)})`, () => {
      forEveryCall({ how }, sync);
    });
  }
}

for (const sync of ["never", "always"] as const) {
  for (const how of ["broken", "full"] as const) {
    for (const times of [1, 4]) {
      Deno.test(`F12 a disk that is ${how} for ${times} calls costs only what was refused (sync ${sync})`, () => {
        forEveryCall({ how, times }, sync);
      });
    }
  }
}

Deno.test("F22 recoverRecording() with any call failing leaves the source alone, and a second try succeeds", () => {
  const source = createMemoryFiles();
  work(source, "never");
  const names = source.list("run");
  const before = names.map((name) => readAll(source, `run/${name}`).toHex());
  for (let failAt = 1;; failAt++) {
    const files = createFaultyFiles(source, { failAt, opens: true });
    try {
      recoverRecording(files, "run", "new");
    } catch (error) {
      assert.ok(isTinmanError(error, "WRITE_FAILED"));
    }
    assert.deepEqual(names.map((name) => readAll(source, `run/${name}`).toHex()), before);
    source.remove("new");
    if (files.calls < failAt) break;
  }
  assert.deepEqual(recoverRecording(source, "run", "new").verify.findings, []);
});
