import assert from "node:assert/strict";
import { VirtualClock } from "../../clock/mod.ts";
import { createRandom } from "../../random/mod.ts";
import { testQueue } from "../../testing/queue_suite.ts";
import { startBroker, type TestBroker } from "../_client_test.ts";
import { EmbeddedBroker } from "../embedded_broker.ts";
import type { Intervention, SeenRequest } from "../connection/intercept.ts";
import { KafkaQueueClient } from "./kafka_client.ts";

const clocks = new WeakMap<object, VirtualClock>();

testQueue({
  name: "EmbeddedBroker and KafkaQueueClient",
  test: Deno.test,
  open: () => {
    const clock = new VirtualClock(1_700_000_000_000_000_000n);
    const nobody = { port: 9092, links: { [Symbol.asyncIterator]: nothing }, close: () => {} };
    const broker = new EmbeddedBroker({ clock, random: createRandom("queue"), listen: () => Promise.resolve(nobody) });
    clocks.set(broker, clock);
    return broker;
  },
  pass: async (broker, ms) => {
    const clock = clocks.get(broker)!;
    // It waits when it has asked, which takes some messages there and back.
    while (clock.pending === 0) await new Promise<void>((resolve) => queueMicrotask(resolve));
    await clock.runTo(clock.now() + BigInt(ms * 1e6));
  },
});

async function* nothing() {}

Deno.test("KafkaQueueClient has the controller make and delete topics, whichever broker that is", async () => {
  // Node 1 is where clients begin; it says that node 2 is the controller, as it is in clusters with ZooKeeper.
  const [first, second] = [await startBroker({ intercept: named }), await startBroker()];
  await using _both = { [Symbol.asyncDispose]: async () => void await Promise.all([first, second].map(stop)) };
  const client = new KafkaQueueClient({
    bootstrap: [{ host: "one", port: 1 }],
    dial: ({ host }) => Promise.resolve((host === "one" ? first : second).connect()),
    clock: first.clock,
  });
  assert.equal(await client.createTopic("t"), true);
  const namesOf = async (server: TestBroker) => {
    await using direct = await server.broker.connect();
    return (await direct.topics()).map(({ name }) => name);
  };
  assert.deepEqual(await namesOf(second), ["t"]);
  assert.equal(await client.deleteTopic("t"), true);
  assert.deepEqual(await namesOf(second), []);
  await client.close();
});

async function named({ name, serve }: SeenRequest): Promise<Intervention> {
  if (name !== "Metadata") return undefined;
  const brokers = ["one", "two"].map((host, i) => ({ nodeId: i + 1, host, port: 1, rack: null }));
  return { answer: { ...await serve(), brokers, controllerId: 2 } };
}

function stop(server: TestBroker): Promise<void> {
  return server[Symbol.asyncDispose]() as Promise<void>;
}
