// Goal: a value that cannot be recorded fails the run, whether the node waits for its publish() or not.
import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import type { Codec } from "../codec/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { failedNode } from "./execution.ts";
import { type Node, node } from "./node.ts";
import { replayGraph } from "./replay.ts";
import { runGraph } from "./run.ts";

const even: Codec<number> = {
  id: "testing.even",
  version: 1,
  encode(value) {
    if (value % 2 !== 0) throw new RangeError(`${value} is odd`);
    return Uint8Array.of(value);
  },
  decode: (bytes) => bytes[0]!,
};
const numbers = channel<number>("numbers", { codec: even, capacity: 2 });
const ticks = channel<number>("ticks");
const sink = node({ in: { numbers } }, async function sink({ numbers, clock }) {
  for await (const _ of numbers) await clock.sleep(1);
});

/** Each publishes an odd number and does not wait for it. */
const careless: Record<string, Node> = {
  "goes on": node({ out: { numbers }, name: "careless" }, async ({ numbers, clock }) => {
    void numbers.publish(1);
    for await (const _ of clock.every(10)) await numbers.publish(2);
  }),
  "ends at once": node({ out: { numbers }, name: "careless" }, ({ numbers }) => {
    void numbers.publish(1);
    return Promise.resolve();
  }),
  "has values that wait for room": node({ out: { numbers }, name: "careless" }, async ({ numbers, clock }) => {
    for (const n of [2, 4, 6, 7, 8, 9]) void numbers.publish(n);
    await clock.sleep(1000);
  }),
  "leaves it to a promise of its own": node({ out: { numbers }, name: "careless" }, async ({ numbers, clock }) => {
    const later = async () => {
      await clock.sleep(5);
      await numbers.publish(1);
    };
    void later();
    await clock.sleep(1000);
  }),
};

for (const [how, source] of Object.entries(careless)) {
  Deno.test(`runGraph() fails for a value that its codec refuses, though nobody waits: a node that ${how}`, async () => {
    const env = createTestEnvironment();
    const done = runGraph([source, sink], env, { record: "runs" });
    await env.drive(assert.rejects(done, (error) => {
      assert.ok(isTinmanError(error, "CODEC"));
      assert.match(error.message, /Cannot write frame \d of channel "numbers": .*odd/);
      assert.deepEqual([error.details.channel, failedNode(error)], ["numbers", "careless"]);
      return true;
    }));
    assert.equal(env.clock.pending, 0);
  });
}

Deno.test("runGraph() fails when a handler publishes more than it may without waiting, and names it", async () => {
  const fast = node({ out: { ticks } }, ({ ticks }) => ticks.publish(0));
  const flood = node({ in: { ticks }, out: { numbers }, name: "flood" }, {
    ticks: (_, { numbers }) => {
      for (let i = 0; i < 2000; i++) void numbers.publish(0);
    },
  });
  const env = createTestEnvironment();
  const error = await env.drive(runGraph([fast, flood, sink], env).catch((error) => error));
  assert.ok(isTinmanError(error, "TOO_LARGE"), `${error}`);
  assert.equal(failedNode(error), "flood");
});

Deno.test("replayGraph() fails for a value that its codec refuses, though nobody waits", async () => {
  const env = createTestEnvironment();
  const source = node({ out: { ticks } }, async ({ ticks }) => {
    for (let i = 0; i < 3; i++) await ticks.publish(i);
  });
  const { recording } = await env.drive(runGraph([source], env, { record: "runs" }));
  const copy = node({ in: { ticks }, out: { numbers }, name: "copy" }, {
    ticks: (n, { numbers }) => void numbers.publish(n),
  });
  const replayed = replayGraph([copy], recording!, env, { record: "replays" });
  const error = await env.drive(replayed.catch((error) => error));
  assert.ok(isTinmanError(error, "CODEC"), `${error}`);
  assert.deepEqual([error.details.channel, failedNode(error)], ["numbers", "copy"]);
});

Deno.test("runGraph() goes on when the node takes the refusal", async () => {
  const env = createTestEnvironment();
  const refused: unknown[] = [];
  const careful = node({ out: { numbers } }, async ({ numbers }) => {
    for (let i = 0; i < 6; i++) await numbers.publish(i).catch((error) => refused.push(error));
  });
  const { channels: [stats] } = await env.drive(runGraph([careful, sink], env, { record: "runs" }));
  assert.deepEqual([refused.length, stats!.count, stats!.drops], [3, 3, 3]);
});

Deno.test("runGraph() leaves errors alone that are not its own", async () => {
  const env = createTestEnvironment();
  const foreign: unknown[] = [];
  const listener = (event: PromiseRejectionEvent) => {
    if (!event.defaultPrevented) foreign.push(event.reason);
    event.preventDefault();
  };
  const strange = node({}, async function strange({ clock }) {
    void Promise.reject("somebody else's");
    await clock.sleep(1);
  });
  const done = runGraph([strange], env);
  addEventListener("unhandledrejection", listener);
  await env.drive(done);
  removeEventListener("unhandledrejection", listener);
  assert.deepEqual(foreign, ["somebody else's"]);
});
