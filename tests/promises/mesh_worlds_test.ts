// Goal: whatever happens to peers, when all have met their views are the same byte for byte, nothing that was promised is
// lost, and no chain is broken.
// Method: worlds from seeds: 2 to 24 peers that write, meet over a bad network or from hand to hand, crash in the middle
// of a write, lose their disks, are copied, have wrong clocks, join and are removed; datasets for members and for anybody,
// open and sealed. 2,000 worlds in CI; `deno task torture` draws new ones.
import { createFaultyFiles } from "tinman/testing";
import { meetOverAir } from "../../src/mesh/_air.ts";
import { handOver, World } from "../../src/mesh/_world.ts";
import { scale, seed } from "./_scale.ts";

const WORLDS = 100 * scale;

for (const contact of [handOver, meetOverAir]) {
  Deno.test(`peers of ${WORLDS} random worlds agree when all have met (${contact.name})`, async () => {
    for (let i = 0; i < WORLDS; i++) {
      const name = Deno.env.has("TINMAN_SEED") ? `world ${seed} ${i}` : `world ${i}`;
      const steps = 20 + i % 60;
      try {
        await new World(name, { contact, faulty: createFaultyFiles }).run(steps);
      } catch (cause) {
        throw new Error(`new World("${name}", { contact: ${contact.name}, … }).run(${steps}) failed: ${cause}`, {
          cause,
        });
      }
    }
  });
}
