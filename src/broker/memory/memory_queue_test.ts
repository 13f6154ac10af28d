import assert from "node:assert/strict";
import fc from "fast-check";
import { VirtualClock } from "../../clock/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { testQueue } from "../../testing/queue_suite.ts";
import { MemoryPartition } from "./memory_partition.ts";
import { MemoryQueue, type MemoryQueueOptions } from "./memory_queue.ts";

/*
 * What the original's tests of its queue promise, and which test here holds it. "suite" is src/testing/queue_suite.ts, which
 * MemoryQueue, EmbeddedBroker and KafkaQueueClient pass alike.
 *
 * test_queue_backend.py, memory and Tansu:
 *   start_stop, get_broker_url, health_check .... suite: a broker that was stopped …; a client that was closed …
 *   create_topic, delete_topic .................. suite: topics are made once, listed by name, and deleted …
 *   produce_fetch(_single, _multiple), batch .... suite: a record comes back …; a batch is put down in order …
 *   fetch_with_offset, fetch_max_records ........ suite: fetch() begins at the offset and gives no more …
 *   fetch_empty_topic ........................... suite: fetch() gives an empty list when nothing came in time
 *   get_latest_offset ........................... suite: offsets() says what is kept …
 *   commit_offset, multiple_groups, update ...... suite: what one client committed the others see …
 *   exactly_once_flow, resume_after_crash ....... suite: who goes on where its group stopped gets each record once
 *   crash_before_commit, idempotent_processing .. here: who ends before it commits …
 *   concurrent_produce(_fetch) .................. here: producers and a consumer at the same time …
 *   record_has_timestamp ........................ suite: a record comes back as it was given, with its place and a time
 *   two_clients_communication ................... suite: places in a partition follow each other, whoever produces
 * test_gc.py ..................................... here: MemoryQueue.collect() …; suite: deleted records are gone …
 * test_benchmark.py .............................. tests/bench/broker.ts: throughput, oneAtATime, latency, longTopic
 * test_partition_management.py ................... suite: partitions are apart; src/broker/group/group_test.ts: rebalances
 *   The number of partitions for a number of workers is the caller's to choose: createTopic() takes it.
 * test_skew_detection.py ......................... lag: tests/broker/cli_test.ts, `tinman broker lag`
 * test_backpressure.py, test_partition_backpressure_integration.py
 *   Not here: signals from stage to stage stand in for queues without a bound. Channels are bounded, so a slow consumer
 *   holds its producer up by itself (src/graph); what clients may hold of a broker is in connection_limits_test.ts.
 */

const bytes = (length: number) => new Uint8Array(length);
const clocks = new WeakMap<object, VirtualClock>();

testQueue({
  name: "MemoryQueue",
  test: Deno.test,
  open: () => create().queue,
  pass: async (broker, ms) => {
    const clock = clocks.get(broker)!;
    await clock.runTo(clock.now() + BigInt(ms * 1e6));
  },
});

Deno.test("who ends before it commits gets the same records again, with the same places to know them by", async () => {
  const { queue } = create();
  await queue.start();
  const first = await queue.connect();
  await first.produceBatch("t", Array.from({ length: 10 }, () => ({ value: bytes(1) })));
  const done = new Set<number>();
  for (const { offset } of await first.fetch("t", { maxRecords: 4 })) done.add(offset);
  await first.commit("g", "t", 4);
  for (const { offset } of await first.fetch("t", { offset: 4, maxRecords: 3 })) done.add(offset);
  await first.close();
  const second = await queue.connect();
  const again = await second.fetch("t", { offset: (await second.committed("g", "t"))! });
  assert.deepEqual(again.map(({ offset }) => offset), [4, 5, 6, 7, 8, 9]);
  assert.deepEqual(again.filter(({ offset }) => !done.has(offset)).map(({ offset }) => offset), [7, 8, 9]);
  await queue.stop();
});

Deno.test("producers and a consumer at the same time lose nothing and see nothing twice", async () => {
  const { queue } = create();
  await queue.start();
  const consumer = await queue.connect();
  await consumer.createTopic("t");
  const seen: number[] = [];
  const consuming = (async () => {
    while (seen.length < 500) {
      for (const { offset } of await consumer.fetch("t", { offset: seen.length })) seen.push(offset);
    }
  })();
  await Promise.all(Array.from({ length: 5 }, async () => {
    const producer = await queue.connect();
    for (let i = 0; i < 100; i++) await producer.produce("t", { value: bytes(1) });
  }));
  await consuming;
  assert.deepEqual(seen, Array.from({ length: 500 }, (_, i) => i));
  await queue.stop();
});

Deno.test("MemoryQueue.collect() removes what all groups that ever committed are done with", async () => {
  const { queue } = create();
  await queue.start();
  const client = await queue.connect();
  await client.createTopic("t", { partitions: 2 });
  for (const partition of [0, 1]) {
    await client.produceBatch("t", Array.from({ length: 10 }, () => ({ value: bytes(1) })), { partition });
  }
  assert.equal(queue.collect(), 0);
  await client.commit("a", "t", 8);
  await client.commit("b", "t", 5);
  assert.equal(queue.collect(), 5);
  assert.equal(queue.collect(), 0);
  assert.deepEqual(await client.offsets("t"), { earliest: 5, latest: 10 });
  assert.deepEqual(await client.offsets("t", { partition: 1 }), { earliest: 0, latest: 10 });
  // A group may say that it is done with more than there is.
  await client.commit("a", "t", 99);
  await client.commit("b", "t", 99);
  assert.equal(queue.collect(), 5);
  await queue.stop();
});

Deno.test("MemoryQueue refuses what is more than it may hold, and takes in as much as was deleted", async () => {
  const { queue } = create({ maxBytes: 100, maxTopics: 2 });
  await queue.start();
  const client = await queue.connect();
  await client.produce("t", { value: bytes(90) });
  const tooMuch = () => client.produceBatch("t", [{ value: bytes(6) }, { value: bytes(5) }]);
  await assert.rejects(tooMuch, (error) => isTinmanError(error, "TOO_LARGE"));
  assert.deepEqual(await client.offsets("t"), { earliest: 0, latest: 1 });
  await client.deleteRecords("t", 1);
  await tooMuch();
  await client.deleteTopic("t");
  await client.produce("u", { value: bytes(100) });
  await client.createTopic("v");
  await assert.rejects(client.createTopic("w"), (error) => isTinmanError(error, "TOO_LARGE"));
  await queue.stop();
});

Deno.test("MemoryQueue without autoCreate makes no topic by itself", async () => {
  const { queue } = create({ autoCreate: false });
  await queue.start();
  const client = await queue.connect();
  await assert.rejects(client.produce("t", { value: bytes(1) }), (error) => isTinmanError(error, "NOT_FOUND"));
  assert.deepEqual(await client.topics(), []);
  await queue.stop();
});

Deno.test("a fetch that waits for a topic which is deleted says so", async () => {
  const { queue } = create();
  await queue.start();
  const client = await queue.connect();
  await client.createTopic("t");
  const waiting = client.fetch("t", { waitMs: 1000 });
  await client.deleteTopic("t");
  await assert.rejects(waiting, (error) => isTinmanError(error, "NOT_FOUND"));
  await queue.stop();
});

Deno.test("MemoryPartition gives what a plain list gives, however it is cut", () => {
  type Step = { append: number } | { cut: number } | { read: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ append: fc.nat(20) }),
    fc.record({ cut: fc.nat(30) }),
    fc.record({ read: fc.nat(60) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const partition = new MemoryPartition("t/0");
    let [earliest, latest] = [0, 0];
    for (const each of steps) {
      if ("append" in each) {
        for (let i = 0; i < each.append; i++) {
          const record = { key: null, value: bytes(3), headers: [], timestampMs: latest };
          assert.equal(partition.append(record), latest++);
        }
      } else if ("cut" in each) {
        const before = Math.min(each.cut, latest);
        assert.equal(partition.deleteBefore(before), earliest = Math.max(earliest, before));
      } else if (each.read >= earliest && each.read <= latest) {
        const found = partition.read(each.read, { maxRecords: 7, maxBytes: 1000 }).map(({ offset }) => offset);
        assert.deepEqual(found, Array.from({ length: Math.min(7, latest - each.read) }, (_, i) => each.read + i));
      } else assert.throws(() => partition.read(each.read, { maxRecords: 7, maxBytes: 1000 }));
      assert.deepEqual(partition.range, { earliest, latest });
      assert.equal(partition.bytes, (latest - earliest) * 3);
    }
  }));
});

function create(options: Partial<MemoryQueueOptions> = {}): { queue: MemoryQueue } {
  const clock = new VirtualClock(1_700_000_000_000_000_000n);
  const queue = new MemoryQueue({ clock, ...options });
  clocks.set(queue, clock);
  return { queue };
}
