// Goal: whatever happens to peers, when all have met they agree, and nothing that was promised is lost.
// Method: worlds from seeds. A seed that fails is one line: `await new World("seed", handOver).run(60)`.
import { handOver, World } from "./_world.ts";

const WORLDS = 60;

Deno.test(`V1 peers of ${WORLDS} random worlds agree when all have met`, async () => {
  for (let i = 0; i < WORLDS; i++) {
    const seed = `world ${i}`;
    try {
      await new World(seed, handOver).run(20 + i % 60);
    } catch (cause) {
      throw new Error(`new World("${seed}", handOver).run(${20 + i % 60}) failed: ${cause}`, { cause });
    }
  }
});
