import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { type Gate, type In, Out } from "./mod.ts";

Deno.test("In gives what was published since it subscribed, in order, each once", async () => {
  const out = new Out<number>();
  const early = out.subscribe();
  await out.publish(1);
  const late = out.subscribe();
  await out.publish(2);
  await out.publish(3);
  out.close();
  assert.deepEqual([await read(early), await read(late)], [[1, 2, 3], [2, 3]]);
});

Deno.test("In gives every subscriber every value, also undefined and null", async () => {
  const out = new Out<unknown>();
  const inputs = [out.subscribe(), out.subscribe(), out.subscribe()];
  for (const value of [undefined, null, 0, ""]) await out.publish(value);
  out.close();
  for (const input of inputs) assert.deepEqual(await read(input), [undefined, null, 0, ""]);
});

Deno.test("In keeps its place when a subscriber with a larger capacity comes later", () => {
  const out = new Out<number>();
  const small = out.subscribe({ capacity: 3 });
  for (let i = 0; i < 3; i++) void out.publish(i);
  small.tryNext();
  const large = out.subscribe({ capacity: 100 });
  void out.publish(3);
  assert.deepEqual([take(small), take(large)], [[1, 2, 3], [3]]);
});

Deno.test("In ends again at once when it is read anew", async () => {
  const out = new Out<number>();
  const input = out.subscribe();
  void out.publish(1);
  out.close();
  assert.deepEqual(await read(input), [1]);
  assert.deepEqual(await read(input), []);
  assert.ok(input.done);
});

Deno.test("In waits for a value that comes later, and for the end", async () => {
  const out = new Out<number>();
  const input = out.subscribe();
  const first = input.next();
  void out.publish(1);
  assert.deepEqual(await first, { done: false, value: 1 });
  const second = input.next();
  out.close();
  assert.deepEqual(await second, { done: true, value: undefined });
});

for (
  const [how, leave] of [
    ["break", async (input: In<number>) => {
      for await (const _ of input) break;
    }],
    ["throw", async (input: In<number>) => {
      const body = async () => {
        for await (const _ of input) throw new RangeError("the body failed");
      };
      await assert.rejects(body(), RangeError);
    }],
    ["return()", async (input: In<number>) => {
      assert.deepEqual(await input.return(), { done: true, value: undefined });
    }],
    ["using", (input: In<number>) => {
      using _ = input;
    }],
    ["await using", async (input: In<number>) => {
      await using _ = input;
    }],
  ] as const
) {
  Deno.test(`In lets its producer go on when it is left by ${how}`, async () => {
    const out = new Out<number>();
    const input = out.subscribe({ capacity: 1 });
    const other = out.subscribe({ capacity: 10 });
    void out.publish(1);
    const blocked = [out.publish(2), out.publish(3)];
    await leave(input);
    await Promise.all(blocked);
    assert.deepEqual(take(other), [1, 2, 3]);
    assert.deepEqual(await input.next(), { done: true, value: undefined });
    assert.deepEqual([input.size, input.done, input.tryNext()?.done], [0, true, true]);
  });
}

Deno.test("In.next() a second time while one waits is refused, and the first still gets its value", async () => {
  const out = new Out<number>({ name: "numbers" });
  const input = out.subscribe();
  const first = input.next();
  await assert.rejects(
    input.next(),
    (error) => isTinmanError(error, "CLOSED") && /Cannot read "numbers" twice at a time/.test(error.message),
  );
  void out.publish(1);
  assert.deepEqual(await first, { done: false, value: 1 });
});

Deno.test("In.tryNext() gives undefined when nothing is there, and the end when nothing comes", () => {
  const out = new Out<number>();
  const input = out.subscribe();
  assert.equal(input.tryNext(), undefined);
  void out.publish(1);
  assert.deepEqual(input.tryNext(), { done: false, value: 1 });
  out.close();
  assert.deepEqual(input.tryNext(), { done: true, value: undefined });
});

Deno.test("In.close() ends a next() that waits", async () => {
  const input = new Out<number>().subscribe();
  const next = input.next();
  input.close();
  input.close();
  assert.deepEqual(await next, { done: true, value: undefined });
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
