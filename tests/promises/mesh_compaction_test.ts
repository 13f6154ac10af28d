// Goal: a compaction changes nothing of what anybody sees: whoever began with a snapshot, whenever that was, has the view of
// who has all events, byte for byte, also after disks have failed in the middle of it.
// Method: worlds from seeds: 2 to 8 machines that write, erase, meet over a bad network, crash, have disks that fail, wrong
// clocks, join late, get keys and are removed, while admins compact; some worlds are sealed; a witness hears every event.
import assert from "node:assert/strict";
import { createFaultyFiles } from "tinman/testing";
import { CompactingWorld } from "../../src/mesh/_compacting.ts";
import { scale, seed } from "./_scale.ts";

const WORLDS = 40 * scale;

Deno.test(`views of ${WORLDS} random worlds are the same with and without what was compacted`, () => {
  const total = { compactions: 0, byOthers: 0, adoptions: 0, shrunk: 0, sealed: 0 };
  for (let i = 0; i < WORLDS; i++) {
    const name = Deno.env.has("TINMAN_SEED") ? `compacting ${seed} ${i}` : `compacting ${i}`;
    const steps = 20 + i % 60;
    try {
      const world = new CompactingWorld(name, { faulty: createFaultyFiles });
      world.run(steps);
      const { compactions, byOthers, adoptions, shrunk } = world.counts;
      total.compactions += compactions;
      total.byOthers += byOthers;
      total.adoptions += adoptions;
      total.shrunk += shrunk;
      if (world.info.privacy === "sealed") total.sealed += adoptions;
    } catch (cause) {
      const call = `new CompactingWorld("${name}", { faulty: createFaultyFiles }).run(${steps})`;
      throw new Error(`${call} failed: ${cause}`, { cause });
    }
  }
  const { compactions, byOthers, adoptions, shrunk, sealed } = total;
  const isMuch = compactions > WORLDS && byOthers > WORLDS / 2 && adoptions > WORLDS;
  assert.ok(isMuch && sealed > WORLDS / 10 && shrunk > WORLDS / 10, JSON.stringify(total));
});
