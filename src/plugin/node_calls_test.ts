import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { NodeCalls, type NodeCallsOptions } from "./node_calls.ts";
import type { PluginNewRecord } from "./plugin.ts";
import type { HeldQueue, QueueUse } from "./queue.ts";

const address = "kafka://h/t";

Deno.test("NodeCalls opens a topic as it was asked for, and says the run's time for records that say none", async () => {
  const { calls, uses, sent } = create();
  const from = await calls.serve(["consume", address, { from: "latest", group: "g" }]) as number;
  assert.equal(await calls.serve(["readQueue", from]), null);
  const to = await calls.serve(["produce", address]) as number;
  const value = Uint8Array.of(1);
  await calls.serve(["sendQueue", to, [{ value }, { value, timestampMs: 7 }]]);
  assert.deepEqual(sent, [{ value, timestampMs: 5 }, { value, timestampMs: 7 }]);
  assert.deepEqual(uses.map(({ kind, queue, topic, options }) => [kind, queue, topic, options]), [
    ["consume", "kafka://h:9092", "t", { from: "latest", untilEnd: false, group: "g" }],
    ["produce", "kafka://h:9092", "t", {}],
  ]);
});

Deno.test("NodeCalls reads on when all is published that the node made of what came before", async () => {
  const order: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { calls } = create({
    published: () => promise.then(() => order.push("published")),
    read: () => Promise.resolve(order.push("read")).then(() => null),
  });
  const from = await calls.serve(["consume", address, {}]) as number;
  const reading = calls.serve(["readQueue", from]);
  resolve();
  await reading;
  assert.deepEqual(order, ["published", "read"]);
});

Deno.test("NodeCalls does one thing at a time with a topic, and holds no more than 64", async () => {
  const { calls } = create({ read: () => new Promise(() => {}) });
  const from = await calls.serve(["consume", address, {}]) as number;
  void calls.serve(["readQueue", from]);
  await assert.rejects(calls.serve(["readQueue", from]), /twice at a time/);
  await assert.rejects(calls.serve(["sendQueue", from, []]), /twice at a time/);
  await Promise.all(Array.from({ length: 63 }, () => calls.serve(["produce", address])));
  await assert.rejects(calls.serve(["produce", address]), { code: "UNAVAILABLE", message: /64/ });
  await calls.serve(["closeQueue", from]);
  await calls.serve(["closeQueue", from]);
  await calls.serve(["produce", address]);
  await assert.rejects(calls.serve(["readQueue", from]), { code: "CLOSED" });
});

Deno.test("NodeCalls closes what is open, and what opens when nobody waits for it any more", async () => {
  const stop = new AbortController();
  const opened = Promise.withResolvers<void>();
  const { calls, closed } = create({ signal: stop.signal, opened: opened.promise });
  const late = calls.serve(["produce", address]);
  stop.abort();
  await assert.rejects(late, { code: "STOPPED" });
  opened.resolve();
  await turns();
  assert.equal(closed(), 1);

  const other = create();
  await other.calls.serve(["consume", address, {}]);
  const opening = other.calls.serve(["consume", address, {}]);
  await other.calls.close();
  await assert.rejects(opening, { code: "CLOSED" });
  assert.equal(other.closed(), 2);
});

Deno.test("NodeCalls refuses links and topics where there are none", async () => {
  const calls = new NodeCalls({ ...base(), plugin: "p" });
  await assert.rejects(calls.serve(["openLink", "serial:x"]), { code: "DENIED", message: /no links here/ });
  await assert.rejects(calls.serve(["consume", address, {}]), { code: "DENIED", message: /no topics here/ });
});

async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await undefined;
}

function base(): NodeCallsOptions {
  const published = () => Promise.resolve();
  return { plugin: "p", clock: new VirtualClock(5_000_000n), signal: new AbortController().signal, published };
}

function create(
  { opened, read = () => Promise.resolve(null), ...options }:
    & Partial<NodeCallsOptions>
    & { readonly opened?: Promise<void>; readonly read?: HeldQueue["read"] } = {},
) {
  const uses: QueueUse[] = [];
  const sent: PluginNewRecord[] = [];
  let count = 0;
  const openQueue = async (use: QueueUse): Promise<HeldQueue> => {
    uses.push(use);
    await opened;
    return {
      read,
      send: (records) => Promise.resolve(void sent.push(...records)),
      close: () => Promise.resolve(void count++),
    };
  };
  return { calls: new NodeCalls({ ...base(), openQueue, ...options }), uses, sent, closed: () => count };
}
