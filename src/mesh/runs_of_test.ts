import assert from "node:assert/strict";
import fc from "fast-check";
import { DATASET, START_MS, TestWriter } from "./_writer.ts";
import { Feeds } from "./feeds.ts";
import { runsOf } from "./runs_of.ts";

function createFeeds(): Feeds {
  return new Feeds({ dataset: DATASET, nowMs: () => START_MS, accepts: () => true });
}

Deno.test("runsOf() gives all events of a feed in runs that another peer takes", () => {
  const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 500 })), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 600 }), (lengths, maxEvents) => {
      const [writer, here, there] = [new TestWriter("a"), createFeeds(), createFeeds()];
      for (const length of lengths) {
        const said = { kind: "note.add", payload: { record: "R-1", text: "" } };
        here.ingest(writer.run(...Array.from({ length }, () => said)));
      }
      for (const feed of here.all()) for (const run of runsOf(feed, { maxEvents })) there.ingest(run);
      assert.equal(there.get(writer.key.device)?.last ?? 0, writer.seq);
    }),
    { numRuns: 20 },
  );
});

Deno.test("runsOf() begins where it is told, and ends at a signature that is not behind the end", () => {
  const [writer, feeds] = [new TestWriter("a"), createFeeds()];
  const said = { kind: "note.add", payload: { record: "R-1", text: "" } };
  for (let i = 0; i < 3; i++) feeds.ingest(writer.run(...Array.from({ length: 300 }, () => said)));
  const feed = feeds.get(writer.key.device)!;
  const ends = (options: object) =>
    [...runsOf(feed, options)].map(({ from, events }) => [from, from + events.length - 1]);
  assert.deepEqual(ends({ from: 10 }), [[10, 900]]);
  assert.deepEqual(ends({ from: 10, to: 700 }), [[10, 600]]);
  assert.deepEqual(ends({ maxEvents: 100 }), [[1, 300], [301, 600], [601, 900]]);
  assert.deepEqual(ends({ from: 901 }), []);
});
