import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { node } from "./node.ts";
import { runGraph } from "./run.ts";

const a = channel<number>("a");
const b = channel<number>("b");

// Found by a pipeline of events in a node: the loop over `a` was given up while it waited outside, the one over `b` had
// ended, and when the first asked for more nobody looked, though its messages were there.
Deno.test("a loop that comes back from outside goes on, also when the other loops of its node have ended", async () => {
  const env = createTestEnvironment();
  const seen: number[] = [];
  const nodes = [
    node({ out: { a }, name: "a" }, async ({ a }) => {
      for (let i = 0; i < 5; i++) await a.publish(i);
    }),
    node({ out: { b }, name: "b" }, async ({ b, clock }) => {
      await clock.sleep(20);
      await b.publish(101);
    }),
    node({ in: { a, b }, name: "both" }, async ({ a, b }) => {
      const read = async () => {
        for await (const value of a) {
          seen.push(value);
          // Nobody knows of this wait.
          await env.clock.sleep(100);
        }
      };
      const listen = async () => {
        for await (const value of b) seen.push(value);
      };
      await Promise.all([read(), listen()]);
    }),
  ];
  const { stopped } = await env.drive(runGraph(nodes, env, { durationMs: 5000 }));
  assert.deepEqual([seen, stopped], [[0, 101, 1, 2, 3, 4], "ended"]);
});
