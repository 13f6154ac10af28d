import assert from "node:assert/strict";
import { createMemoryFiles } from "../files/mod.ts";
import { begin, bytes, flip, put, rawLog, readAll } from "./_fixture.ts";
import { verifyRecording } from "./verify.ts";

function recorded(count = 100) {
  const { files, recording } = begin({ blockBytes: 400 });
  const channel = recording.channel("a", bytes);
  for (let i = 0; i < count; i++) channel.write(new Uint8Array(20).fill(i));
  recording.close();
  return files;
}

Deno.test("F21 verifyRecording() of a whole recording finds nothing", () => {
  const report = verifyRecording(recorded(), "run");
  assert.deepEqual([report.ok, report.findings], [true, []]);
  const { totals } = report;
  assert.deepEqual([totals.channels, totals.frames, totals.damagedBlocks, totals.uncheckedFrames], [1, 100, 0, 0]);
});

Deno.test("F21 verifyRecording() finds a flipped bit wherever it is", () => {
  const files = recorded(20);
  for (const file of ["run/a.blog", "run/a.idx"]) {
    const content = readAll(files, file);
    for (let at = 0; at < content.length; at++) {
      flip(files, file, at);
      assert.notDeepEqual(verifyRecording(files, "run").findings, [], `${file} at ${at}`);
      put(files, file, content);
    }
  }
});

Deno.test("F21 verifyRecording() says where a damaged block is, how much it holds and what to do", () => {
  const files = recorded();
  flip(files, "run/a.blog", 1000);
  const { ok, findings, totals } = verifyRecording(files, "run");
  assert.equal(ok, false);
  assert.equal(findings.length, 1);
  const [{ severity, channel, at, message, fix } = assert.fail()] = findings;
  assert.deepEqual([severity, channel], ["error", "a"]);
  assert.ok(at! <= 1000 && at! > 600);
  assert.match(message, /^the checksum of 396 bytes is [0-9a-f]{8}, not [0-9a-f]{8}: 11 frames are damaged$/);
  assert.match(fix!, /tinman log recover/);
  assert.deepEqual([totals.damagedBlocks, totals.damagedFrames, totals.frames], [1, 11, 89]);
});

Deno.test("F21 verifyRecording() tells a torn tail, lost frames and an index that is gone", () => {
  const files = recorded();
  put(files, "run/a.blog", readAll(files, "run/a.blog").subarray(0, 2020));
  files.remove("run/a.idx");
  const { ok, findings, totals } = verifyRecording(files, "run");
  assert.equal(ok, false);
  assert.deepEqual(findings.map(({ severity, message }) => `${severity}: ${message.replace(/\d+/g, "N")}`), [
    "warning: the last N bytes are left out: behind N whole frames its file ends inside a frame",
    "error: N frames were written, N are there",
    "warning: its index cannot be used, it is missing: N frames have no checksum",
  ]);
  assert.ok(totals.cutBytes > 0 && totals.uncheckedFrames === totals.frames + 1);
});

Deno.test("F21 verifyRecording() tells of times that go back, and counts them", () => {
  const files = createMemoryFiles();
  put(files, "run/a.blog", rawLog([5n, 9n, 3n, 4n, 1n].map((timeNs) => [timeNs, Uint8Array.of(1)])));
  const { ok, findings } = verifyRecording(files, "run");
  assert.equal(ok, true);
  const messages = findings.map(({ message }) => message);
  assert.ok(messages.includes("a frame of time 3 stands behind one of 9"));
  assert.ok(messages.includes("in all 2 frames are not later than the one before"));
});

Deno.test("F21 verifyRecording() finds a missing file and a recording that was not ended", () => {
  const files = recorded();
  files.remove("run/a.blog");
  assert.deepEqual(verifyRecording(files, "run").findings.map(({ severity }) => severity), ["error"]);
  const { files: open, recording } = begin();
  recording.channel("a", bytes).write(new Uint8Array(1));
  recording.flush();
  const report = verifyRecording(open, "run");
  assert.ok(report.ok);
  assert.match(report.findings[0]!.message, /not ended in good order/);
  recording.close();
});
