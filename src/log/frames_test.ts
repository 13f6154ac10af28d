import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { begin, bytes, flip, put, rawLog, START_NS } from "./_fixture.ts";
import { createMemoryFiles } from "../files/mod.ts";
import type { Frame } from "./frame.ts";
import { openRecording } from "./recording.ts";

function recordNumbers(count: number, channels = 3) {
  const { files, recording } = begin({ blockBytes: 400 });
  const writers = Array.from({ length: channels }, (_, i) => recording.channel(`c${i}`, bytes));
  for (let i = 0; i < count; i++) writers[(i * i) % channels]!.write(Uint8Array.of(i, i >> 8));
  recording.close();
  return files;
}

Deno.test("F13 frames of several channels come in the order of time", () => {
  using log = openRecording(recordNumbers(500), "run");
  const numbers = Array.from(log.frames(), ({ data }) => data[0]! + 256 * data[1]!);
  assert.deepEqual(numbers, Array.from({ length: 500 }, (_, i) => i));
});

Deno.test("F13 frames of the same time come by name of the channel, in every run", () => {
  for (const order of [["a", "B", "b", "ä"], ["ä", "b", "B", "a"]]) {
    const files = createMemoryFiles();
    for (const name of order) put(files, `run/${name}.blog`, rawLog([[5n, Uint8Array.of(1)], [5n, Uint8Array.of(2)]]));
    using log = openRecording(files, "run");
    const seen = Array.from(log.frames(), ({ channel, data }) => channel + data[0]);
    assert.deepEqual(seen, ["B1", "B2", "a1", "a2", "b1", "b2", "ä1", "ä2"]);
  }
});

Deno.test("F13 a merge gives each frame once and in order, however the times lie", () => {
  const times = fc.array(fc.bigInt({ min: 0n, max: 30n }), { maxLength: 20 });
  fc.assert(fc.property(fc.array(times, { maxLength: 6 }), (channels) => {
    const files = createMemoryFiles();
    put(files, "run/z.blog", new Uint8Array(0));
    channels.forEach((list, i) => {
      const sorted = list.toSorted((a, b) => Number(a - b));
      put(files, `run/${i}.blog`, rawLog(sorted.map((timeNs) => [START_NS + timeNs, Uint8Array.of(i)])));
    });
    using log = openRecording(files, "run");
    const seen = Array.from(log.frames(), ({ timeNs, channel }) => ({ timeNs: timeNs - START_NS, channel }));
    const expected = channels.flatMap((list, i) => list.map((timeNs) => ({ timeNs, channel: `${i}` })))
      .sort((a, b) => Number(a.timeNs - b.timeNs) || Number(a.channel) - Number(b.channel));
    assert.deepEqual(seen, expected);
  }));
});

Deno.test("frames() can be gone through with for and with for await, and again", async () => {
  using log = openRecording(recordNumbers(50), "run");
  const frames = log.frames();
  const once = [...frames];
  const twice: Frame[] = [];
  for await (const frame of frames) twice.push(frame);
  assert.deepEqual(twice, once);
  assert.equal(once.length, 50);
});

Deno.test("leaving a loop over frames() early leaves the recording as it was", async () => {
  using log = openRecording(recordNumbers(50), "run");
  for (const _ of log.frames()) break;
  for await (const _ of log.frames()) break;
  assert.throws(() => {
    for (const _ of log.frames()) throw new Error("the body threw");
  }, /the body threw/);
  assert.equal([...log.frames()].length, 50);
});

Deno.test("batches() have the same frames as frames(), and stay valid", async () => {
  const files = recordNumbers(10_000);
  using log = openRecording(files, "run");
  const expected = Array.from(log.frames({ reserved: true }));
  const batches = [...log.batches({ reserved: true })];
  assert.ok(batches.length > 1);
  const frames = batches.flatMap((batch) => Array.from({ length: batch.count }, (_, i) => batch.frame(i)));
  assert.deepEqual(frames, expected);
  const batch = batches[1]!;
  const [frame, at] = [batch.frame(7), batch.start(7)];
  assert.deepEqual(
    [batch.channel(7), batch.timeNs(7), batch.index(7), batch.length(7), batch.data(7)],
    [frame.channel, frame.timeNs, frame.index, frame.data.length, frame.data],
  );
  assert.deepEqual(batch.bytes(7).subarray(at, at + batch.length(7)), frame.data);
  let count = 0;
  for await (const each of log.batches()) count += each.count;
  assert.equal(count, 10_000);
});

Deno.test("F11 batches() give what stands in front of the damage before they throw", () => {
  const files = recordNumbers(1000, 1);
  flip(files, "run/c0.blog", 9_000);
  using log = openRecording(files, "run");
  let count = 0;
  assert.throws(() => {
    for (const batch of log.batches()) count += batch.count;
  }, (error) => isTinmanError(error, "CORRUPT_LOG"));
  let byFrame = 0;
  assert.throws(() => {
    for (const _ of log.frames()) byFrame++;
  });
  assert.ok(count > 400);
  assert.equal(count, byFrame);
});

Deno.test("a frame that is kept is not changed by those that are read after it", () => {
  using log = openRecording(recordNumbers(3000, 1), "run");
  const kept = Array.from(log.frames(), ({ data }) => data);
  kept.forEach((data, i) => assert.equal(data[0]! + 256 * data[1]!, i));
});
