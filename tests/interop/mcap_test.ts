// Goal: an .mcap file of ours is one to every MCAP tool, and we read the files of others. Method: the MCAP project's own
// TypeScript library as writer and as judge, with its checksums on; recordings of ROS 2 where they are at hand.
import assert from "node:assert/strict";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { Int32ValueSchema } from "@bufbuild/protobuf/wkt";
import { McapIndexedReader, McapStreamReader, type McapTypes, McapWriter, type McapWriterOptions } from "@mcap/core";
import { Buffer } from "node:buffer";
import { createMemoryFiles, type Files, isTinmanError, VirtualClock } from "tinman";
import { builtinRegistry, bytes, json, msgpack, protobuf, text } from "tinman/codecs";
import { createRecording, openRecording, verifyRecording } from "tinman/log";
import { rootPath } from "../source_files.ts";

const START_NS = 1_800_000_000_123_456_789n;
const reading = protobuf<{ value: number }>(Int32ValueSchema);
const decompressHandlers = { zstd: (data: Uint8Array) => new Uint8Array(zstdDecompressSync(data)) };

type Records = { readonly [T in McapTypes.TypedMcapRecord["type"]]?: McapTypes.TypedMcapRecord[] };

for (const compress of ["none", "zstd"] as const) {
  const kind = compress === "none" ? "our file" : "our file, compressed,";
  Deno.test(`McapStreamReader takes ${kind} as it stands: every record, every checksum, nothing left over`, () => {
    const { content, written } = ours({ compress });
    const records = streamed(content);
    const topics = new Map((records.Channel as McapTypes.Channel[]).map(({ id, topic }) => [id, topic]));
    const messages = records.Message as McapTypes.Message[];
    assert.deepEqual(
      messages.map(({ channelId, logTime, data }) => [topics.get(channelId), logTime, data.length]),
      written.map(({ channel, timeNs, data }) => [channel, timeNs, data.length]),
    );
    assert.ok(messages.every(({ data }, i) => Buffer.from(data).equals(Buffer.from(written[i]!.data))));
    assert.ok(messages.every(({ logTime, publishTime }) => logTime === publishTime));
    const [header] = records.Header as McapTypes.Header[];
    assert.deepEqual([header!.profile, header!.library], ["", "tinman 0.0.0"]);
    const { dataSectionCrc } = records.DataEnd![0] as McapTypes.DataEnd;
    assert.notEqual(dataSectionCrc, 0);
  });

  Deno.test(`McapIndexedReader finds everything over the summary of ${kind}`.replace(/,$/, ""), async () => {
    const { content, written } = ours({ compress });
    const reader = await indexed(content);
    const topics = new Map([...reader.channelsById.values()].map(({ id, topic }) => [id, topic]));
    const messages = await Array.fromAsync(reader.readMessages({ validateCrcs: true }));
    assert.deepEqual(
      messages.map(({ channelId, logTime, sequence }) => [topics.get(channelId), logTime, sequence]),
      written.map(({ channel, timeNs, index }) => [channel, timeNs, index]),
    );
    const { statistics } = reader;
    assert.equal(statistics!.messageCount, BigInt(written.length));
    assert.deepEqual([statistics!.messageStartTime, statistics!.messageEndTime], [
      written[0]!.timeNs,
      written.at(-1)!.timeNs,
    ]);
    assert.deepEqual([statistics!.chunkCount, statistics!.channelCount, statistics!.metadataCount], [
      reader.chunkIndexes.length,
      topics.size,
      2,
    ]);
    for (const [id, topic] of topics) {
      const count = written.filter(({ channel }) => channel === topic).length;
      assert.equal(statistics!.channelMessageCounts.get(id) ?? 0n, BigInt(count));
    }
    assert.ok(reader.chunkIndexes.length > 2);
    const packed = reader.chunkIndexes.filter(({ compression }) => compression === "zstd");
    assert.ok(compress === "none" ? packed.length === 0 : packed.length > 2);
    assert.ok(packed.every(({ compressedSize, uncompressedSize }) => compressedSize < uncompressedSize));
    const [half] = await Array.fromAsync(reader.readMessages({ startTime: written[500]!.timeNs }));
    assert.equal(half!.logTime, written[500]!.timeNs);
  });
}

Deno.test("what has a name in MCAP is written under it: others decode JSON, MessagePack and protobuf", async () => {
  const reader = await indexed(ours().content);
  const encodings = Object.fromEntries([...reader.channelsById.values()].map((each) => [each.topic, each]));
  assert.deepEqual(Object.entries(encodings).map(([topic, { messageEncoding }]) => [topic, messageEncoding]).sort(), [
    ["note", "tinman.text"],
    ["point", "json"],
    ["quiet", "msgpack"],
    ["raw", "tinman.bytes"],
    ["reading", "protobuf"],
    ["~events", "json"],
  ]);
  const schema = reader.schemasById.get(encodings.reading!.schemaId)!;
  assert.deepEqual([schema.name, schema.encoding, schema.data], [
    "google.protobuf.Int32Value",
    "protobuf",
    (reading.params as { set: Uint8Array }).set,
  ]);
  assert.equal(encodings.note!.metadata.get("tinman.latched"), "true");
  for await (const { channelId, data } of reader.readMessages({ topics: ["point"] })) {
    assert.equal(channelId, encodings.point!.id);
    assert.equal(typeof JSON.parse(new TextDecoder().decode(data)).x, "number");
  }
});

Deno.test("what our file says of the recording is Metadata: once when it begins, once when it is ended", async () => {
  const reader = await indexed(ours().content);
  const said = await Array.fromAsync(reader.readMetadata({ name: "tinman.recording" }));
  assert.deepEqual(said.map(({ metadata }) => metadata.get("clean")), ["false", "true"]);
  assert.equal(said[0]!.metadata.get("id"), said[1]!.metadata.get("id"));
});

for (
  const [name, options] of [
    ["in chunks", {}],
    ["in small chunks", { chunkSize: 300 }],
    ["in chunks compressed with zstd", {
      chunkSize: 2000,
      compressChunk: (data) => ({ compression: "zstd", compressedData: new Uint8Array(zstdCompressSync(data)) }),
    }],
    ["in chunks compressed with lz4", {
      chunkSize: 2000,
      compressChunk: (data) => ({ compression: "lz4", compressedData: storedLz4(data) }),
    }],
    ["without chunks", { useChunks: false }],
    ["without a message index", { useMessageIndex: false, chunkSize: 1000 }],
    ["without a chunk index", { useChunkIndex: false, chunkSize: 1000 }],
    ["without statistics", { useStatistics: false, chunkSize: 1000 }],
    ["without channels in the summary", { repeatChannels: false, repeatSchemas: false, chunkSize: 1000 }],
  ] satisfies [string, Partial<McapWriterOptions>][]
) {
  Deno.test(`a file of @mcap/core, ${name}, is read with all that is in it`, async () => {
    const { files, written } = await theirs(options);
    using read = openRecording(files, "theirs.mcap", { registry: builtinRegistry() });
    assert.deepEqual(read.problems, []);
    assert.deepEqual(read.channels.map(({ name, format, frames }) => [name, format, frames]), [
      ["/cdr", "mcap", 100],
      ["/json", "mcap", 200],
    ]);
    const frames = [...read.frames()].map((
      { channel, timeNs, data },
    ) => [channel, timeNs, new TextDecoder().decode(data)]);
    assert.deepEqual(frames, written);
    const fromNs = START_NS + 100n;
    assert.deepEqual(
      [...read.frames({ fromNs, toNs: fromNs + 50n, channels: ["/json"] })].map(({ timeNs }) => timeNs),
      written.filter(([channel, t]) => channel === "/json" && t >= fromNs && t < fromNs + 50n).map(([, t]) => t),
    );
    assert.deepEqual([...read.values<{ i: number }>("/json")].map(({ value }) => value.i).slice(0, 2), [0, 1]);
    assert.throws(() => read.codec("/cdr"), /its encoding is not known here/);
    assert.equal(verifyRecording(files, "theirs.mcap").ok, true);
  });
}

Deno.test("a compression that nobody knows is a CODEC error that names it; channels and counts are there", async () => {
  const { files } = await theirs({ compressChunk: (data) => ({ compression: "brotli", compressedData: data }) });
  using read = openRecording(files, "theirs.mcap");
  assert.deepEqual(read.channels.map(({ frames }) => frames), [100, 200]);
  assert.throws(() => [...read.frames()], (error) => {
    assert.ok(isTinmanError(error, "CODEC"));
    assert.match(
      error.message,
      /^Codec "brotli": Cannot read the chunk at byte \d+: its compression is not known here$/,
    );
    return true;
  });
});

Deno.test("a file of @mcap/core that was torn gives its whole chunks", async () => {
  const { files, written } = await theirs({ chunkSize: 1000 });
  const content = contentOf(files, "theirs.mcap");
  let most = 0;
  for (let length = 8; length < content.length; length += 97) {
    files.replace("theirs.mcap", content.subarray(0, length));
    using read = openRecording(files, "theirs.mcap");
    const frames = [...read.frames()].map((
      { channel, timeNs, data },
    ) => [channel, timeNs, new TextDecoder().decode(data)]);
    assert.deepEqual(frames, written.slice(0, frames.length));
    assert.ok(frames.length >= most && read.problems.length > 0);
    most = frames.length;
  }
  assert.equal(most, written.length);
});

Deno.test("chunks that overlap, and messages out of order, come by time, then by channel, as @mcap/core has them", async () => {
  const times = Array.from({ length: 400 }, (_, i) => BigInt((i * 7919) % 401 + Math.floor(i / 50)));
  const { files, content } = await theirs({ chunkSize: 700 }, times);
  const reader = await indexed(content);
  assert.ok(
    reader.chunkIndexes.some((chunk, i) => chunk.messageStartTime < (reader.chunkIndexes[i - 1]?.messageEndTime ?? 0n)),
  );
  using read = openRecording(files, "theirs.mcap");
  const frames = [...read.frames()];
  const expected = (await Array.fromAsync(reader.readMessages())).map(({ logTime }) => logTime);
  assert.deepEqual(frames.map(({ timeNs }) => timeNs), expected);
  for (let i = 1; i < frames.length; i++) {
    const [a, b] = [frames[i - 1]!, frames[i]!];
    assert.ok(a.timeNs < b.timeNs || a.channel <= b.channel);
  }
  const [fromNs, toNs] = [START_NS + 100n, START_NS + 300n];
  assert.deepEqual(
    [...read.frames({ fromNs, toNs })].map(({ timeNs }) => timeNs),
    expected.filter((time) => time >= fromNs && time < toNs),
  );
  assert.equal(verifyRecording(files, "theirs.mcap").ok, true);
});

const bags = new URL("../../../shared/data/rosbag2/", import.meta.url);
const found = listBags();

Deno.test({
  name: found.length > 0
    ? `recordings of ROS 2 are read with as many messages as @mcap/core finds (${found.length} files)`
    : `recordings of ROS 2 are read: not run, because there are none beside ${rootPath}`,
  ignore: found.length === 0,
  fn() {
    for (const name of found) {
      const files = createMemoryFiles();
      const content = Deno.readFileSync(new URL(name, bags));
      files.replace(name, content);
      const records = streamed(content);
      const topics = new Map((records.Channel as McapTypes.Channel[]).map(({ id, topic }) => [id, topic]));
      const messages = records.Message as McapTypes.Message[];
      using read = openRecording(files, name);
      assert.deepEqual(read.problems, [], name);
      const counts = new Map([...topics.values()].map((topic) => [topic, 0]));
      for (const { channelId } of messages) counts.set(topics.get(channelId)!, counts.get(topics.get(channelId)!)! + 1);
      assert.deepEqual(new Map(read.channels.map(({ name, frames }) => [name, frames])), new Map([...counts].sort()));
      const sum = (all: Iterable<{ readonly data: Uint8Array }>) =>
        Array.from(all).reduce((total, { data }) => total + data.reduce((a, b) => a + b, 0), 0);
      assert.equal(sum(read.frames()), sum(messages), name);
      assert.equal([...read.frames()].length, messages.length);
      assert.equal(verifyRecording(files, name).ok, true);
    }
  },
});

/** A recording of ours of a thousand frames and a bit, and what is in it. */
function ours({ compress = "none" }: { readonly compress?: "none" | "zstd" } = {}) {
  const files = createMemoryFiles();
  const clock = new VirtualClock(START_NS);
  {
    using recording = createRecording(files, "ours.mcap", { clock, tool: "tinman 0.0.0", blockBytes: 8192, compress });
    const note = recording.channel("note", text(), { latched: true });
    const point = recording.channel("point", json<{ x: number }>());
    const raw = recording.channel("raw", bytes());
    const readings = recording.channel("reading", reading);
    recording.channel("quiet", msgpack());
    for (let i = 0; i < 250; i++) {
      if (i % 100 === 0) clock.advanceTo(clock.now() + 1_000_000n);
      note.write(`note ${i}`);
      point.write({ x: i });
      raw.write(new Uint8Array(i % 60).fill(i));
      readings.write({ value: i });
    }
    raw.write(new Uint8Array(600_000).fill(7));
    recording.note("noted");
  }
  using read = openRecording(files, "ours.mcap");
  return { content: contentOf(files, "ours.mcap"), written: [...read.frames({ reserved: true })] };
}

/** A file of @mcap/core with two channels, an attachment and metadata. */
async function theirs(options: Partial<McapWriterOptions>, times = Array.from({ length: 300 }, (_, i) => BigInt(i))) {
  const parts: Uint8Array[] = [];
  let at = 0n;
  const write = (data: Uint8Array) => {
    parts.push(data.slice());
    at += BigInt(data.length);
    return Promise.resolve();
  };
  const writer = new McapWriter({ writable: { write, position: () => at }, ...options });
  await writer.start({ profile: "", library: "theirs" });
  const schemaId = await writer.registerSchema({ name: "std/String", encoding: "ros2msg", data: new Uint8Array(10) });
  const channel = (topic: string, messageEncoding: string, schemaId = 0) =>
    writer.registerChannel({ schemaId, topic, messageEncoding, metadata: new Map([["k", "v"]]) });
  const ids = [await channel("/json", "json"), await channel("/json", "json"), await channel("/cdr", "cdr", schemaId)];
  const written: [string, bigint, string][] = [];
  for (const [i, time] of times.entries()) {
    if (i === 100) {
      const [name, mediaType] = ["a.bin", "application/octet-stream"];
      await writer.addAttachment({ name, logTime: 1n, createTime: 1n, mediaType, data: new Uint8Array(5000) });
      await writer.addMetadata({ name: "about", metadata: new Map([["who", "they"]]) });
    }
    const [logTime, value] = [START_NS + time, JSON.stringify({ i })];
    const data = new TextEncoder().encode(value);
    await writer.addMessage({ channelId: ids[i % 3]!, sequence: i, logTime, publishTime: 5n, data });
    written.push([i % 3 === 2 ? "/cdr" : "/json", logTime, value]);
  }
  await writer.end();
  const content = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
  const files = createMemoryFiles();
  files.replace("theirs.mcap", content);
  return { files, content, written };
}

/** An LZ4 frame of one block that is not compressed. */
function storedLz4(data: Uint8Array): Uint8Array {
  const [head, end] = [[0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0], [0, 0, 0, 0]];
  const length = new Uint8Array(Uint32Array.of((data.length | 0x80000000) >>> 0).buffer);
  return Uint8Array.from([...head, ...length, ...data, ...end]);
}

function streamed(content: Uint8Array): Records {
  const reader = new McapStreamReader({ validateCrcs: true, decompressHandlers });
  reader.append(content);
  const records: Record<string, McapTypes.TypedMcapRecord[]> = {};
  for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
    (records[record.type] ??= []).push(record);
  }
  assert.deepEqual([reader.done(), reader.bytesRemaining()], [true, 0]);
  return records as Records;
}

async function indexed(content: Uint8Array): Promise<McapIndexedReader> {
  return await McapIndexedReader.Initialize({
    readable: {
      size: () => Promise.resolve(BigInt(content.length)),
      read: (at, length) => Promise.resolve(content.slice(Number(at), Number(at + length))),
    },
    decompressHandlers,
  });
}

function contentOf(files: Files, path: string): Uint8Array {
  using file = files.open(path, "read");
  const content = new Uint8Array(file.size());
  for (let at = 0; at < content.length;) at += file.read(content.subarray(at), at);
  return content;
}

function listBags(): string[] {
  try {
    return [...Deno.readDirSync(bags)].map(({ name }) => name).filter((name) => name.endsWith(".mcap")).sort();
  } catch {
    return [];
  }
}
