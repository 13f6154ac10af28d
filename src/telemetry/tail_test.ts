import assert from "node:assert/strict";
import { TailBuffer, type TailSource } from "./mod.ts";

function tailOf(options: Partial<TailSource<unknown>> = {}) {
  let encoded = 0;
  const tail = new TailBuffer<unknown>({
    encode: (value) => (encoded++, new TextEncoder().encode(JSON.stringify(value))),
    now: () => 7n,
    ...options,
  });
  const offer = (count: number) => {
    for (let i = 0; i < count; i++) tail.offer(i, i);
  };
  return { tail, offer, encoded: () => encoded };
}
const indexes = (tail: TailBuffer) => tail.take().map(({ index }) => index);

Deno.test("TailBuffer.take() gives the first few since the last look, and always the last one", () => {
  const { tail, offer } = tailOf({ maxFrames: 3 });
  offer(2);
  assert.deepEqual(indexes(tail), [0, 1]);
  offer(100);
  assert.deepEqual(indexes(tail), [0, 1, 2, 99]);
  assert.deepEqual([tail.seen, tail.matched, tail.skipped], [102, 102, 96]);
  assert.deepEqual(indexes(tail), []);
});

Deno.test("TailBuffer writes down a bounded number of values when nobody looks", () => {
  const { offer, encoded } = tailOf({ maxFrames: 4 });
  offer(100_000);
  assert.equal(encoded(), 4);
});

Deno.test("TailBuffer keeps no value that does not last, and says that it skipped it", () => {
  const { tail, offer } = tailOf({ maxFrames: 1, isLasting: false });
  offer(3);
  assert.deepEqual([indexes(tail), tail.skipped], [[0], 2]);
});

Deno.test("TailBuffer stops for large values at its bytes, not before the first", () => {
  const { tail } = tailOf({ maxBytes: 10 });
  for (let i = 0; i < 5; i++) tail.offer("x".repeat(100), i);
  assert.deepEqual(indexes(tail), [0, 4]);
});

Deno.test("TailBuffer takes what matches; a match that throws takes nothing", () => {
  const { tail, offer } = tailOf({
    match: (value) => {
      if (value === 3) throw new Error("odd");
      return value as number > 1;
    },
  });
  offer(5);
  assert.deepEqual([indexes(tail), tail.seen, tail.matched], [[2, 4], 5, 2]);
});

Deno.test("TailBuffer tells why a value has no bytes", () => {
  const { tail } = tailOf();
  tail.offer(1n, 0);
  const [frame] = tail.take();
  assert.equal(frame!.data, undefined);
  assert.match(frame!.problem!, /BigInt/);
});

Deno.test("TailBuffer keeps nothing after it was disposed of, and says so once", () => {
  let closed = 0;
  const { tail, offer } = tailOf({ onClose: () => closed++ });
  offer(1);
  tail[Symbol.dispose]();
  tail[Symbol.dispose]();
  assert.deepEqual([indexes(tail), closed], [[], 1]);
});
