// What every channel promises is in ends_test.ts.
import assert from "node:assert/strict";
import { Out } from "./mod.ts";

Deno.test("Out.stretch() makes room for one value more in a channel that is full, in order, up to a limit", async () => {
  const out = new Out<number>();
  const [fast, slow] = [out.subscribe({ capacity: 8 }), out.subscribe({ capacity: 2 })];
  assert.equal(out.stretch(), false, "there is room");
  const published = [0, 1, 2, 3, 4].map((n) => out.publish(n));
  assert.equal(out.blocked, true);
  for (let i = 0; i < 3; i++) assert.equal(out.stretch(), true);
  await Promise.all(published);
  assert.deepEqual([fast.size, slow.size, out.blocked, out.hasRoom()], [5, 5, false, false]);
  let n = 5;
  for (; out.stretch(); n++) assert.equal(out.tryPublish(n), true);
  assert.ok(n < 100, "never without limit");
  out.close();
  assert.equal(out.stretch(), false);
  const got: number[] = [];
  for await (const value of slow) got.push(value);
  assert.deepEqual(got, Array.from({ length: n }, (_, i) => i));
});
