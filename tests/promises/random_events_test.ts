// Goal: the same input gives the same events in the same order, however long the handlers take.
// Method: pipelines are drawn from a seed: patterns of all kinds, priorities, concurrency, handlers that wait, sleep,
// draw, read the clock, keep state, throw and are called again, phases that make new work. Each runs five times; what its
// handlers wait for ends in another order each time.
import assert from "node:assert/strict";
import { formatTranscript } from "tinman/reactive";
import { drawEventPipeline, Shuffle } from "./_random_events.ts";

const PIPELINES = 1000;

Deno.test(`${PIPELINES} pipelines give the same events in the same order in each of five runs`, async () => {
  let [events, shuffled] = [0, 0];
  for (let n = 0; n < PIPELINES; n++) {
    const seed = `events ${n}`;
    const texts: string[] = [];
    const orders = new Set<string>();
    for (let run = 0; run < 5; run++) {
      const shuffle = new Shuffle(`${seed}, run ${run}`);
      const pipeline = drawEventPipeline(seed, shuffle.latency);
      const { transcript } = await shuffle.drive(pipeline.run({ transcript: true }));
      texts.push(formatTranscript(transcript!));
      orders.add(shuffle.ended.join());
    }
    if (orders.size > 1) shuffled++;
    events += texts[0]!.split("\n").length;
    assert.equal(new Set(texts).size, 1, seed);
  }
  // Pipelines that emit nothing would prove nothing, and neither would handlers that end in one order.
  assert.ok(events > 20 * PIPELINES, `${events} events in all`);
  assert.ok(shuffled > PIPELINES / 4, `in ${shuffled} pipelines what handlers waited for ended in several orders`);
});
