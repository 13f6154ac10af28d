// Look at a graph before it runs, at every channel while it runs, and at the statistics afterwards.
import { allChannels, channel, Graph, node, run } from "tinman";

const numbers = channel<number>("numbers");
const sums = channel<number>("sums");

const source = node({ name: "source", out: { numbers } }, async ({ numbers }) => {
  for (let i = 1; i <= 4; i++) await numbers.publish(i);
});

let sum = 0;
const add = node({ name: "add", in: { numbers }, out: { sums } }, { numbers: (n, { sums }) => sums.publish(sum += n) });

const monitor = node({ name: "monitor", in: { all: allChannels } }, async ({ all }) => {
  const seen = new Map<string, unknown>();
  await Promise.all([...all].map(async ([name, input]) => {
    for await (const value of input) seen.set(name, value);
  }));
  console.log("last values:", JSON.stringify([...seen].sort()));
});

const graph = Graph.of(source, add, monitor);
console.log(graph.toMermaid());
const { channels } = await run(graph);
for (const { name, count } of channels) if (name !== "logs") console.log(`${name}: ${count}`);

// prints:
// flowchart LR
//   n0["source"]
//   n1["add"]
//   n2["monitor"]
//   n0 -->|"numbers"| n1
//   n0 -.->|"numbers"| n2
//   n1 -.->|"sums"| n2
//
// last values: [["numbers",4],["sums",10]]
// numbers: 4
// sums: 4
