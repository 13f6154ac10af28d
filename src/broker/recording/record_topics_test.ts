import assert from "node:assert/strict";
import { VirtualClock } from "../../clock/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { createMemoryFiles, type Files } from "../../files/mod.ts";
import { createRecording, listRecordings, openRecording } from "../../log/mod.ts";
import { createRandom, type Random } from "../../random/mod.ts";
import { MemoryQueue } from "../memory/memory_queue.ts";
import { filesBelow, putFile } from "../storage/_records.ts";
import { createForgetfulFiles } from "../storage/_forgetful_files.ts";
import { recordTopics } from "./record_topics.ts";
import { sendChannels } from "./send_channels.ts";

const START_NS = 1_800_000_000_123_456_789n;

Deno.test("recordTopics() cut off at any byte goes on where its frames end: each record is there once", async () => {
  const { client, clock } = await open();
  const values = Array.from({ length: 60 }, (_, i) => `value ${i}`);
  for (const value of values) await client.produce("t", { value: utf8(value), key: utf8("k"), timestampMs: 5 });
  const whole = createMemoryFiles();
  const record = (files: Files) =>
    recordTopics(client, { topics: ["t"], files, folder: "out", clock, untilEnd: true, signal: never });
  const { folder } = await record(whole);
  const log = read(whole, `${folder}/t.blog`);
  for (let cut = 0; cut <= log.length; cut += 37) {
    const files = copy(whole, folder!);
    files.replace(`${folder}/t.blog`, log.subarray(0, log.length - cut));
    await record(files);
    const seen = listRecordings(files, "out").flatMap(({ folder }) => {
      using recording = openRecording(files, folder);
      const channel = recording.channels.find(({ name }) => name === "t");
      return channel === undefined ? [] : [...recording.frames({ channels: ["t"] })].map(({ data }) => text(data));
    });
    assert.deepEqual(seen, values, `cut by ${cut}`);
  }
});

Deno.test("recordTopics() into one .mcap file can be compressed", async () => {
  const { client, clock } = await open();
  const values = Array.from({ length: 60 }, (_, i) => `value ${i}`);
  for (const value of values) await client.produce("t", { value: utf8(value), key: utf8("k"), timestampMs: 5 });
  const files = createMemoryFiles();
  const options = { topics: ["t"], files, clock, untilEnd: true, signal: never, compress: "zstd" } as const;
  const { folder } = await recordTopics(client, { ...options, folder: "run.mcap" });
  using recording = openRecording(files, folder!);
  assert.deepEqual(recording.compression!.names, ["zstd"]);
  assert.deepEqual([...recording.frames({ channels: ["t"] })].map(({ data }) => text(data)), values);
});

Deno.test("recordTopics() after a power cut has each record, once with `sync`, else at least once, and says which are twice", async () => {
  let repeats = 0;
  for (let seed = 0; seed < 40; seed++) {
    const random = createRandom(`power cut ${seed}`);
    const sync = seed % 2 === 0 ? "always" as const : "never" as const;
    const { client, clock } = await open();
    const disk = createForgetfulFiles();
    const stop = new AbortController();
    await client.createTopic("t");
    const options = { topics: ["t"], folder: "data", clock, sync };
    const recording = recordTopics(client, { ...options, files: disk, signal: stop.signal });
    const all = Array.from({ length: 30 }, (_, i) => `value ${i}`);
    for (const [i, value] of all.entries()) {
      await client.produce("t", { value: utf8(value), key: utf8("k"), timestampMs: 5 });
      if (i % 7 === 6) await clock.runTo(clock.now() + 300_000_000n);
    }
    const files = sync === "always" ? disk.cutPower(random) : cutAnywhere(disk, random);
    stop.abort();
    await recording;
    const { repeated } = await recordTopics(client, { ...options, files, untilEnd: true, signal: never });
    const seen = listRecordings(files, "data").flatMap(({ folder }) => {
      using recording = openRecording(files, folder);
      return [...recording.frames()].map(({ data }) => text(data));
    });
    const twice = repeated.reduce((sum, { frames }) => sum + frames, 0);
    assert.deepEqual([...new Set(seen)].sort(), all.toSorted(), `seed ${seed}`);
    assert.equal(seen.length, all.length + twice, `seed ${seed}`);
    assert.ok(sync === "never" || twice === 0);
    repeats += twice;
  }
  assert.ok(repeats > 0, "of some frames the notes were lost");
});

Deno.test("recordTopics() follows a topic, and ends in good order", async () => {
  const { client, clock } = await open();
  const files = createMemoryFiles();
  const stop = new AbortController();
  await client.createTopic("t");
  const options = { topics: ["t"], files, folder: "out", clock, signal: stop.signal };
  let asked = 0;
  const watched = new Proxy(client, {
    get(target, name) {
      if (name === "fetch" && asked++ === 3) stop.abort();
      const found = Reflect.get(target, name);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
  const recording = recordTopics(watched, options);
  for (let i = 0; i < 3; i++) {
    await client.produce("t", { value: utf8(`${i}`) });
    await clock.runTo(clock.now() + 1_000_000n);
  }
  const report = await recording;
  assert.deepEqual(report.partitions.map(({ channel, next, frames }) => [channel, next, frames]), [["t", 3, 3]]);
  using opened = openRecording(files, report.folder!);
  assert.deepEqual(opened.problems, []);
});

Deno.test("recordTopics() refuses to go on where records are gone, and topics that are not there", async () => {
  const { client, clock } = await open();
  const files = createMemoryFiles();
  const options = { files, folder: "out", clock, untilEnd: true, signal: never };
  await client.produceBatch("t", [1, 2, 3].map((i) => ({ value: utf8(`${i}`) })));
  await recordTopics(client, { ...options, topics: ["t"] });
  await client.deleteTopic("t");
  await client.produce("t", { value: utf8("new") });
  await assert.rejects(
    recordTopics(client, { ...options, topics: ["t"] }),
    (error: unknown) => isTinmanError(error, "OUT_OF_RANGE") && /Cannot go on at offset 3 of t\/0/.test(error.message),
  );
  await assert.rejects(
    recordTopics(client, { ...options, topics: ["no"] }),
    (error: unknown) => isTinmanError(error, "NOT_FOUND"),
  );
});

Deno.test("sendChannels() keeps the recorded pace, and ends where it is asked to", async () => {
  const { client, clock } = await open();
  const files = createMemoryFiles();
  {
    using recording = createRecording(files, "run", { clock });
    const a = recording.channel("a", bytes);
    for (let i = 0; i < 5; i++) a.writeBytes(utf8(`${i}`), START_NS + BigInt(i) * 1_000_000_000n);
  }
  using recording = openRecording(files, "run");
  const stop = new AbortController();
  const sending = sendChannels(client, recording, {
    speed: 2,
    clock,
    signal: stop.signal,
    createTopic: (topic, partitions) => client.createTopic(topic, { partitions }),
  });
  const sent = async () => (await client.offsets("a")).latest;
  await clock.runTo(clock.now());
  const counts = [];
  for (let i = 0; i < 3; i++) {
    counts.push(await sent());
    await clock.runTo(clock.now() + 500_000_000n);
  }
  assert.deepEqual(counts, [1, 2, 3]);
  stop.abort();
  const report = await sending;
  assert.equal(report[0]!.records, await sent());
  assert.ok(report[0]!.records < 5);
});

const never = new AbortController().signal;
const bytes = { id: "bytes", version: 1, encode: (value: Uint8Array) => value, decode: (data: Uint8Array) => data };

async function open() {
  const clock = new VirtualClock(START_NS);
  const queue = new MemoryQueue({ clock });
  await queue.start();
  return { clock, client: await queue.connect() };
}

/** The same files, of each only a part. */
function cutAnywhere(files: Files, random: Random): Files {
  const cut = createMemoryFiles();
  for (const [path, bytes] of filesBelow(files, "data")) {
    const isLog = path.endsWith(".blog");
    putFile(cut, path, isLog ? bytes.subarray(0, random.int(bytes.length + 1)) : bytes);
  }
  return cut;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function read(files: Files, path: string): Uint8Array {
  using file = files.open(path, "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  return bytes;
}

function copy(from: Files, folder: string): Files {
  const files = createMemoryFiles();
  files.makeFolder(folder);
  for (const name of from.list(folder)) files.replace(`${folder}/${name}`, read(from, `${folder}/${name}`));
  return files;
}
