import assert from "node:assert/strict";
import fc from "fast-check";
import { Out } from "../channel/mod.ts";
import { shed } from "./shed.ts";
import { type ShedOptions, ShedQueue } from "./shed_queue.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const policies = ["drop_oldest", "drop_newest", "sample"] as const;

function offerAll(options: ShedOptions, count: number): { kept: number[]; queue: ShedQueue<number> } {
  const queue = new ShedQueue<number>(options);
  for (let i = 0; i < count; i++) queue.offer(i);
  return { kept: Array.from({ length: queue.size }, () => queue.take()!), queue };
}

Deno.test("ShedQueue keeps the newest, the oldest, or one of so many beyond half of its room", () => {
  assert.deepEqual(offerAll({ policy: "drop_oldest", capacity: 3 }, 7).kept, [4, 5, 6]);
  assert.deepEqual(offerAll({ policy: "drop_newest", capacity: 3 }, 7).kept, [0, 1, 2]);
  assert.deepEqual(offerAll({ policy: "sample", capacity: 4, keepOneOf: 3 }, 12).kept, [0, 1, 4, 7]);
});

Deno.test("ShedQueue loses nothing that it does not count, and never changes the order", () => {
  const steps = fc.array(fc.constantFrom("offer", "offer", "take"), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.constantFrom(...policies), fc.integer({ min: 1, max: 5 }), (steps, policy, capacity) => {
      let heard = 0;
      const queue = new ShedQueue<number>({ policy, capacity, keepOneOf: 2, onDrop: (count) => heard += count });
      const taken: number[] = [];
      let offered = 0;
      for (const step of steps) {
        if (step === "offer") queue.offer(offered++);
        else {
          const value = queue.take();
          if (value !== undefined) taken.push(value);
        }
        assert.ok(queue.size <= capacity);
        assert.equal(offered, taken.length + queue.size + queue.dropped);
      }
      assert.equal(heard, queue.dropped);
      assert.deepEqual(taken, [...taken].sort((a, b) => a - b));
    }),
  );
});

Deno.test("ShedQueue drops nothing while there is room", () => {
  for (const policy of policies) assert.equal(offerAll({ policy, capacity: 10 }, 5).queue.dropped, 0);
});

Deno.test("ShedQueue refuses numbers that make no sense", () => {
  assert.throws(() => new ShedQueue({ policy: "sample", capacity: 0 }), RangeError);
  assert.throws(() => new ShedQueue({ policy: "sample", keepOneOf: 1.5 }), RangeError);
});

Deno.test("shed() does not let a publisher wait for a slow reader, and gives what is left when the channel closes", async () => {
  const out = new Out<number>();
  let drops = 0;
  const frames = shed(out.subscribe({ capacity: 1 }), { policy: "drop_oldest", capacity: 2, onDrop: () => drops++ });
  const first = frames.next();
  await settled();
  for (let i = 0; i < 9; i++) {
    await out.publish(i);
    await settled();
  }
  out.close();
  assert.equal((await first).value, 0);
  assert.deepEqual(await Array.fromAsync(frames), [7, 8]);
  assert.equal(drops, 6);
});

Deno.test("shed() by `block` gives everything, and lets the publisher wait", async () => {
  const out = new Out<number>();
  const frames = shed(out.subscribe({ capacity: 2 }), { policy: "block" });
  await Promise.all([out.publish(0), out.publish(1)]);
  let isOut = false;
  void out.publish(2).then(() => isOut = true);
  await settled();
  assert.equal(isOut, false);
  out.close();
  assert.deepEqual(await Array.fromAsync(frames), [0, 1, 2]);
});

Deno.test("shed() hands on what its source threw, behind what waits", async () => {
  async function* failing() {
    yield 1;
    yield 2;
    await settled();
    throw new Error("unplugged");
  }
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const value of shed(failing(), { policy: "drop_newest" })) seen.push(value);
  }, /unplugged/);
  assert.deepEqual(seen, [1, 2]);
});

Deno.test("shed() leaves its channel when its reader leaves, also in the midst of a wait", async () => {
  const out = new Out<number>();
  const input = out.subscribe({ capacity: 1 });
  await out.publish(1);
  for await (const _ of shed(input, { policy: "drop_newest" })) break;
  await settled();
  for (let i = 0; i < 5; i++) await out.publish(i);
  assert.equal(out.blocked, false);
});

Deno.test("shed() shows its queue, so that what waits can be seen", async () => {
  const out = new Out<number>();
  let queue: ShedQueue<number> | undefined;
  const frames = shed(out.subscribe(), { policy: "drop_newest", capacity: 3, onQueue: (shown) => queue = shown });
  const first = frames.next();
  for (let i = 0; i < 6; i++) await out.publish(i);
  await first;
  await settled();
  assert.deepEqual([queue!.size, queue!.dropped], [3, 2]);
  await frames.return();
});
