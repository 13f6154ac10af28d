import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { counter, numbers, record } from "./_recorded.ts";
import { node } from "./node.ts";
import { runGraph } from "./run.ts";

const asked = channel<number>("asked");
const seen = channel<number[]>("seen");

/** Asks something that takes `turns` turns of the event loop, and tells how many numbers came meanwhile. */
function createAsker(env: { nextTurn(): Promise<void> }, turns: number) {
  const answer = async (value: number) => {
    for (let i = 0; i < turns; i++) await env.nextTurn();
    return value * 2;
  };
  return node({ in: { numbers }, out: { asked, seen }, name: "asker" }, async ({ numbers, asked, seen, hold }) => {
    let count = 0;
    const open: Promise<void>[] = [];
    for await (const value of numbers) {
      count++;
      open.push(
        hold(answer(value)).then(async (doubled) => {
          await asked.publish(doubled);
          await seen.publish([doubled, count]);
        }),
      );
    }
    await Promise.all(open);
  });
}

Deno.test("a replay waits for what a node asks outside, however long the answer takes", async () => {
  const env = createTestEnvironment();
  const { replay } = await record(env, [counter(5)]);
  const results: string[] = [];
  for (const turns of [1, 7, 40]) {
    const values: unknown[] = [];
    const reader = node({ in: { seen } }, async ({ seen }) => {
      for await (const value of seen) values.push(value);
    });
    await replay([createAsker(env, turns), reader]);
    results.push(JSON.stringify(values));
  }
  assert.deepEqual(new Set(results), new Set(["[[0,1],[2,2],[4,3],[6,4],[8,5]]"]));
});

Deno.test("a replay that is stopped does not wait for an answer that never comes", async () => {
  const env = createTestEnvironment();
  const { replay } = await record(env, [counter(5)]);
  const stop = new AbortController();
  const never = node({ in: { numbers } }, async ({ numbers, hold, signal }) => {
    for await (const _ of numbers) {
      await hold(
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          stop.abort();
        }),
      );
    }
  });
  const { stopped } = await replay([never], { signal: stop.signal, graceMs: 10 });
  assert.equal(stopped, "asked");
});

Deno.test("a failure outside fails a replay with that error", async () => {
  const env = createTestEnvironment();
  const { replay } = await record(env, [counter(2)]);
  const broken = node({ in: { numbers } }, async ({ numbers, hold }) => {
    for await (const _ of numbers) await hold(env.nextTurn().then(() => Promise.reject(new Error("unplugged"))));
  });
  await assert.rejects(replay([broken]), { message: "unplugged" });
});

Deno.test("a live run whose full channel waits for a person is no deadlock, as long as the node holds", async () => {
  const env = createTestEnvironment();
  const slow = node({ in: { numbers } }, async ({ numbers, hold }) => {
    await hold(env.clock.sleep(60_000));
    for await (const _ of numbers);
  });
  const many = node({ out: { numbers } }, async ({ numbers }) => {
    for (let i = 0; i < 1000; i++) await numbers.publish(i);
  });
  const { stopped } = await env.drive(runGraph([many, slow], env, { stallMs: 1000 }));
  assert.equal(stopped, "ended");
});
