// Goal: a plugin's node is replayed exactly, whatever tier it runs in and however busy the machine is.
// Method: two sources on the real clock, a plugin that merges them, sleeps, draws and keeps a count; recorded, replayed.
import assert from "node:assert/strict";
import { channel, Graph, type Node, node, pluginNode, type Tier } from "tinman";
import { createHostedEnvironment } from "./_hosted.ts";

const fast = channel<number>("fast");
const slow = channel<string>("slow");
const merged = channel<unknown[]>("merged");

const code = `let count = 0;
export default { nodes: { merge: {
  async fast(n, { out, random }) { await out.merged.publish([++count, n, random.int(1000)]); },
  async slow(text, { out, clock, random }) {
    await clock.sleep(2);
    await out.merged.publish([++count, text, random.int(1000)]);
  },
} } };`;

for (const tier of ["quickjs", "process", "trusted"] as const) {
  Deno.test(`a node of a plugin in ${tier} gives in each replay what it gave live`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "tinman-plugins-" });
    try {
      const env = createHostedEnvironment({ id: "org.example.merge", node: { name: "merge", ...ports }, code });
      const live = await Graph.of([...createSources(), merger(tier)]).run(env, { record: folder });
      const runs: string[] = [];
      for (let i = 0; i < 3; i++) {
        const values: unknown[] = [];
        const keep = node({ in: { merged } }, { merged: (value) => void values.push(value) });
        const { verify } = await Graph.of([merger(tier), keep]).replay(live.recording!, env, { verify: true });
        assert.equal(verify?.divergence, undefined);
        runs.push(JSON.stringify(values));
      }
      assert.equal(new Set(runs).size, 1);
      assert.equal(JSON.parse(runs[0]!).length, 230);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

const ports = { in: ["fast", "slow"], out: ["merged"] };

function merger(tier: Tier): Node {
  return pluginNode("org.example.merge", "merge", { in: { fast, slow }, out: { merged }, tier });
}

function createSources(): Node[] {
  return [
    node({ out: { fast }, name: "fast source" }, async ({ fast, clock }) => {
      for (let i = 0; i < 200; i++) {
        await fast.publish(i);
        if (i % 10 === 0) await clock.sleep(1);
      }
    }),
    node({ out: { slow }, name: "slow source" }, async ({ slow, clock }) => {
      for (let i = 0; i < 30; i++) {
        await clock.sleep(1);
        await slow.publish(`text ${i}`);
      }
    }),
  ];
}
