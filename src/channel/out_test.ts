// What every channel promises is in ends_test.ts; here is what the runtime needs besides.
import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import { DONE, Out } from "./mod.ts";

/** Whether a promise has settled once all reactions have run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const done = () => void (settled = true);
  promise.then(done, done);
  for (let i = 0; i < 10; i++) await null;
  return settled;
}

Deno.test("Out.publish() returns one shared promise while there is room, and without subscribers", async () => {
  const out = new Out<number>();
  assert.equal(out.publish(0), DONE);
  const input = out.subscribe({ capacity: 2 });
  assert.equal(out.publish(1), DONE);
  assert.equal(out.publish(2), DONE);
  assert.notEqual(out.ready(), DONE);
  const third = out.publish(3);
  assert.notEqual(third, DONE);
  input.close();
  await third;
  assert.equal(out.ready(), DONE);
  assert.equal(out.published, 4);
});

Deno.test("Out.publish() without room is woken when half of it is free again", async () => {
  const out = new Out<number>();
  const input = out.subscribe({ capacity: 10 });
  for (let i = 0; i < 10; i++) void out.publish(i);
  const waiting = [out.publish(10), out.publish(11)];
  for (let i = 0; i < 4; i++) {
    input.tryNext();
    assert.equal(await isSettled(waiting[0]!), false, `after ${i + 1} taken`);
  }
  input.tryNext();
  await Promise.all(waiting);
  assert.equal(input.size, 7);
});

Deno.test("Out.abort() is no unhandled rejection for a publisher that does not wait", async () => {
  const out = new Out<number>();
  out.subscribe({ capacity: 1 });
  void out.publish(1);
  void out.publish(2);
  const unhandled: unknown[] = [];
  const listener = (event: PromiseRejectionEvent) => (event.preventDefault(), unhandled.push(event.reason));
  addEventListener("unhandledrejection", listener);
  out.abort(new Error("enough"));
  // Nor for what it publishes before it notices.
  void out.publish(3);
  const stopping = new Out<number>();
  stopping.allow(0, new Error("no more"));
  void stopping.publish(1);
  await new Promise<void>((resolve) => setTimeout(resolve));
  removeEventListener("unhandledrejection", listener);
  assert.deepEqual(unhandled, []);
});

Deno.test("Out.allow() takes so many values more, then refuses", async () => {
  const out = new Out<number>();
  const reason = new Error("stopped");
  out.allow(2, reason);
  out.allow(100, new Error("a later word does not count"));
  await out.publish(1);
  await out.publish(2);
  await assert.rejects(out.publish(3), (error) => error === reason);
});

Deno.test("Out.subscribe() refuses a capacity that is not a whole number from 1 to 2^24", () => {
  const out = new Out<number>({ name: "numbers" });
  for (const capacity of [0, -1, 1.5, NaN, Infinity, 2 ** 24 + 1, 2 ** 25]) {
    assert.throws(
      () => out.subscribe({ capacity }),
      (error) => isTinmanError(error, "GRAPH") && error.message.includes(`capacity ${capacity} for channel "numbers"`),
    );
  }
  out.subscribe({ capacity: 1 });
});

Deno.test("Out refuses a value that its tap does not take, and goes on", async () => {
  const out = new Out<number>({
    tap: (value) => {
      if (value < 0) throw new RangeError("below zero");
    },
  });
  const input = out.subscribe({ capacity: 1 });
  await assert.rejects(out.publish(-1), RangeError);
  assert.throws(() => out.tryPublish(-1), RangeError);
  await out.publish(1);
  const waiting = [out.publish(-2), out.publish(2)];
  const refused = assert.rejects(waiting[0]!, RangeError);
  input.tryNext();
  await refused;
  await waiting[1];
  assert.deepEqual(input.tryNext(), { done: false, value: 2 });
  assert.equal(out.published, 2);
});

Deno.test("Out and In name their channel, and say what to do, in what they refuse", async () => {
  const out = new Out<number>({ name: "numbers" });
  const input = out.subscribe({ capacity: 1 });
  const first = input.next();
  await assert.rejects(input.next(), /Cannot read "numbers" twice at a time/);
  void out.publish(1);
  await first;
  const waiting = Array.from({ length: 1025 }, (_, i) => out.publish(i));
  const isTooMany = (error: unknown) =>
    isTinmanError(error, "TOO_LARGE") && /"numbers": 1024 values wait/.test(error.message) && /await/.test(error.hint!);
  await assert.rejects(out.publish(1025), isTooMany);
  out.close();
  await assert.rejects(out.publish(7), /Cannot publish to "numbers": it is closed/);
  input.close();
  await Promise.all(waiting);
});
