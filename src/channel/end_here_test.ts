import assert from "node:assert/strict";
import fc from "fast-check";
import { Out } from "./out.ts";

Deno.test("In.endHere() gives what was published before, and then ends, while the channel goes on", async () => {
  const out = new Out<number>();
  const [before, other] = [out.subscribe({ capacity: 4 }), out.subscribe({ capacity: 8 })];
  for (let i = 0; i < 3; i++) await out.publish(i);
  before.endHere();
  const after = out.subscribe({ capacity: 4 });
  for (let i = 3; i < 6; i++) await out.publish(i);
  out.close();
  assert.deepEqual(await Array.fromAsync(before), [0, 1, 2]);
  assert.deepEqual(await Array.fromAsync(after), [3, 4, 5]);
  assert.deepEqual(await Array.fromAsync(other), [0, 1, 2, 3, 4, 5]);
});

Deno.test("In.endHere() ends a loop that waits, and lets in who waited for room", async () => {
  const out = new Out<number>();
  const waiting = out.subscribe();
  const next = waiting.next();
  waiting.endHere();
  assert.deepEqual(await next, { done: true, value: undefined });
  const full = out.subscribe({ capacity: 1 });
  await out.publish(1);
  const publishing = out.publish(2);
  full.endHere();
  await publishing;
  assert.deepEqual([full.size, (await full.next()).value, full.done], [1, 1, true]);
});

Deno.test("In.endHere() moves no value, wherever it is called", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.nat(6), { maxLength: 12 }),
    fc.integer({ min: 1, max: 5 }),
    fc.array(fc.boolean(), { maxLength: 40 }),
    async (cuts, capacity, reads) => {
      const out = new Out<number>();
      let reader = out.subscribe({ capacity });
      const seen: number[] = [];
      let sent = 0;
      const take = () => {
        const next = reader.tryNext();
        if (next !== undefined && !next.done) seen.push(next.value);
      };
      for (const count of cuts) {
        for (let i = 0; i < count; i++) {
          while (!out.tryPublish(sent)) take();
          sent++;
          if (reads[sent % Math.max(1, reads.length)]) take();
        }
        reader.endHere();
        const next = out.subscribe({ capacity });
        for await (const value of reader) seen.push(value);
        reader = next;
      }
      out.close();
      for await (const value of reader) seen.push(value);
      assert.deepEqual(seen, Array.from({ length: sent }, (_, i) => i));
    },
  ));
});
