// Equivalents of the original's buffers_pool_tests: test_buffer_pool_get_and_return, _multiple_buffers, _concurrent.
import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { BufferPool } from "./buffer_pool.ts";
import { createFrame } from "./frame.ts";

const isClosed = (error: unknown) => isTinmanError(error, "CLOSED");
const modes = [{ debug: false }, { debug: true }];

Deno.test("BufferPool.lease() gives the array again that came back", () => {
  const pool = new BufferPool();
  let first: Float64Array;
  {
    using samples = pool.lease(512);
    first = samples.value.fill(7);
  }
  using again = pool.lease(512);
  assert.equal(again.value, first);
  using other = pool.lease(512);
  assert.notEqual(other.value, first);
  assert.deepEqual(pool.stats, { taken: 3, allocated: 2, returned: 1, dropped: 0, freeBytes: 0 });
});

Deno.test("BufferPool.lease() comes back once however often it is disposed of, and throws after it", () => {
  for (const options of modes) {
    const pool = new BufferPool(options);
    const samples = pool.lease(8);
    samples[Symbol.dispose]();
    samples[Symbol.dispose]();
    assert.throws(() => samples.value, isClosed);
    assert.equal(pool.stats.returned, 1);
  }
});

Deno.test("BufferPool gives each of many users at once its own array, and keeps them all", async () => {
  const pool = new BufferPool();
  await Promise.all(Array.from({ length: 100 }, async (_, i) => {
    for (let round = 0; round < 5; round++) {
      using samples = pool.lease(16);
      samples.value.fill(i);
      await Promise.resolve();
      assert.ok(samples.value.every((each) => each === i));
    }
  }));
  const { taken, allocated, returned } = pool.stats;
  assert.deepEqual([taken, returned], [500, 500]);
  assert.ok(allocated <= 100, `${allocated} arrays for 100 users`);
});

Deno.test("BufferPool takes an array back when the last of its readers has released it", () => {
  for (const options of modes) {
    const pool = new BufferPool(options);
    const frame = pool.share(createFrame({ payload: { a: pool.take(4), b: pool.take(4) } }), 3);
    const readers = [0, 1, 2].map(() => pool.receive(frame));
    for (const [done, reader] of readers.entries()) {
      assert.equal(pool.stats.returned, 0, `${done} of 3 are done`);
      pool.release(reader);
    }
    assert.equal(pool.stats.returned, 2);
    assert.throws(() => pool.release(frame), isClosed);
    assert.throws(() => pool.share(frame, 1), /Cannot share "a" of frame 0: its samples went back to the pool/);
  }
});

Deno.test("BufferPool takes an array back at once when a frame has no reader", () => {
  const pool = new BufferPool();
  pool.share(createFrame({ payload: pool.take(4) }), 0);
  assert.equal(pool.stats.returned, 1);
});

Deno.test("BufferPool counts an array that is passed on in another frame, and a part of it, as the array", () => {
  for (const options of modes) {
    const pool = new BufferPool(options);
    const input = pool.receive(pool.share(createFrame({ payload: pool.take(4).fill(3) }), 1));
    const [samples] = input.payload.values();
    const [whole, part] = [
      pool.share({ ...input, sequenceId: 1 }, 1),
      pool.share(createFrame({ payload: samples!.subarray(1, 3) }), 1),
    ];
    pool.release(input);
    pool.release(whole);
    assert.equal(pool.stats.returned, 0);
    assert.deepEqual(part.payload.get("main_channel"), Float64Array.of(3, 3));
    pool.release(part);
    assert.equal(pool.take(4).length, 4);
    assert.deepEqual([pool.stats.returned, pool.stats.allocated], [1, 1]);
  }
});

Deno.test("BufferPool.hold() keeps a frame after it was released", () => {
  for (const options of modes) {
    const pool = new BufferPool(options);
    const received = pool.receive(pool.share(createFrame({ payload: pool.take(2).fill(5) }), 1));
    const held = pool.hold(received);
    pool.release(received);
    pool.take(2).fill(0);
    assert.deepEqual([...held.value.payload.values()], [Float64Array.of(5, 5)]);
    held[Symbol.dispose]();
    held[Symbol.dispose]();
    assert.equal(pool.stats.returned, 1);
    assert.throws(() => held.value, isClosed);
  }
});

Deno.test("BufferPool never gives an array again that one of its readers did not release", () => {
  const pool = new BufferPool();
  const frame = pool.share(createFrame({ payload: pool.take(2).fill(1) }), 2);
  pool.release(frame);
  for (let i = 0; i < 10; i++) pool.take(2).fill(9);
  assert.deepEqual(frame.payload.get("main_channel"), Float64Array.of(1, 1));
});

Deno.test("BufferPool leaves arrays alone that it did not make", () => {
  for (const options of modes) {
    const pool = new BufferPool(options);
    const frame = createFrame({ payload: Float64Array.of(1, 2) });
    const shared = pool.share(frame, 1);
    pool.release(shared);
    pool.release(shared);
    assert.deepEqual(frame.payload.get("main_channel"), Float64Array.of(1, 2));
    assert.equal(pool.stats.returned, 0);
  }
});

Deno.test("BufferPool with debug makes a look after the release an error", () => {
  const pool = new BufferPool({ debug: true });
  const frame = pool.share(createFrame({ payload: pool.take(4), sequenceId: 8 }), 2);
  const [one, two] = [pool.receive(frame), pool.receive(frame)];
  const samples = one.payload.get("main_channel")!;
  assert.ok(samples.every(Number.isNaN), "it comes filled with NaN");
  pool.release(one);
  // Others still read it, so nothing was overwritten yet: all the same it is found.
  const looks = [
    () => one.payload.get("main_channel"),
    () => one.payload.has("main_channel"),
    () => one.payload.size,
    () => [...one.payload],
    () => one.payload.keys(),
    () => one.payload.values(),
    () => one.payload.entries(),
    () => one.payload.forEach(() => {}),
    () => pool.share(one, 1),
    () => pool.hold(one),
    () => pool.release(one),
  ];
  for (const look of looks) assert.throws(look, /Cannot look at frame 8: it was released/);
  assert.equal(two.payload.get("main_channel")!.length, 4);
  pool.release(two);
  assert.equal(samples.length, 0);
  assert.throws(() => samples.fill(1), TypeError);
  // The memory itself goes on.
  assert.equal(pool.take(4).length, 4);
  assert.equal(pool.stats.allocated, 1);
});

Deno.test("BufferPool keeps no more bytes than its limit, those of lengths that are in use first", () => {
  const pool = new BufferPool({ maxBytes: 100 * 8 });
  const use = (length: number, count = 1) => {
    const leases = Array.from({ length: count }, () => pool.lease(length));
    for (const lease of leases) lease[Symbol.dispose]();
  };
  use(60);
  use(40);
  assert.deepEqual([pool.stats.freeBytes, pool.stats.dropped], [800, 0]);
  use(10, 2);
  assert.deepEqual([pool.stats.freeBytes, pool.stats.dropped], [60 * 8, 1], "the 60 went");
  use(101);
  assert.deepEqual([pool.stats.freeBytes, pool.stats.dropped], [480, 2], "101 fit nowhere, and push nothing out");
  assert.equal(new BufferPool({ maxBytes: 0 }).lease(1)[Symbol.dispose](), undefined);
  assert.throws(() => new BufferPool({ maxBytes: -1 }), RangeError);
});

Deno.test("BufferPool keeps a bounded number of lengths", () => {
  const pool = new BufferPool();
  for (let length = 0; length < 1000; length++) pool.lease(length)[Symbol.dispose]();
  assert.ok(pool.stats.freeBytes <= 64 * 1000 * 8);
  assert.equal(pool.stats.dropped, 1000 - 64);
});

Deno.test("BufferPool.take() takes whole lengths up to the limit of a frame", () => {
  const pool = new BufferPool();
  for (const length of [-1, 0.5, NaN, 2 ** 24 + 1]) assert.throws(() => pool.take(length), RangeError);
  assert.equal(pool.take(0).length, 0);
});

Deno.test("BufferPool never gives one array to two at a time", () => {
  // Goal: no order of taking, sharing and releasing lets two frames that are read have the same memory.
  const step = fc.record({
    what: fc.constantFrom("take", "pass", "part", "release"),
    at: fc.nat(),
    n: fc.nat({ max: 3 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), fc.boolean(), (steps, debug) => {
    const pool = new BufferPool({ debug });
    const readers: { frame: ReturnType<typeof createFrame>; mark: number }[] = [];
    const give = (frame: ReturnType<typeof createFrame>, mark: number, n: number) => {
      const shared = pool.share(frame, n);
      for (let i = 0; i < n; i++) readers.push({ frame: pool.receive(shared), mark });
    };
    for (const [mark, { what, at, n }] of steps.entries()) {
      const reader = readers[at % readers.length];
      if (what === "take") give(createFrame({ payload: pool.take(4).fill(mark) }), mark, n);
      else if (reader === undefined) continue;
      else if (what === "release") pool.release(readers.splice(at % readers.length, 1)[0]!.frame);
      else {
        const [samples] = reader.frame.payload.values();
        give(
          createFrame({ payload: what === "part" ? samples!.subarray(Math.min(1, samples!.length - 1)) : samples! }),
          reader.mark,
          n,
        );
      }
      for (const { frame, mark } of readers) {
        for (const samples of frame.payload.values()) assert.ok(samples.length > 0 && samples.every((x) => x === mark));
      }
    }
    const { allocated, taken, returned } = pool.stats;
    for (const { frame } of readers) pool.release(frame);
    assert.ok(allocated <= taken && returned <= taken);
    assert.equal(pool.stats.returned, taken, "all came back in the end");
  }));
});
