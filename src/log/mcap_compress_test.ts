// Goal: compression changes how long a file is, and nothing else. Method: the same recording with it and without, in
// memory, compared; then damage where only compressed chunks have something to damage.
import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { createMemoryFiles, type Files } from "../files/mod.ts";
import { begin, bytes, limited, plain, put, readAll, text } from "./_fixture.ts";
import { CHUNK_HEADER_BYTES } from "./mcap_format.ts";
import { packChunk } from "./mcap_pack.ts";
import { OpenBlock } from "./open_block.ts";
import { copyRecording, diffRecordings, type Frame, openRecording, recoverRecording, verifyRecording } from "./mod.ts";

const path = "run.mcap";

Deno.test("F31 whatever is written, flushed when it may be, a compressed recording has the same frames", () => {
  const write = fc.record({
    channel: fc.constantFrom("a", "b", "c"),
    data: fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(fc.nat(255), fc.nat(900)).map(([byte, length]) => new Uint8Array(length).fill(byte)),
    ),
    flush: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 40 }), fc.integer({ min: 64, max: 1500 }), (writes, blockBytes) => {
      const files = createMemoryFiles();
      const [one, other] = (["none", "zstd"] as const).map((compress) => {
        const folder = `${compress}.mcap`;
        const { recording } = begin({ files, folder, blockBytes, compress, maxPayloadBytes: 900 });
        for (const { channel, data, flush } of writes) {
          recording.channel(channel, bytes).write(data);
          if (flush) recording.drain();
        }
        recording.close();
        assert.deepEqual(verifyRecording(files, folder).findings, []);
        using read = openRecording(files, folder, { maxPayloadBytes: 900 });
        const frames = [...read.frames({ reserved: true })];
        const fromNs = frames[frames.length >> 1]?.timeNs ?? 0n;
        const infos = read.channels.map(({ name, frames, bytes, firstNs, lastNs }) => [
          ...[name, frames, bytes, firstNs, lastNs],
        ]);
        return { infos, all: frames.map(comparable), part: [...read.frames({ fromNs })].map(comparable) };
      });
      assert.deepEqual(other, one);
      assert.ok(files.stat("zstd.mcap")!.size <= files.stat("none.mcap")!.size + writes.length * "zstd".length);
    }),
  );
});

Deno.test("F31 without compress the file is byte for byte that of compress: none", () => {
  const [one, other] = [{}, { compress: "none" } as const].map((options) => {
    const { files, recording } = begin({ folder: path, ...options });
    for (let i = 0; i < 200; i++) recording.channel("a", text).write("the same again and again");
    recording.close();
    using read = openRecording(files, path);
    assert.equal(read.compression, undefined);
    return readAll(files, path);
  });
  assert.deepEqual(one, other);
});

Deno.test("F31 a chunk is compressed where that makes it smaller, and stands as it is where not", () => {
  const noise = Uint8Array.from({ length: 5000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 13 ^ i * 31);
  const { files, recording } = begin({ folder: path, compress: "zstd" });
  const a = recording.channel("a", bytes);
  a.write(new Uint8Array(5000));
  recording.drain();
  const small = files.stat(path)!.size;
  assert.ok(small < 700);
  a.write(noise);
  recording.drain();
  const isWhole = files.stat(path)!.size - small > 5000;
  recording.close();
  using read = openRecording(files, path);
  assert.deepEqual([isWhole, read.compression!.names], [true, ["zstd"]]);
  assert.ok(read.compression!.bytes > 10_000 && read.compression!.storedBytes < 5300);
  assert.deepEqual(
    [...read.frames()].map(({ data }) => data.toHex()),
    [new Uint8Array(5000), noise].map((each) => each.toHex()),
  );
});

Deno.test("F31 a payload of 256 KiB or more is compressed too, as a chunk of its own", () => {
  const { files, recording } = begin({ folder: path, compress: "zstd" });
  const a = recording.channel("a", bytes);
  const payloads = [10, 256 * 1024, 2_000_000, 11].map((length, i) => new Uint8Array(length).fill(i));
  for (const payload of payloads) a.write(payload);
  recording.close();
  assert.ok(files.stat(path)!.size < 3000);
  assert.equal(verifyRecording(files, path).totals.blocks, 4);
  using read = openRecording(files, path);
  for (const [i, { data }] of [...read.frames()].entries()) {
    assert.ok(data.length === payloads[i]!.length && data.every((byte) => byte === i));
  }
});

Deno.test("F31 records of more than 64 MiB stand as they are", () => {
  for (const [size, compression] of [[64 * 2 ** 20, "zstd"], [64 * 2 ** 20 + 1, ""]] as const) {
    const parts = [new Uint8Array(CHUNK_HEADER_BYTES), new Uint8Array(size)];
    assert.equal(packChunk(parts, new OpenBlock(0, 0).end(), true).compression, compression);
  }
});

Deno.test("F31 a folder is not compressed: that is CONFIG, says what to do, and leaves nothing", async () => {
  const { files } = recorded("zstd");
  const isConfig = (error: unknown) => {
    assert.ok(isTinmanError(error, "CONFIG"));
    assert.match(error.message, /^Cannot compress a recording in new: /);
    return /ends in \.mcap/.test(error.hint!);
  };
  assert.throws(() => begin({ files, folder: "new", compress: "zstd" }), isConfig);
  assert.throws(() => recoverRecording(files, path, "new", { compress: "zstd" }), isConfig);
  await assert.rejects(copyRecording(files, [{ path }], { to: "new", compress: "zstd" }), isConfig);
  assert.equal(files.stat("new"), undefined);
});

Deno.test("F31 a compressed recording that is torn at any byte gives its whole chunks, and recovers to them", () => {
  const { files, content, written } = recorded("zstd");
  let most = 0;
  for (let length = 0; length < content.length; length++) {
    put(files, path, content.subarray(0, length));
    const found = tryRead(files);
    if (found === undefined) continue;
    assert.deepEqual(found.frames, written.slice(0, found.frames.length), `cut at ${length}`);
    assert.ok(found.frames.length >= most && found.problems.length > 0, `cut at ${length}`);
    most = found.frames.length;
    if (length % 11 > 0) continue;
    files.remove("saved.mcap");
    const { verify } = recoverRecording(files, path, "saved.mcap", { compress: "zstd" });
    using saved = openRecording(files, "saved.mcap");
    assert.deepEqual([verify.findings.filter(({ severity }) => severity !== "info"), plain(saved.frames())], [
      [],
      found.frames,
    ]);
  }
  assert.equal(most, written.length);
});

Deno.test("F27 a compressed chunk that is not what was written is CORRUPT_LOG, whatever of it was changed", () => {
  const { files, content, written } = recorded("zstd");
  const at = content.findIndex((_, i) => new TextDecoder().decode(content.subarray(i, i + 4)) === "zstd") - 41;
  const view = new DataView(content.buffer);
  const [size, stored] = [view.getBigUint64(at + 25, true), view.getBigUint64(at + 45, true)];
  const changes: [string, (view: DataView) => void][] = [
    ["its checksum", (view) => view.setUint32(at + 33, view.getUint32(at + 33, true) ^ 1, true)],
    ["its size, larger", (view) => view.setBigUint64(at + 25, size + 1n, true)],
    ["its size, smaller: no more than that is decompressed", (view) => view.setBigUint64(at + 25, 20n, true)],
    ["its size, enormous", (view) => view.setBigUint64(at + 25, 2n ** 50n, true)],
    ["its size in the file", (view) => view.setBigUint64(at + 45, stored - 1n, true)],
    ["the name of its compression", (view) => view.setUint8(at + 41, 0x5a)],
    ["the magic number of zstd", (view) => view.setUint8(at + 53, 0)],
    ["its last byte", (view) => view.setUint8(at + 52 + Number(stored), 0xff)],
  ];
  for (const [what, change] of changes) {
    const changed = content.slice();
    change(new DataView(changed.buffer));
    put(files, path, changed);
    using read = openRecording(files, path);
    assert.throws(() => [...read.frames()], (error) => isTinmanError(error, "CORRUPT_LOG"), what);
    const { ok, totals } = verifyRecording(files, path);
    assert.deepEqual([ok, totals.damagedBlocks], [false, 1], what);
    files.remove("saved.mcap");
    const { verify, channels } = recoverRecording(files, path, "saved.mcap");
    const lost = channels.reduce((sum, { lostFrames }) => sum + lostFrames, 0);
    using saved = openRecording(files, "saved.mcap");
    const times = plain(saved.frames()).map(({ timeNs }) => timeNs);
    assert.deepEqual([verify.ok, times], [true, written.slice(lost).map(({ timeNs }) => timeNs)], what);
    assert.ok(lost > 0, what);
  }
});

Deno.test("F31 what compression comes to is said of a recording that was torn, too", () => {
  const { files, content } = recorded("zstd");
  using whole = openRecording(files, path);
  put(files, "torn.mcap", content.subarray(0, content.length - 30));
  using torn = openRecording(files, "torn.mcap");
  assert.deepEqual(torn.compression, whole.compression);
  assert.ok(whole.compression!.storedBytes < whole.compression!.bytes);
});

Deno.test("F30 a copy is compressed when that is asked for, and not because its source is", async () => {
  const { files, content } = recorded("zstd");
  await copyRecording(files, [{ path }], { to: "plain.mcap" });
  await copyRecording(files, [{ path: "plain.mcap" }], { to: "again.mcap", compress: "zstd" });
  const packed = ["plain.mcap", "again.mcap"].map((each) => openRecording(files, each).compression !== undefined);
  assert.deepEqual(packed, [false, true]);
  assert.ok(files.stat("again.mcap")!.size <= content.length);
  for (const to of ["plain.mcap", "again.mcap"]) {
    const diff = diffRecordings(openRecording(files, path), openRecording(files, to), { times: true });
    let step = diff.next();
    while (!step.done) step = diff.next();
    assert.deepEqual(step.value.map(({ equal, kind }) => [equal, kind]), [[10, undefined], [20, undefined]]);
  }
});

Deno.test("F12 a compressed chunk that a full disk refuses is written when there is room, with what came since", () => {
  const disk = { free: Infinity };
  const files = limited(disk);
  const { recording } = begin({ files, folder: path, compress: "zstd" });
  const a = recording.channel("a", text);
  a.write("1".repeat(500));
  disk.free = 10;
  for (let i = 0; i < 3; i++) assert.throws(() => recording.drain(), (error) => isTinmanError(error, "WRITE_FAILED"));
  a.write("2".repeat(500));
  assert.throws(() => recording.drain(), (error) => isTinmanError(error, "WRITE_FAILED"));
  disk.free = Infinity;
  recording.close();
  using read = openRecording(files, path);
  assert.deepEqual(plain(read.frames()).map(({ text }) => [text[0], text.length]), [["1", 500], ["2", 500]]);
  assert.deepEqual([read.problems, verifyRecording(files, path).findings], [[], []]);
});

/** Thirty frames in chunks of some. */
function recorded(compress: "zstd" | "none") {
  const { files, recording } = begin({ folder: path, blockBytes: 400, compress });
  for (let i = 0; i < 30; i++) recording.channel(i % 3 === 0 ? "a" : "b", text).write(`frame number ${i}`);
  recording.close();
  using read = openRecording(files, path);
  return { files, content: readAll(files, path), written: plain(read.frames()) };
}

/** What can be read of a torn file, undefined when it is too short to be one. */
function tryRead(files: Files) {
  try {
    using read = openRecording(files, path);
    return { frames: plain(read.frames()), problems: read.problems };
  } catch (error) {
    if (!isTinmanError(error, "FOREIGN_LOG")) throw error;
    return undefined;
  }
}

function comparable({ channel, index, timeNs, data }: Frame) {
  return { channel, index, timeNs, data: data.toHex() };
}
