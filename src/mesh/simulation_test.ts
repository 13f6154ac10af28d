// Goal: whatever happens to peers, when all have met they agree, and nothing that was promised is lost.
// Method: a few worlds from seeds; tests/promises/mesh_worlds_test.ts has thousands. A seed that fails is one line:
// `await new World("world 7", { contact: handOver, faulty: createFaultyFiles }).run(27)`.
import { createFaultyFiles } from "../testing/mod.ts";
import { meetOverAir } from "./_air.ts";
import { handOver, World } from "./_world.ts";

for (const [way, contact] of Object.entries({ "from hand to hand": handOver, "over the air": meetOverAir })) {
  Deno.test(`V1 peers that meet ${way} agree at last, in 20 random worlds`, async () => {
    for (let i = 0; i < 20; i++) await runWorld(`world ${i}`, contact, 20 + i);
  });
}

async function runWorld(seed: string, contact: typeof handOver, steps: number): Promise<void> {
  try {
    await new World(seed, { contact, faulty: createFaultyFiles }).run(steps);
  } catch (cause) {
    throw new Error(`new World("${seed}", { contact: ${contact.name}, … }).run(${steps}) failed: ${cause}`, { cause });
  }
}
