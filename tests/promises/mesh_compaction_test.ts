// Goal: a compaction changes nothing of what anybody sees: whoever began with a snapshot, whenever that was, has the view of
// who has all events, byte for byte, also after disks have failed in the middle of it.
// Method: worlds from seeds: 2 to 8 machines that write, erase, meet over a bad network, crash, have disks that fail, wrong
// clocks, join late and are removed, while the founder compacts; a witness hears every event.
import assert from "node:assert/strict";
import { createFaultyFiles } from "tinman/testing";
import { CompactingWorld } from "../../src/mesh/_compacting.ts";
import { scale, seed } from "./_scale.ts";

const WORLDS = 40 * scale;

Deno.test(`views of ${WORLDS} random worlds are the same with and without what was compacted`, () => {
  let [compactions, adoptions] = [0, 0];
  for (let i = 0; i < WORLDS; i++) {
    const name = Deno.env.has("TINMAN_SEED") ? `compacting ${seed} ${i}` : `compacting ${i}`;
    const steps = 20 + i % 60;
    try {
      const world = new CompactingWorld(name, createFaultyFiles);
      world.run(steps);
      compactions += world.compactions;
      adoptions += world.adoptions;
    } catch (cause) {
      throw new Error(`new CompactingWorld("${name}", createFaultyFiles).run(${steps}) failed: ${cause}`, { cause });
    }
  }
  assert.ok(compactions > WORLDS && adoptions > WORLDS, `${compactions} compactions, ${adoptions} snapshots`);
});
