/*
 * "The same recording gives byte-identical output, run after run; `replay --verify` of unchanged nodes finds no divergence":
 * for graphs drawn by chance, recorded live by the clock of this machine while others use its processors.
 */
import assert from "node:assert/strict";
import { createRandom, replay, run } from "tinman";
import { drawEventGraph } from "../../src/reactive/_random_nodes_test.ts";
import { drawGraph } from "../../src/runtime/_random_graph.ts";
import { drawLoopGraph } from "../../src/runtime/_random_loops.ts";
import { hashOf, temporaryFolder } from "./_folder.ts";
import { cpuLoad } from "./_load.ts";
import { scale, seed } from "./_scale.ts";

const rounds = 6 * scale;

Deno.test(`${rounds} random graphs replay as they ran (seed ${seed})`, async () => {
  using _load = cpuLoad(1);
  for (let i = 0; i < rounds; i++) {
    using folder = temporaryFolder();
    const name = `${seed}/${i}`;
    // Those with loops take their time.
    const draw = i % 6 === 5 ? drawLoopGraph : i % 3 === 1 ? drawEventGraph : drawGraph;
    const { nodes, sources } = draw(createRandom(name));
    const { recording } = await run(nodes, { record: `${folder.path}/live`, seed: name });
    for (const from of new Set([0, sources, nodes.length - 1])) {
      const hashes = new Set<string>();
      for (const _ of "12") {
        const record = `${folder.path}/replayed`;
        const { verify, leftBehind, ...report } = await replay(nodes.slice(from), recording!, { verify: true, record });
        assert.deepEqual([verify!.divergence, leftBehind], [undefined, []], `graph ${name}, from node ${from} on`);
        hashes.add(await hashOf(report.recording!));
      }
      assert.equal(hashes.size, 1, `graph ${name}, from node ${from} on`);
    }
  }
});
