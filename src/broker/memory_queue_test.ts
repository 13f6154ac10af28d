import assert from "node:assert/strict";
import fc from "fast-check";
import { VirtualClock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { testQueue } from "../testing/queue_suite.ts";
import { MemoryPartition } from "./memory_partition.ts";
import { MemoryQueue, type MemoryQueueOptions } from "./memory_queue.ts";

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
