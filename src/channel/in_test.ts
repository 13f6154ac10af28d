// What every channel promises is in ends_test.ts; here is what the runtime needs besides.
import assert from "node:assert/strict";
import { type Gate, type In, Out } from "./mod.ts";

Deno.test("In gives undefined and null like any other value", async () => {
  const out = new Out<unknown>();
  const inputs = [out.subscribe(), out.subscribe()];
  for (const value of [undefined, null, 0, ""]) await out.publish(value);
  out.close();
  for (const input of inputs) assert.deepEqual(await read(input), [undefined, null, 0, ""]);
});

Deno.test("In.onEnd is called once, when the reader was told of the end or has left", async () => {
  for (const end of ["told", "left", "left while waiting"]) {
    const out = new Out<number>();
    const input = out.subscribe();
    let ends = 0;
    input.onEnd = () => ends++;
    void out.publish(1);
    if (end === "told") {
      out.close();
      assert.equal(ends, 0);
      await read(input);
      await input.next();
    } else if (end === "left") {
      input.close();
    } else {
      input.tryNext();
      const next = input.next();
      input.close();
      await next;
    }
    input.close();
    assert.equal(ends, 1, end);
  }
});

Deno.test("In.endWhenEmpty() ends the input behind what is queued, though its channel goes on", async () => {
  const out = new Out<number>();
  const input = out.subscribe();
  void out.publish(1);
  input.endWhenEmpty();
  assert.deepEqual(await read(input), [1]);
  assert.equal(out.tryPublish(2), true);

  const waiting = out.subscribe();
  const next = waiting.next();
  waiting.endWhenEmpty();
  assert.deepEqual(await next, { done: true, value: undefined });
});

Deno.test("In.asked says whether somebody ever asked for a value", async () => {
  const out = new Out<number>();
  await out.publish(0);
  const [waiting, taking, idle] = [out.subscribe(), out.subscribe(), out.subscribe()];
  void waiting.next();
  await out.publish(1);
  await taking.next();
  assert.deepEqual([waiting.asked, taking.asked, idle.asked], [true, true, false]);
});

Deno.test("In.whenReady() calls once for each time it was asked, at once when something is there", () => {
  const out = new Out<number>();
  const input = out.subscribe();
  let calls = 0;
  input.whenReady(() => calls++);
  assert.equal(calls, 0);
  void out.publish(1);
  void out.publish(2);
  assert.equal(calls, 1);
  input.whenReady(() => calls++);
  assert.equal(calls, 2);
  take(input);
  input.whenReady(() => calls++);
  out.close();
  assert.equal(calls, 3);
});

Deno.test("In hands out when its gate says so, and not before", async () => {
  const events: string[] = [];
  const gate: Gate = { ask: () => events.push("ask"), arrived: () => events.push("arrived") };
  const out = new Out<number>();
  const input = out.subscribe();
  const before = input.next();
  input.putBehind(gate);
  assert.deepEqual(events, ["ask"], "a fiber that waits already asks as well");
  void out.publish(1);
  assert.deepEqual(events, ["ask", "arrived"]);
  input.handOut();
  assert.deepEqual(await before, { done: false, value: 1 });
  void out.publish(2);
  const next = input.next();
  assert.equal(events.at(-1), "ask");
  input.handOut();
  assert.deepEqual(await next, { done: false, value: 2 });
});

Deno.test("In.order grows over all channels of a run, up to the end of each", () => {
  const order = { next: 0 };
  const [a, b] = [new Out<string>({ order }), new Out<string>({ order })];
  const [fromA, fromB] = [a.subscribe(), b.subscribe()];
  assert.equal(fromA.order, Infinity);
  void a.publish("1st");
  void b.publish("2nd");
  b.close();
  void a.publish("4th");
  const orders: number[] = [];
  for (const input of [fromA, fromB, fromB, fromA]) {
    orders.push(input.order);
    input.tryNext();
  }
  assert.deepEqual(orders, [0, 1, 2, 3]);
});

async function read<T>(input: In<T>): Promise<T[]> {
  const got: T[] = [];
  for await (const value of input) got.push(value);
  return got;
}

function take<T>(input: In<T>): T[] {
  const got: T[] = [];
  for (let next = input.tryNext(); next !== undefined && !next.done; next = input.tryNext()) got.push(next.value);
  return got;
}
