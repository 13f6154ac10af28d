import assert from "node:assert/strict";
import { VirtualClock } from "../../clock/mod.ts";
import { MemoryQueue } from "../memory/memory_queue.ts";
import type { QueueClient } from "../queue.ts";
import { readTopic, type ReadTopicOptions } from "./read_topic.ts";

Deno.test("readTopic() gives all partitions, each in order, and ends where the topic ended", async () => {
  const queue = await open();
  for (let i = 0; i < 2500; i++) await produce(queue, i % 2, i);
  const all = await collect(queue, { untilEnd: true });
  assert.equal(all.length, 2500);
  for (const parity of [0, 1]) {
    assert.deepEqual(all.filter((n) => n % 2 === parity), Array.from({ length: 1250 }, (_, i) => 2 * i + parity));
  }
});

Deno.test("readTopic() commits a batch when the next is asked for, not when it is left", async () => {
  const queue = await open();
  for (let i = 0; i < 1500; i++) await produce(queue, 0, i);
  let seen = 0;
  for await (const { records } of readTopic(queue, "t", { group: "g", untilEnd: true })) {
    seen += records.length;
    if (seen > 1000) break;
  }
  assert.equal(await queue.committed("g", "t", { partition: 0 }), 1000);
  assert.equal((await collect(queue, { group: "g", untilEnd: true })).length, 500);
  assert.equal(await queue.committed("g", "t", { partition: 0 }), 1500);
});

Deno.test("readTopic() goes on with what is left of a topic when more was removed than the group had read", async () => {
  const queue = await open();
  for (let i = 0; i < 10; i++) await produce(queue, 0, i);
  await queue.commit("g", "t", 2, { partition: 0 });
  await queue.deleteRecords("t", 7, { partition: 0 });
  assert.deepEqual(await collect(queue, { group: "g", untilEnd: true }), [7, 8, 9]);
});

Deno.test("readTopic() waits for more until its signal aborts, and then ends", async () => {
  const queue = await open();
  await produce(queue, 0, 1);
  const stop = new AbortController();
  const seen: number[] = [];
  for await (const { records } of readTopic(queue, "t", { signal: stop.signal })) {
    seen.push(...records.map(({ value }) => value![0]!));
    if (seen.length < 3) await produce(queue, 1, seen.length + 1);
    else stop.abort();
  }
  assert.deepEqual(seen, [1, 2, 3]);
  assert.deepEqual(await collect(queue, { signal: stop.signal }), []);
});

Deno.test("readTopic() says which topic is not there", async () => {
  await assert.rejects(readTopic(await open(), "no").next(), {
    code: "NOT_FOUND",
    message: /topic no: it is not there/,
  });
});

async function open(): Promise<QueueClient> {
  const queue = new MemoryQueue({ clock: new VirtualClock() });
  await queue.start();
  const client = await queue.connect();
  await client.createTopic("t", { partitions: 2 });
  return client;
}

async function produce(queue: QueueClient, partition: number, n: number): Promise<void> {
  await queue.produce("t", { value: Uint8Array.of(n & 255, n >> 8) }, { partition });
}

async function collect(queue: QueueClient, options: ReadTopicOptions): Promise<number[]> {
  const all: number[] = [];
  for await (const { records } of readTopic(queue, "t", options)) {
    all.push(...records.map(({ value }) => value![0]! | value![1]! << 8));
  }
  return all;
}
