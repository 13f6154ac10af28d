import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { flip, override, put, rawLog, readAll, START_NS } from "./_fixture.ts";
import { Cursor } from "./cursor.ts";
import { FrameIterable } from "./frames.ts";
import { LogReader, type LogReaderOptions } from "./reader.ts";
import { LogWriter } from "./writer.ts";

const corrupt = (error: unknown) => isTinmanError(error, "CORRUPT_LOG");

/** A log of `sizes.length` frames one nanosecond apart, each filled with its number. */
function writeLog(sizes: readonly number[], blockBytes = 256 * 1024): Files {
  const files = createMemoryFiles();
  const log = new LogWriter(files, "a.blog", { blockBytes });
  sizes.forEach((size, i) => log.writeBytes(new Uint8Array(size).fill(i), START_NS + BigInt(i)));
  log.close();
  return files;
}

function framesOf(files: Files, options: LogReaderOptions = {}, range = {}) {
  using log = new LogReader(files, "a.blog", options);
  return [...new FrameIterable(() => [new Cursor(log, range)])];
}

Deno.test("F5 a log that is cut at any byte reads as its whole frames, and says what was cut", () => {
  const files = writeLog([3, 0, 20, 8, 1], 64);
  const [log, index] = [readAll(files, "a.blog"), readAll(files, "a.idx")];
  const ends = [0, 19, 35, 71, 95, 112];
  assert.equal(log.length, 112);
  for (const withIndex of [true, false]) {
    for (let cut = 0; cut <= log.length; cut++) {
      const files = createMemoryFiles();
      put(files, "a.blog", log.subarray(0, cut));
      if (withIndex) put(files, "a.idx", index);
      using reader = new LogReader(files, "a.blog");
      const whole = ends.filter((end) => end <= cut).length - 1;
      assert.equal(reader.frames, whole);
      assert.deepEqual(
        framesOf(files).map(({ data }) => [...data]),
        [3, 0, 20, 8, 1].slice(0, whole).map((size, i) => Array(size).fill(i)),
      );
      const { cutBytes, problem } = reader.tail;
      assert.equal(cutBytes, cut - ends[whole]!);
      assert.equal(problem === undefined, cutBytes === 0);
    }
  }
});

Deno.test("F6 zeros behind the last frame are a torn tail, as some file systems leave them", () => {
  const files = createMemoryFiles();
  put(files, "a.blog", Uint8Array.of(...rawLog([[START_NS, Uint8Array.of(1)]]), ...new Uint8Array(100)));
  using reader = new LogReader(files, "a.blog");
  assert.deepEqual([reader.frames, reader.tail.cutBytes, reader.tail.problem], [1, 100, "goes on with zeros"]);
});

Deno.test("F7 a length over the limit ends the log where no index vouches for it", () => {
  const files = createMemoryFiles();
  put(files, "a.blog", rawLog([[1n, new Uint8Array(10)], [2n, new Uint8Array(200)], [3n, new Uint8Array(10)]]));
  using reader = new LogReader(files, "a.blog", { maxPayloadBytes: 100 });
  assert.equal(reader.frames, 1);
  assert.match(reader.tail.problem!, /200 bytes, more than maxPayloadBytes/);
});

Deno.test("F10 a log reads the same with an index, without one and with one that is of no use", () => {
  const sizes = Array.from({ length: 200 }, (_, i) => i % 50);
  const files = writeLog(sizes, 500);
  const expected = framesOf(files).map(({ index, timeNs, data }) => [index, timeNs, data.toHex()]);
  assert.equal(expected.length, 200);
  const index = readAll(files, "a.idx");
  for (const other of [new Uint8Array(0), index.subarray(0, 100), index.slice().fill(9, 80), new Uint8Array(5000)]) {
    put(files, "a.idx", other);
    assert.deepEqual(framesOf(files).map(({ index, timeNs, data }) => [index, timeNs, data.toHex()]), expected);
  }
  files.remove("a.idx");
  assert.deepEqual(framesOf(files).map(({ index, timeNs, data }) => [index, timeNs, data.toHex()]), expected);
});

Deno.test("F11 a block with a flipped bit is CORRUPT_LOG, after all frames in front of it", () => {
  const files = writeLog(Array(20).fill(10), 64);
  flip(files, "a.blog", 52 * 3 + 20);
  using log = new LogReader(files, "a.blog");
  const seen: number[] = [];
  assert.throws(
    () => {
      for (const { index } of new FrameIterable(() => [new Cursor(log)])) seen.push(index);
    },
    (error) =>
      corrupt(error) && isTinmanError(error, "CORRUPT_LOG") && error.details.at === 156 && /recover/.test(error.hint!),
  );
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
  assert.equal(framesOf(files, { verify: false }).length, 20);
});

Deno.test("F11 a flipped length inside a block does not read beyond it, also without the checksum", () => {
  const files = writeLog(Array(20).fill(10), 64);
  flip(files, "a.blog", 8);
  assert.throws(() => framesOf(files, { verify: false }), corrupt);
});

Deno.test("F14 fromNs and toNs give the frames from one time on and before the other", () => {
  const sizes = fc.array(fc.nat(60), { maxLength: 40 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: -3, max: 45 }), fc.integer({ min: -3, max: 45 }), (sizes, from, to) => {
      const files = writeLog(sizes, 128);
      const [fromNs, toNs] = [START_NS + BigInt(from), START_NS + BigInt(to)];
      const all = framesOf(files);
      const inside = (timeNs: bigint) => timeNs >= fromNs && timeNs < toNs;
      const expected = all.filter(({ timeNs }) => inside(timeNs)).map(({ index }) => index);
      assert.deepEqual(framesOf(files, {}, { fromNs, toNs }).map(({ index }) => index), expected);
      files.remove("a.idx");
      assert.deepEqual(framesOf(files, {}, { fromNs, toNs }).map(({ index }) => index), expected);
    }),
  );
});

Deno.test("F14 a range of a foreign log whose times go back leaves out no frame of that range", () => {
  const times = [5n, 9n, 2n, 7n, 3n, 9n, 4n];
  const files = createMemoryFiles();
  put(files, "a.blog", rawLog(times.map((timeNs) => [timeNs, Uint8Array.of(Number(timeNs))])));
  assert.deepEqual(framesOf(files, {}, { fromNs: 3n, toNs: 9n }).map(({ timeNs }) => timeNs), [5n, 7n, 3n, 4n]);
});

Deno.test("F4 the pickle in front of a log of the Python original is a header, and is not run", () => {
  const files = createMemoryFiles();
  // pickle.dumps(StringCodec()) of protocol 4
  const pickle = Uint8Array.fromHex("80049518000000000000008c067468656d6f648c08537472436f646563932981942e");
  put(files, "a.blog", rawLog([[1n, pickle], [2n, Uint8Array.of(65)]]));
  using log = new LogReader(files, "a.blog");
  assert.deepEqual([log.format, log.frames, log.header], ["python", 1, undefined]);
  assert.deepEqual(framesOf(files).map(({ index, data }) => [index, data[0]]), [[0, 65]]);
});

Deno.test("F4 all frames of a log without a header are data", () => {
  const files = writeLog([4, 4]);
  using log = new LogReader(files, "a.blog");
  assert.deepEqual([log.format, log.frames, log.firstNs, log.lastNs], ["raw", 2, START_NS, START_NS + 1n]);
});

Deno.test("LogReader of an empty file has no frames, and no times", () => {
  const files = createMemoryFiles();
  put(files, "a.blog", new Uint8Array(0));
  using log = new LogReader(files, "a.blog");
  assert.deepEqual([log.frames, log.bytes, log.firstNs, log.lastNs, log.tail.cutBytes], [
    0,
    0,
    undefined,
    undefined,
    0,
  ]);
  assert.deepEqual(framesOf(files), []);
});

Deno.test("a mapped log reads like one that is read piece by piece, and is checked too", () => {
  const memory = writeLog(Array.from({ length: 100 }, (_, i) => i), 500);
  const content = readAll(memory, "a.blog");
  const mapped = override(memory, { map: () => content });
  const plain = (frames: ReturnType<typeof framesOf>) =>
    frames.map(({ index, timeNs, data }) => [index, timeNs, data.toHex()]);
  assert.deepEqual(plain(framesOf(mapped, { map: true })), plain(framesOf(memory)));
  assert.equal(framesOf(mapped, { map: true })[0]!.data.buffer, content.buffer);
  content[2000]! ^= 1;
  assert.throws(() => framesOf(mapped, { map: true }), corrupt);
});
