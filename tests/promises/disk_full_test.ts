/*
 * "Recording into a folder of a disk that fills up: a clear `WRITE_FAILED` error reaches the caller of `run()`, the log
 * stays valid, what was flushed is whole." On a small disk of its own where one may be made, always on one in memory, and
 * with every single change of the disk failing in turn.
 */
import assert from "node:assert/strict";
import { bytes, channel, createEnvironment, Graph, isTinmanError, node, type RunEnvironment } from "tinman";
import { createRecording, openRecording, verifyRecording } from "tinman/log";
import { createFaultyFiles } from "tinman/testing";
import { createMemoryFiles, type Files } from "../../src/files/mod.ts";
import { canMakeDisks, smallDisk } from "./_folder.ts";
import { contentOf } from "./_content.ts";

const DISK_BYTES = 1024 * 1024;
const blobs = channel<Uint8Array>("blobs", { codec: bytes() });
const numbers = channel<number>("numbers");

function graph(values: number): Graph {
  return Graph.of(
    node({ name: "source", out: { blobs, numbers } }, async ({ blobs, numbers }) => {
      for (let i = 0; i < values; i++) {
        await blobs.publish(contentOf(0, i));
        await numbers.publish(i);
      }
    }),
    node({ name: "sink", in: { blobs } }, async ({ blobs }) => {
      for await (const _ of blobs);
    }),
  );
}

Deno.test("run() fails with WRITE_FAILED when the disk in memory is full, and the recording is valid", async () => {
  const files = createMemoryFiles({ diskBytes: DISK_BYTES });
  await fillByRun({ ...createEnvironment(), files }, "recordings");
});

Deno.test({
  name: "run() fails with WRITE_FAILED when a real disk is full, and the recording is valid",
  ignore: !canMakeDisks(),
  async fn() {
    using disk = smallDisk(DISK_BYTES)!;
    await fillByRun(createEnvironment(), disk.path);
  },
});

Deno.test({
  name: "RecordingWriter on a real disk that is full holds what was flushed, and goes on when there is room",
  ignore: !canMakeDisks(),
  fn() {
    using disk = smallDisk(DISK_BYTES)!;
    fillByHand(createEnvironment().files, `${disk.path}/by-hand`);
  },
});

Deno.test("RecordingWriter on a disk in memory that is full holds what was flushed, and goes on when there is room", () => {
  fillByHand(createMemoryFiles({ diskBytes: DISK_BYTES }), "by-hand");
});

Deno.test("run() reports the first failure of any change of the disk, and what is there can be read", async () => {
  for (const how of ["full", "broken"] as const) {
    for (let failAt = 1;; failAt++) {
      const files = createMemoryFiles();
      const faulty = createFaultyFiles(files, { failAt, how, opens: true });
      const env = { ...createEnvironment(), files: faulty, say() {} };
      const error = await graph(800).run(env, { record: "recordings" }).then(() => undefined, (error) => error);
      if (faulty.calls < failAt) {
        assert.ok(failAt > 10, "something was written");
        break;
      }
      // An index that cannot be written only costs time.
      if (error !== undefined) assert.ok(isTinmanError(error, "WRITE_FAILED"), `${how} ${failAt}: ${error}`);
      if (holdsAnything(files)) checkValid(files, "recordings", `${how} at ${failAt}`);
      else assert.ok(error !== undefined);
    }
  }
});

async function fillByRun(env: RunEnvironment, folder: string): Promise<void> {
  const error = await graph(1_000_000).run(env, { record: folder }).then(() => undefined, (error) => error);
  assert.ok(isTinmanError(error, "WRITE_FAILED"), String(error));
  assert.match(error.message, /^Cannot write to .*(blobs|numbers|~journal|%7Ejournal)\.blog at byte \d+: /);
  assert.match(error.hint ?? "", /free some space/);
  const frames = checkValid(env.files, folder, "full");
  assert.ok(frames > 2000, `${frames} frames`);
}

/** Whether it came so far that there is a channel. */
function holdsAnything(files: Files): boolean {
  const names = files.list("recordings").flatMap((name) => files.list(`recordings/${name}`));
  return names.some((name) => name.endsWith(".blog"));
}

/** Opens and verifies what is there; every frame is what was published. Returns how many there are. */
function checkValid(files: Files, folder: string, what: string): number {
  const report = verifyRecording(files, folder);
  assert.deepEqual(report.findings.filter(({ severity }) => severity === "error"), [], what);
  using recording = openRecording(files, folder);
  let frames = 0;
  for (const { index, data } of recording.frames({ channels: recording.channels.map(({ name }) => name) })) {
    frames++;
    if (data.length >= 12) assert.deepEqual(data, contentOf(0, index), what);
  }
  return frames;
}

function fillByHand(files: Files, folder: string): void {
  const { clock } = createEnvironment();
  const ballast = "a file that others have on the same disk";
  files.replace(`${folder} ${ballast}`, new Uint8Array(DISK_BYTES / 2));
  const recording = createRecording(files, folder, { clock });
  const channel = recording.channel("blobs", bytes());
  let written = 0;
  let flushed = 0;
  const fill = () => {
    for (;;) {
      channel.write(contentOf(0, written));
      written++;
      if (written % 50 !== 0) continue;
      recording.flush();
      flushed = written;
    }
  };
  assert.throws(fill, (error) => isTinmanError(error, "WRITE_FAILED") && error.retriable);
  assert.ok(flushed >= 50);
  {
    using log = openRecording(files, folder);
    const found = [...log.frames()];
    assert.ok(found.length >= flushed, `${found.length} frames are there, ${flushed} were flushed`);
    for (const { index, data } of found) assert.deepEqual(data, contentOf(0, index));
  }
  files.remove(`${folder} ${ballast}`);
  const before = written;
  while (written < before + 100) {
    channel.write(contentOf(0, written));
    written++;
  }
  recording.close();
  const { findings, totals } = verifyRecording(files, folder);
  assert.deepEqual(findings.map(({ severity }) => severity), channel.drops > 0 ? ["info"] : []);
  using log = openRecording(files, folder);
  assert.equal(log.channels[0]!.frames, written);
  assert.equal(log.channels[0]!.drops, channel.drops);
  assert.ok(totals.frames >= written);
  const gap = [...log.frames({ channels: ["~events"] })].map(({ data }) => new TextDecoder().decode(data));
  assert.equal(gap.length, channel.drops > 0 ? 1 : 0, gap.join("\n"));
}
