import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { Semaphore } from "./semaphore.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

Deno.test("Semaphore lets in no more than it has permits, in the order of due times and then of coming", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(3), { maxLength: 12 }), async (permits, dues) => {
      const semaphore = new Semaphore({ permits });
      const admitted: number[] = [];
      const releases: (() => void)[] = [];
      for (const [i, due] of dues.entries()) {
        void semaphore.acquire({ due }).then((release) => {
          admitted.push(i);
          releases.push(release);
        });
      }
      await settled();
      assert.deepEqual([semaphore.held, semaphore.waiting], [
        Math.min(permits, dues.length),
        Math.max(0, dues.length - permits),
      ]);
      while (releases.length > 0) {
        const release = releases.shift()!;
        release();
        release();
        await settled();
        assert.ok(semaphore.held <= permits);
      }
      const [first, rest] = [admitted.slice(0, permits), admitted.slice(permits)];
      assert.deepEqual(first, dues.map((_, i) => i).slice(0, permits));
      assert.deepEqual(rest, dues.map((_, i) => i).slice(permits).sort((a, b) => dues[a]! - dues[b]! || a - b));
      assert.equal(semaphore.held, 0);
    }),
    { numRuns: 30 },
  );
});

Deno.test("Semaphore.acquire() refuses at once when the line is full, and says how full", async () => {
  const semaphore = new Semaphore({ permits: 1, maxWaiting: 1, what: "a run of the pool" });
  const release = await semaphore.acquire();
  const second = semaphore.acquire();
  await assert.rejects(semaphore.acquire(), (error) => {
    assert.ok(isTinmanError(error, "UNAVAILABLE") && error.retriable);
    assert.equal(error.message, "Cannot get a run of the pool: 1 are held and 1 wait already");
    return true;
  });
  release();
  (await second)();
  assert.equal(semaphore.held, 0);
});

Deno.test("Semaphore.acquire() gives up with the reason of its signal, and leaves the line", async () => {
  const semaphore = new Semaphore({ permits: 1 });
  const release = await semaphore.acquire();
  const controller = new AbortController();
  const [cancelled, last] = [semaphore.acquire({ signal: controller.signal }), semaphore.acquire()];
  controller.abort("enough");
  await assert.rejects(cancelled, (reason) => reason === "enough");
  assert.equal(semaphore.waiting, 1);
  release();
  (await last)();
  await assert.rejects(semaphore.acquire({ signal: controller.signal }), (reason) => reason === "enough");
  assert.equal(semaphore.held, 0);
});

Deno.test("Semaphore does not take back a permit when the signal aborts later", async () => {
  const semaphore = new Semaphore({ permits: 1 });
  const controller = new AbortController();
  const release = await semaphore.acquire();
  const second = semaphore.acquire({ signal: controller.signal });
  release();
  const releaseSecond = await second;
  controller.abort();
  assert.equal(semaphore.held, 1);
  releaseSecond();
  assert.equal(semaphore.held, 0);
});

Deno.test("Semaphore refuses numbers that make no sense", () => {
  for (const permits of [0, -1, 1.5, NaN]) assert.throws(() => new Semaphore({ permits }), RangeError);
  assert.throws(() => new Semaphore({ permits: 1, maxWaiting: -1 }), RangeError);
});
