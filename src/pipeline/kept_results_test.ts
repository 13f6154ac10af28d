import assert from "node:assert/strict";
import { BufferPool } from "./buffer_pool.ts";
import { createFrame } from "./frame.ts";
import { KeptResults } from "./kept_results.ts";

/** Puts 70 frames in, of which `looking` is called behind number 66; the pool, and what is kept. */
function keepMany(looking: (results: KeptResults) => void = () => {}) {
  const pool = new BufferPool();
  const results = new KeptResults(pool);
  for (let sequenceId = 0; sequenceId < 70; sequenceId++) {
    results.keep("end", pool.share(createFrame({ sequenceId, payload: pool.take(8) }), 1));
    if (sequenceId === 66) looking(results);
  }
  return { pool, results };
}

Deno.test("KeptResults.keep() keeps the last 64 of an end, and gives older ones back to the pool", () => {
  const { pool, results } = keepMany();
  assert.equal(pool.stats.returned, 6);
  const numbers = results.all.get("end")!.map(({ sequenceId }) => sequenceId);
  assert.deepEqual([numbers.length, numbers[0], numbers.at(-1)], [64, 6, 69]);
});

Deno.test("KeptResults.keep() gives nothing back once somebody has asked: they may still look at it", () => {
  const { pool, results } = keepMany((results) => results.all);
  assert.equal(pool.stats.returned, 3);
  results.clear();
  assert.deepEqual([...results.all], []);
});
