import { VirtualClock } from "../clock/mod.ts";
import { createRandom } from "../random/mod.ts";
import { testQueue } from "../testing/queue_suite.ts";
import { EmbeddedBroker } from "./embedded_broker.ts";

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
