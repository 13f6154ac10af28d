// Goal: a node whose body is a pipeline of events does in a replay what it did live.
// Method: graphs are drawn from a seed: sources with their own pace, nodes of one to three inputs whose processors emit, keep
// state, draw, read the clock, sleep, wait a few microtasks, fail and are called again; small capacities. Each is recorded,
// then all of it, and what is behind its sources, are verified against the recording.
import assert from "node:assert/strict";
import { createRandom } from "../random/mod.ts";
import { replayGraph, runGraph } from "../runtime/mod.ts";
import { createTestEnvironment } from "../testing/environment.ts";
import { drawEventGraph } from "./_random_nodes_test.ts";

Deno.test("replayGraph() of nodes that are pipelines of events gives what they gave", async () => {
  let frames = 0;
  // Found before: 338 and 771, an output that was full at another time than live got between handlers at work.
  for (const n of [...Array.from({ length: 60 }, (_, i) => i), 338, 771]) {
    const seed = `reactive ${n}`;
    const env = createTestEnvironment();
    const { nodes, sources } = drawEventGraph(createRandom(seed));
    const { recording } = await env.drive(runGraph(nodes, env, { record: "runs", seed }));
    for (const from of [0, sources]) {
      const { verify, leftBehind } = await env.drive(replayGraph(nodes.slice(from), recording!, env, { verify: true }));
      assert.deepEqual([verify!.divergence, leftBehind], [undefined, []], `${seed}, from node ${from} on`);
      frames += verify!.channels.reduce((sum, { equal }) => sum + equal, 0);
    }
  }
  assert.ok(frames > 5000, `${frames} frames were compared`);
});
