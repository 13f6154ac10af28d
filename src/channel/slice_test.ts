import assert from "node:assert/strict";
import { createSlice, DONE, endlessSlice, Out } from "./mod.ts";

/** Turns of an event loop that a test makes itself. */
function createTurns() {
  const waiting: (() => void)[] = [];
  return {
    asked: 0,
    nextTurn() {
      this.asked++;
      return new Promise<void>((resolve) => void waiting.push(resolve));
    },
    async turn() {
      for (const resolve of waiting.splice(0)) resolve();
      await null;
      await null;
    },
  };
}

Deno.test("createSlice() without a clock ends a slice after a fixed number of operations", async () => {
  const turns = createTurns();
  const slice = createSlice({ nextTurn: () => turns.nextTurn(), operations: 3 });
  const out = new Out<number>({ slice });
  const waits: number[] = [];
  for (let i = 1; i <= 12; i++) {
    const published = out.publish(i);
    if (published === DONE) continue;
    waits.push(i);
    await turns.turn();
    await published;
  }
  assert.deepEqual(waits, [4, 8, 12]);
});

Deno.test("createSlice() lets everybody who publishes during a turn wait for the same one", async () => {
  const turns = createTurns();
  const slice = createSlice({ nextTurn: () => turns.nextTurn(), operations: 1 });
  const [a, b] = [new Out<number>({ slice }), new Out<number>({ slice })];
  assert.equal(a.publish(1), DONE);
  const first = a.publish(2);
  const second = b.publish(2);
  assert.notEqual(first, DONE);
  assert.equal(first, second);
  assert.deepEqual([turns.asked, slice.turning], [1, true]);
  await turns.turn();
  await first;
  assert.equal(slice.turning, false);
  assert.equal(b.publish(3), DONE, "everybody has a budget again");
});

Deno.test("createSlice() with a clock goes on until the time is spent", async () => {
  const turns = createTurns();
  let nowNs = 0;
  const slice = createSlice({
    nextTurn: () => turns.nextTurn(),
    elapsedNs: () => nowNs,
    limitNs: 100,
    operations: 2,
  });
  const out = new Out<number>({ slice });
  for (let i = 0; i < 50; i++) assert.equal(out.publish(i), DONE);
  nowNs = 100;
  const late = [out.publish(0), out.publish(1), out.publish(2)].find((each) => each !== DONE);
  assert.ok(late !== undefined, "it looks at the clock every other operation");
  await turns.turn();
  await late;
  for (let i = 0; i < 50; i++) assert.equal(out.publish(i), DONE);
});

Deno.test("createSlice() takes the value before it asks the publisher to wait", async () => {
  const turns = createTurns();
  const out = new Out<number>({ slice: createSlice({ nextTurn: () => turns.nextTurn(), operations: 0 }) });
  const input = out.subscribe();
  const published = out.publish(7);
  assert.deepEqual(input.tryNext(), { value: 7, done: false });
  await turns.turn();
  await published;
});

Deno.test("endlessSlice never asks to wait", () => {
  assert.equal(endlessSlice.spent(), undefined);
  const out = new Out<number>();
  for (let i = 0; i < 5000; i++) assert.equal(out.publish(i), DONE);
});

Deno.test("createSlice() with a clock looks at it after each operation where operations take long", async () => {
  const turns = createTurns();
  let nowNs = 0;
  const slice = createSlice({ nextTurn: () => turns.nextTurn(), elapsedNs: () => nowNs, limitNs: 4e6 });
  const out = new Out<number>({ slice });
  const longest = async (operationNs: number, operations: number) => {
    let [sinceNs, longestNs] = [nowNs, 0];
    for (let i = 0; i < operations; i++) {
      nowNs += operationNs;
      const published = out.publish(i);
      if (published === DONE) continue;
      longestNs = Math.max(longestNs, nowNs - sinceNs);
      await turns.turn();
      await published;
      sinceNs = nowNs;
    }
    return longestNs;
  };
  assert.ok(await longest(1e6, 100) <= 5e6);
  assert.ok(await longest(100, 100_000) < 4.1e6);
  // The first of them come when nobody expected that.
  await longest(1e6, 600);
  assert.ok(await longest(1e6, 100) <= 5e6);
});
