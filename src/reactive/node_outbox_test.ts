import assert from "node:assert/strict";
import { Out } from "../channel/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import { EventClock } from "./event_clock.ts";
import { NodeOutbox } from "./node_outbox.ts";
import { NodeWork } from "./node_work.ts";

function createOutbox() {
  const virtual = new VirtualClock();
  const work = new NodeWork(undefined);
  const clock = new EventClock(virtual, { signal: new AbortController().signal, work });
  const out = new Out<unknown>();
  const input = out.subscribe({ capacity: 1000 });
  return { outbox: new NodeOutbox(clock, work), clock, virtual, out, input };
}

Deno.test("NodeOutbox publishes when it is asked to, in order, and nothing before", async () => {
  const { outbox, out, input } = createOutbox();
  for (const message of [1, 2, 3]) outbox.push(out, message);
  assert.equal(input.size, 0);
  await outbox.flush();
  assert.deepEqual([input.tryNext()!.value, input.tryNext()!.value, input.tryNext()!.value], [1, 2, 3]);
  await outbox.flush();
  assert.equal(input.size, 0);
});

Deno.test("NodeOutbox publishes by itself while somebody waits for the time", async () => {
  for (const first of ["wait", "push"]) {
    const { outbox, clock, virtual, out, input } = createOutbox();
    if (first === "wait") void clock.sleep(1000);
    outbox.push(out, 1);
    if (first === "push") void clock.sleep(1000);
    virtual.fireNext();
    virtual.fireNext();
    await Promise.resolve();
    assert.deepEqual([first, input.size, virtual.elapsedNs()], [first, 1, 0]);
  }
});

Deno.test("NodeOutbox has the pipeline wait when too much is in line, until it is published", async () => {
  const { outbox, virtual, out, input } = createOutbox();
  let wait: Promise<void> | undefined;
  let count = 0;
  while (wait === undefined) wait = outbox.push(out, count++);
  assert.equal(count, 64);
  virtual.fireNext();
  await wait;
  assert.equal(input.size, 64);
});

Deno.test("NodeOutbox passes on what an output was refused with, to whoever waits and whoever asks next", async () => {
  const { outbox, out } = createOutbox();
  const pending: Promise<void>[] = [];
  for (let i = 0; i < 65; i++) {
    const wait = outbox.push(out, i);
    if (wait !== undefined) pending.push(wait);
  }
  out.close();
  await assert.rejects(outbox.flush(), { message: /closed/ });
  for (const wait of pending) await assert.rejects(wait, { message: /closed/ });
  await assert.rejects(outbox.flush(), { message: /closed/ });
  assert.throws(() => outbox.push(out, 66), { message: /closed/ });
});
