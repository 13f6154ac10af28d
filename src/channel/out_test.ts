// The original has no tests of its own for these; its defects 2 and 3 (a consumer that leaves, or throws, while its
// producer is blocked) are here, and with whole graphs in runtime/run_test.ts.
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
  const third = out.publish(3);
  assert.notEqual(third, DONE);
  input.close();
  await third;
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

Deno.test("Out.publish() waits for the slowest subscriber, each with a capacity of its own", async () => {
  const out = new Out<number>();
  const [small, large] = [out.subscribe({ capacity: 1 }), out.subscribe({ capacity: 8 })];
  void out.publish(0);
  const second = out.publish(1);
  for (let i = 0; i < 2; i++) large.tryNext();
  assert.equal(await isSettled(second), false);
  small.tryNext();
  await second;
  assert.deepEqual([small.size, large.size], [1, 1]);
});

Deno.test("Out.publish() keeps the order of publishers that wait", async () => {
  const out = new Out<string>();
  const input = out.subscribe({ capacity: 1 });
  const published = ["a", "b", "c", "d"].map((text) => out.publish(text));
  out.close();
  const got: string[] = [];
  for await (const text of input) got.push(text);
  await Promise.all(published);
  assert.equal(got.join(""), "abcd");
});

Deno.test("Out.publish() takes 1024 values that nobody waits for, and refuses the next", async () => {
  const out = new Out<number>();
  const input = out.subscribe({ capacity: 1 });
  void out.publish(-1);
  const waiting = Array.from({ length: 1024 }, (_, i) => out.publish(i));
  await assert.rejects(
    out.publish(1024),
    (error) => isTinmanError(error, "TOO_LARGE") && error.details.limit === 1024 && /await/.test(error.hint!),
  );
  out.close();
  let count = 0;
  for await (const _ of input) count++;
  await Promise.all(waiting);
  assert.equal(count, 1025);
});

Deno.test("Out.publish() after close() is refused with the value that was not sent", async () => {
  const out = new Out<number>({ name: "numbers" });
  out.close();
  await assert.rejects(
    out.publish(7),
    (error) => isTinmanError(error, "CLOSED") && error.details.unsent === 7 && /"numbers"/.test(error.message),
  );
  assert.throws(() => out.tryPublish(8), (error) => isTinmanError(error, "CLOSED") && error.details.unsent === 8);
});

Deno.test("Out.publish() after close() is refused also while earlier values wait for room", async () => {
  const out = new Out<number>();
  const input = out.subscribe({ capacity: 1 });
  void out.publish(1);
  const waiting = out.publish(2);
  out.close();
  await assert.rejects(out.publish(3), (error) => isTinmanError(error, "CLOSED"));
  assert.throws(() => out.tryPublish(3), (error) => isTinmanError(error, "CLOSED"));
  const got: number[] = [];
  for await (const value of input) got.push(value);
  await waiting;
  assert.deepEqual(got, [1, 2]);
});

Deno.test("Out.close() never waits, lets what is queued drain, and may be called twice", async () => {
  const out = new Out<number>();
  const input = out.subscribe({ capacity: 2 });
  const published = [out.publish(1), out.publish(2), out.publish(3)];
  out.close();
  out.close();
  const got: number[] = [];
  for await (const value of input) got.push(value);
  assert.deepEqual(got, [1, 2, 3]);
  await Promise.all(published);
  assert.deepEqual(await input.next(), { done: true, value: undefined });
});

Deno.test("Out.abort() refuses who waits with its reason; what was taken in can still be read", async () => {
  const out = new Out<number>();
  const input = out.subscribe({ capacity: 1 });
  void out.publish(1);
  const waiting = out.publish(2);
  const reason = new Error("enough");
  out.abort(reason);
  out.abort(new Error("later"));
  await assert.rejects(waiting, (error) => error === reason);
  const got: number[] = [];
  for await (const value of input) got.push(value);
  assert.deepEqual(got, [1]);
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

Deno.test("Out.tryPublish() says whether there was room, and never overtakes who waits", async () => {
  const out = new Out<number>();
  assert.equal(out.tryPublish(0), true, "nobody listens");
  const input = out.subscribe({ capacity: 2 });
  assert.equal(out.tryPublish(1), true);
  assert.equal(out.tryPublish(2), true);
  assert.equal(out.tryPublish(3), false);
  const waiting = out.publish(4);
  assert.equal(out.hasRoom(), false);
  input.tryNext();
  await waiting;
  assert.equal(out.tryPublish(5), false);
  assert.equal(out.published, 4);
});

Deno.test("Out.ready() resolves when there is room for one value more", async () => {
  const out = new Out<number>();
  const input = out.subscribe({ capacity: 2 });
  assert.equal(out.ready(), DONE);
  for (let i = 0; i < 3; i++) void out.publish(i);
  const ready = out.ready();
  assert.equal(await isSettled(ready), false);
  input.tryNext();
  assert.equal(await isSettled(ready), false, "the value that waited has taken the room");
  input.tryNext();
  await ready;
  assert.ok(out.hasRoom());
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

Deno.test("Out closes when it is disposed", () => {
  const out = new Out<number>();
  const input = out.subscribe();
  {
    using closing = out;
    void closing.publish(1);
  }
  assert.deepEqual([input.tryNext(), input.tryNext()?.done], [{ done: false, value: 1 }, true]);
});
