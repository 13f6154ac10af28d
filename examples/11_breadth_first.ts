// A search that feeds itself: whoever is visited sends visitors to all neighbours, and they come in the order of sending.
import { createEventPipeline, defineEvent, on } from "tinman/reactive";

// networkx 3.6.1: nx.gnp_random_graph(10, 0.3, seed=123).edges
const edges = "0-1 0-2 0-4 0-6 1-2 1-5 1-6 1-8 2-3 2-7 2-8 3-4 3-7 4-7".split(" ").map((edge) =>
  edge.split("-").map(Number) as [number, number]
);
const neighbours = (of: number) => edges.filter((edge) => edge.includes(of)).map(([a, b]) => a === of ? b : a);

const Visit = defineEvent<{ place: number }>("visit");

const visited = new Set<number>();
const walker = {
  name: "walker",
  handlers: [
    on(Visit, ({ place }, context) => {
      if (visited.has(place)) return;
      visited.add(place);
      for (const next of neighbours(place)) context.submit(Visit({ place: next }));
    }),
  ],
};

const pipeline = createEventPipeline([walker]);
pipeline.submit(Visit({ place: 0 }));
await pipeline.run();

// networkx: [0] + [v for u, v in nx.bfs_edges(G, 0)]
console.log([...visited].join(" → "));

// prints:
// 0 → 1 → 2 → 4 → 6 → 5 → 8 → 3 → 7
