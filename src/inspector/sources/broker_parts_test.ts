import assert from "node:assert/strict";
import { EmbeddedBroker } from "../../broker/mod.ts";
import { VirtualClock } from "../../clock/mod.ts";
import { createRandom } from "../../random/mod.ts";
import { brokerParts, lagOf } from "./broker_parts.ts";

const value = new Uint8Array([1, 2, 3]);

/** A broker that is reached from this process alone. */
async function openBroker() {
  const clock = new VirtualClock(1_700_000_000_000_000_000n);
  const closed = Promise.withResolvers<void>();
  const next = () => closed.promise.then(() => ({ done: true, value: undefined } as const));
  const links = { [Symbol.asyncIterator]: () => ({ next }) };
  const listen = () => Promise.resolve({ port: 9092, close: () => closed.resolve(), links });
  const broker = new EmbeddedBroker({ clock, random: createRandom("inspector"), listen });
  await broker.start();
  const client = await broker.connect();
  return {
    ...{ clock, client, parts: brokerParts(client, clock) },
    async [Symbol.asyncDispose]() {
      await client.close();
      await broker.stop();
    },
  };
}

Deno.test("brokerParts() tells offsets, sizes, retention and lag, at most once a second", async () => {
  await using opened = await openBroker();
  const { client, parts, clock } = opened;
  await client.admin.createTopic("t", { partitions: 2, settings: { "retention.ms": "60000" } });
  await client.produceBatch("t", Array.from({ length: 5 }, () => ({ value })), { partition: 1 });
  await client.commit("report", "t", 2, { partition: 1 });
  const state = await parts.look();
  const [topic] = state.topics;
  assert.deepEqual([topic!.name, topic!.retentionMs, topic!.cleanup], ["t", 60_000, "delete"]);
  const [empty, filled] = topic!.partitions;
  assert.deepEqual([empty!.latest, filled!.earliest, filled!.latest], [0, 0, 5]);
  assert.ok(filled!.bytes! > 15 && empty!.bytes === 0);
  assert.deepEqual(state.groups.map(({ id, offsets }) => [id, offsets]), [
    ["report", [{ topic: "t", partition: 1, committed: 2, lag: 3 }]],
  ]);
  await client.produce("t", { value }, { partition: 1 });
  assert.equal(await parts.look(), state, "it is fresh enough");
  clock.advanceTo(clock.now() + 1_000_000_000n);
  assert.equal((await parts.look()).topics[0]!.partitions[1]!.latest, 6);
});

Deno.test("brokerParts() reads a range of records, and none behind its end", async () => {
  await using opened = await openBroker();
  const { client, parts } = opened;
  await client.produceBatch("t", Array.from({ length: 300 }, () => ({ value })));
  const records = await parts.records("t", { partition: 0, from: 10, limit: 250 });
  assert.deepEqual([records.length, records[0]!.offset, records.at(-1)!.offset], [250, 10, 259]);
  assert.deepEqual(await parts.records("t", { partition: 0, from: 300, limit: 10 }), []);
});

Deno.test("a group that committed before the oldest record is not behind by what is gone", () => {
  const topics = [{ name: "t", partitions: [{ id: 0, earliest: 100, latest: 130 }, { id: 1, problem: "away" }] }];
  const lag = (offset: number, partition = 0) => lagOf({ topic: "t", partition, offset }, topics).lag;
  assert.deepEqual([lag(20), lag(110), lag(200), lag(5, 1), lag(5, 7)], [30, 20, 0, undefined, undefined]);
});
