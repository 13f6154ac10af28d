/*
 * "A torn tail; a flipped bit in payload, header, index, recording.json: detected, named, nothing hangs. A missing, empty,
 * foreign recording."
 */
import assert from "node:assert/strict";
import { createEnvironment, createRandom, Graph, isTinmanError, type RunEnvironment } from "tinman";
import { type Finding, openRecording, recoverRecording, verifyRecording } from "tinman/log";
import type { Files } from "../../src/files/mod.ts";
import { flip, recordInMemory, withChange } from "./_damaged.ts";
import { temporaryFolder } from "./_folder.ts";
import { scale, seed } from "./_scale.ts";
import { consumers } from "./_three_sources.ts";

const env = createEnvironment();
const recorded = await recordInMemory(1500);
const names = [...recorded.keys()];
const random = createRandom(`${seed}`);

Deno.test("A whole recording has no findings", () => {
  assert.deepEqual(verifyRecording(withChange(recorded, "", (bytes) => bytes), "damaged").findings, []);
  assert.ok(["merged.blog", "merged.idx", "%7Ejournal.blog", "recording.json"].every((name) => names.includes(name)));
});

Deno.test(`A flipped bit anywhere in any file is found, and its place is named (seed ${seed})`, async () => {
  for (const name of names) {
    const length = recorded.get(name)!.length;
    // The first bytes of each file, and as many others by chance.
    const places = Array.from({ length: 100 * scale }, (_, i) => i < 50 * scale && i < length ? i : random.int(length));
    for (const at of places) {
      const bit = random.int(8);
      const what = `${name}, bit ${bit} of byte ${at}`;
      const files = withChange(recorded, name, (bytes) => flip(bytes, at, bit));
      const { findings, ok } = verifyRecording(files, "damaged");
      assert.ok(findings.length > 0, `${what}: nothing was found`);
      if (name.endsWith(".blog")) assert.ok(!ok, what);
      const found = findings.find((finding) => isAbout(name, finding));
      assert.ok(found !== undefined, `${what}: ${JSON.stringify(findings)}`);
      if (name.endsWith(".blog")) assert.ok(found.at! <= at, `${what}: ${JSON.stringify(found)}`);
    }
    for (const at of places.slice(-10)) await checkUse(withChange(recorded, name, (bytes) => flip(bytes, at, 0)));
  }
});

Deno.test(`A tail that is torn off any file is found, and the rest is read (seed ${seed})`, async () => {
  for (const name of names) {
    const { length } = recorded.get(name)!;
    for (let i = 0; i < 20 * scale; i++) {
      const cut = i === 0 ? 1 : 1 + random.int(length);
      const files = withChange(recorded, name, (bytes) => bytes.subarray(0, length - cut));
      const { findings } = verifyRecording(files, "damaged");
      assert.ok(
        findings.some((finding) => isAbout(name, finding)),
        `${name}, ${cut} bytes: ${JSON.stringify(findings)}`,
      );
      if (i < 5) await checkUse(files);
    }
  }
});

Deno.test("A file that is missing or empty is found, whichever it is", async () => {
  for (const name of names) {
    for (const content of [undefined, new Uint8Array(0)]) {
      const files = withChange(recorded, name, () => content);
      const { findings } = verifyRecording(files, "damaged");
      assert.ok(findings.some((finding) => isAbout(name, finding)), JSON.stringify(findings));
      await checkUse(files);
    }
  }
});

Deno.test("A recording that is missing, empty or something else is said to be so", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  Deno.mkdirSync(`${path}/empty`);
  Deno.mkdirSync(`${path}/foreign`);
  Deno.writeTextFileSync(`${path}/foreign/holiday.txt`, "sun");
  Deno.mkdirSync(`${path}/later`);
  Deno.writeTextFileSync(`${path}/later/recording.json`, '{ "tinman": 2 }');
  Deno.writeTextFileSync(`${path}/file`, "sun");
  const cases = [
    ["missing", "NOT_FOUND", /there is no such folder/],
    ["empty", "NOT_FOUND", /the folder is empty/],
    ["foreign", "FOREIGN_LOG", /no recording is in it/],
    ["later", "FOREIGN_LOG", /it is of version 2, and only 1 can be read/],
    ["file", "FOREIGN_LOG", /it is a file/],
  ] as const;
  for (const [name, code, message] of cases) {
    const attempts = [
      () => openRecording(env.files, `${path}/${name}`),
      () => verifyRecording(env.files, `${path}/${name}`),
      () => recoverRecording(env.files, `${path}/${name}`, `${path}/recovered`),
      () => Graph.of(consumers()).replay(`${path}/${name}`, env),
    ];
    for (const attempt of attempts) {
      await assert.rejects(async () => void (await attempt()), (error) => {
        assert.ok(isTinmanError(error, code), `${name}: ${error}`);
        assert.match(error.message, message);
        assert.ok(error.hint !== undefined);
        return true;
      });
    }
    assert.equal(env.files.stat(`${path}/recovered`), undefined, "nothing is made for nothing");
  }
});

/** Replays and recovers what is damaged: both end, by doing it or with an error that names the place. */
async function checkUse(files: Files): Promise<void> {
  const quiet: RunEnvironment = { ...env, files, say() {} };
  const options = { verify: true, graceMs: 100, handleSignals: false };
  const outcome = await Graph.of(consumers()).replay("damaged", quiet, options).catch((error) => error);
  if (outcome instanceof Error) {
    assert.ok(isTinmanError(outcome), String(outcome.stack));
    assert.match(outcome.message, /damaged|channel|"[abc~]/);
  }
  const report = recoverRecording(files, "damaged", "recovered");
  assert.ok(report.verify.ok, JSON.stringify(report.verify.findings));
}

/** Whether a finding is about this file. */
function isAbout(file: string, { channel, message }: Finding): boolean {
  if (file === "recording.json") return message.includes("recording.json") || channel === undefined;
  return channel === decodeURIComponent(file.replace(/\.\w+$/, ""));
}
