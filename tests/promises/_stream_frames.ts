/*
 * Streams frames of 64 kB through five stages, and prints what the pool and the process say between a warm-up and the
 * end: `{ frames, taken, allocated, externalMb, heapMb, rssMb }`; memory is the most that was seen, and nothing is collected
 * on purpose, except for the heap.
 */
import { createEnvironment } from "tinman";
import { BufferPool, builtinStages, createPipeline, StageRegistry } from "tinman/pipeline";

const frames = Number(Deno.args[0]);
const pooled = Deno.args[1] === "pooled";
const pool = new BufferPool();
const ids = ["source", "a", "b", "c", "d"];
await using pipeline = createPipeline({
  // Small enough for the warm-up to see queues full, however busy the machine is.
  pipeline_config: { channel_capacity: 8 },
  nodes: ids.map((id, i) => ({
    id,
    type: i === 0 ? "SineGenerator" : "Gain",
    config: i === 0 ? { frame_size: 8192 } : {},
  })),
  connections: ids.slice(1).map((to, i) => ({ from: ids[i]!, to })),
}, {
  registry: new StageRegistry(builtinStages.map((stage) => ({ ...stage, doneOnReturn: pooled }))),
  environment: createEnvironment(),
  pool,
});

await pipeline.start();
// Long enough for several turns of the event loop, at which queues become as full as they get.
for (let i = 0; i < Math.max(3000, frames / 10); i++) await pipeline.trigger();
const before = pool.stats;
const first = measure({ collect: true });
let most = { externalMb: 0, rssMb: 0 };
for (let i = 0; i < frames; i++) {
  await pipeline.trigger();
  if (i % 50 !== 0) continue;
  const { externalMb, rssMb } = measure();
  most = {
    externalMb: Math.max(most.externalMb, externalMb - first.externalMb),
    rssMb: Math.max(most.rssMb, rssMb - first.rssMb),
  };
}
const { taken, allocated } = pool.stats;
const heapMb = measure({ collect: true }).heapMb - first.heapMb;
await pipeline.stop();
console.log(
  JSON.stringify({ frames, taken: taken - before.taken, allocated: allocated - before.allocated, ...most, heapMb }),
);

function measure({ collect = false } = {}) {
  if (collect) (globalThis as { gc?: () => void }).gc!();
  const { external, heapUsed, rss } = Deno.memoryUsage();
  return { externalMb: external / 2 ** 20, heapMb: heapUsed / 2 ** 20, rssMb: rss / 2 ** 20 };
}
