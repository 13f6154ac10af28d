// Of the original: test_bfs, a search of the graph gnp(10, 0.3) by a builder that feeds itself. Its order is that of networkx.
import assert from "node:assert/strict";
import { builder } from "./builder.ts";
import { Built, Resolve } from "./builder_events.ts";
import { defineEvent } from "./event.ts";
import { createEventPipeline } from "./event_pipeline.ts";
import { on } from "./on.ts";
import { where } from "./where.ts";

// networkx 3.6.1: nx.gnp_random_graph(10, 0.3, seed=123).edges
const edges = "0-1 0-2 0-4 0-6 1-2 1-5 1-6 1-8 2-3 2-7 2-8 3-4 3-7 4-7".split(" ").map((edge) =>
  edge.split("-").map(Number) as [number, number]
);
const neighbours = (of: number) => edges.filter((edge) => edge.includes(of)).map(([a, b]) => a === of ? b : a);

// networkx 3.6.1: [start] + [v for u, v in nx.bfs_edges(G, start)], for each start
const expected = [
  "0 1 2 4 6 5 8 3 7",
  "1 0 2 5 6 8 4 3 7",
  "2 0 1 3 7 8 4 6 5",
  "3 2 4 7 0 1 8 6 5",
  "4 0 3 7 1 2 6 5 8",
  "5 1 0 2 6 8 4 3 7",
  "6 0 1 2 4 5 8 3 7",
  "7 2 3 4 0 1 8 6 5",
  "8 1 2 0 5 6 3 7 4",
  "9",
];

Deno.test("events search a graph in the order of networkx, from every start", async () => {
  const Visit = defineEvent<{ place: number }>("visit");
  for (const [start, order] of expected.entries()) {
    const visited = new Set<number>();
    const walker = {
      name: "walker",
      handlers: [on(Visit, ({ place }, context) => {
        if (visited.has(place)) return;
        visited.add(place);
        for (const next of neighbours(place)) context.submit(Visit({ place: next }));
      })],
    };
    const pipeline = createEventPipeline([walker]);
    pipeline.submit(Visit({ place: start }));
    await pipeline.run();
    assert.equal([...visited].join(" "), order);
  }
});

Deno.test("a builder that feeds itself, and builds no input twice, does the same", async () => {
  for (const [start, order] of expected.entries()) {
    const visited = new Set<number>([start]);
    const walker = builder({
      provides: "place",
      requires: ["place"],
      feedback: true,
      build: (_, place: number) => neighbours(place),
    });
    const seen = on(where(Built, { target: "place" }), ({ artifact }) => void visited.add(artifact as number));
    const pipeline = createEventPipeline([walker, { name: "seen", handlers: [seen] }]);
    pipeline.submit(Resolve({ target: "place" }));
    pipeline.submit(Built({ target: "place", artifact: start }));
    await pipeline.run();
    assert.equal([...visited].join(" "), order);
    assert.equal(walker.report().built, visited.size);
  }
});
