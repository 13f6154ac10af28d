import assert from "node:assert/strict";
import { decodeHeader } from "../../codec/mod.ts";
import { createMemoryFiles, type Files } from "../../files/mod.ts";
import { createRecording } from "../../log/mod.ts";
import { VirtualClock } from "../../clock/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { startBroker } from "../_client_test.ts";
import { fetchApi } from "../protocol/01_fetch.ts";
import { listOffsetsApi } from "../protocol/02_list_offsets.ts";
import { deleteRecordsApi } from "../protocol/21_delete_records.ts";
import { deleteTopicsApi } from "../protocol/20_delete_topics.ts";
import { describeConfigsApi } from "../protocol/32_describe_configs.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { topicNames } from "./channel_topics.ts";
import { RunCache } from "./run_cache.ts";

const START_NS = 1_800_000_000_123_456_789n;
const STEP_NS = 1_500_000n;
const bytes = { id: "bytes", version: 1, encode: (value: Uint8Array) => value, decode: (data: Uint8Array) => data };

for (const folder of ["run", "run.mcap"]) {
  Deno.test(`a recording is topics: frames, times, codec, by offset and by time (${folder})`, async () => {
    const files = record(folder, 3000);
    await using server = await startBroker({ files, recording: folder });
    await using client = await server.broker.connect();
    assert.deepEqual(await client.topics(), [{ name: "camera.left", partitions: 1 }, { name: "gps", partitions: 1 }]);
    assert.deepEqual(await client.offsets("gps"), { earliest: 0, latest: 3000 });
    let offset = 0;
    while (offset < 3000) {
      for (const record of await client.fetch("gps", { offset, maxBytes: 3000, maxRecords: 999 })) {
        const timeNs = START_NS + BigInt(offset) * STEP_NS;
        assert.deepEqual([record.offset, record.key], [offset, null]);
        assert.deepEqual(record.value, payload(offset));
        assert.equal(record.timestampMs, Number(timeNs / 1_000_000n));
        assert.equal(new TextDecoder().decode(record.headers[0]!.value!), `${timeNs}`);
        offset++;
      }
    }
    const [first] = await client.fetch("gps");
    const header = decodeHeader(first!.headers.find(({ name }) => name === "tinman-codec")!.value!);
    assert.deepEqual(header, { codec: "bytes", version: 1, channel: "gps" });
    for (const i of [0, 1, 999, 2999]) {
      const ms = Number((START_NS + BigInt(i) * STEP_NS) / 1_000_000n);
      assert.equal(await client.offsetAt("gps", ms), i);
    }
    assert.equal(await client.offsetAt("gps", 1), 0);
    assert.equal(await client.offsetAt("gps", 2e12), undefined);
    await client.commit("g", "gps", 17);
    assert.equal(await client.committed("g", "gps"), 17);
  });
}

Deno.test("a topic of a recording is read-only, says its codec, and gives the same bytes each time", async () => {
  const files = record("run", 100);
  await using server = await startBroker({ files, recording: "run" });
  await using queue = await server.broker.connect();
  const isRefused = (error: unknown) => isTinmanError(error, "BROKER") && /read-only/.test(error.message);
  await assert.rejects(queue.produce("gps", { value: Uint8Array.of(1) }), isRefused);
  await assert.rejects(queue.deleteTopic("gps"), isRefused);
  await using client = server.client();
  const ask = { topics: [{ name: "gps", partitions: [{ partitionIndex: 0, offset: 5 }] }] };
  const { topics: [refused] } = await client.ask(deleteRecordsApi, 2, ask);
  assert.equal(refused!.partitions[0]!.errorCode, ERROR.TOPIC_AUTHORIZATION_FAILED);
  const gone = await client.ask(deleteTopicsApi, 5, { topicNames: ["gps"] });
  assert.match(gone.responses[0]!.errorMessage!, /which is read-only/);
  const { results } = await client.ask(describeConfigsApi, 4, {
    resources: [{ resourceType: 2, resourceName: "camera.left", configurationKeys: null }],
  });
  const settings = new Map(results[0]!.configs.map(({ name, value }) => [name, value]));
  assert.equal(settings.get("tinman.channel"), "/camera/left");
  assert.equal(settings.get("tinman.codec"), "bytes@1");
  const latest = await client.ask(listOffsetsApi, 7, {
    topics: [{ name: "gps", partitions: [{ index: 0, timestamp: -3 }] }],
  });
  assert.equal(latest.topics[0]!.partitions[0]!.offset, 99);
  const fetch = async (fetchOffset: number) => {
    const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1 }];
    const answer = await client.ask(fetchApi, 11, { maxBytes: 1, topics: [{ topic: "gps", partitions }] });
    return answer.topics[0]!.partitions[0]!.records!;
  };
  assert.deepEqual(await fetch(0), await fetch(99));
});

Deno.test("of a recording that is damaged and cut off all is served that is whole", async () => {
  const files = record("run", 3000, 4096);
  const log = new Uint8Array(files.stat("run/gps.blog")!.size);
  {
    using file = files.open("run/gps.blog", "read");
    file.read(log, 0);
  }
  log[20_000]! ^= 1;
  files.replace("run/gps.blog", log.subarray(0, log.length - 7));
  await using server = await startBroker({ files, recording: "run" });
  await using client = await server.broker.connect();
  const { latest } = await client.offsets("gps");
  assert.equal(latest, 2999);
  const offsets: number[] = [];
  for (let offset = 0; offset < latest;) {
    const records = await client.fetch("gps", { offset, maxRecords: 10_000, waitMs: 0 });
    offsets.push(...records.map((record) => record.offset));
    for (const { offset, value } of records) assert.deepEqual(value, payload(offset));
    offset = records.at(-1)!.offset + 1;
  }
  const missing = Array.from({ length: latest }, (_, i) => i).filter((i) => !offsets.includes(i));
  assert.ok(missing.length > 0 && missing.length < 300, `${missing.length} are missing`);
  assert.equal(missing.at(-1)! - missing[0]! + 1, missing.length);
  assert.equal(server.events.filter(({ kind }) => kind === "damage").length, 1);
  const said = server.events.find((event) => event.kind === "recording")!;
  assert.match(said.problems.join("\n"), /the last \d+ bytes are left out/);
});

Deno.test("channels get names that topics can have, each its own", () => {
  assert.deepEqual([...topicNames(["a", "/a", "/b/c", "b.c", "ä b", "..", ""]).values()], [
    "a",
    "b.c",
    "a-2",
    "b.c-2",
    "__b",
    "channel__",
    "channel",
  ]);
  const [long] = topicNames(["x/".repeat(200)]).values();
  assert.ok(long!.length <= 249);
});

Deno.test("RunCache drops what was asked for least recently", () => {
  const cache = new RunCache(25);
  let made = 0;
  const get = (run: object) =>
    cache.get(run, () => (made++, { bytes: new Uint8Array(10), starts: [], lasts: [], counts: [] }));
  const [a, b, c] = [{}, {}, {}];
  for (const run of [a, b, a, c, a]) get(run);
  assert.deepEqual([made, cache.bytes], [3, 20]);
  get(b);
  assert.equal(made, 4);
});

function payload(i: number): Uint8Array {
  return new TextEncoder().encode(`fix ${i}`);
}

function record(folder: string, frames: number, blockBytes?: number): Files {
  const files = createMemoryFiles();
  const clock = new VirtualClock(START_NS);
  using recording = createRecording(files, folder, { clock, ...(blockBytes !== undefined && { blockBytes }) });
  const [gps, camera] = [recording.channel("gps", bytes), recording.channel("/camera/left", bytes)];
  for (let i = 0; i < frames; i++) {
    const timeNs = START_NS + BigInt(i) * STEP_NS;
    gps.writeBytes(payload(i), timeNs);
    if (i % 10 === 0) camera.writeBytes(new Uint8Array(100).fill(i), timeNs);
  }
  recording.note("test");
  return files;
}
