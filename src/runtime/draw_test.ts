// Of the original: graph_test TestGenerateDot (all; "system" nodes are daemons here).
import assert from "node:assert/strict";
import { allChannels, channel } from "../channel/mod.ts";
import type { Codec } from "../codec/mod.ts";
import { describeGraph, toDot, toMermaid, toText } from "./draw.ts";
import { map, type Node, node } from "./node.ts";

const idle = async () => {};
const codec: Codec<number> = { id: "example", version: 1, encode: () => new Uint8Array(8), decode: () => 0 };
const [a, b] = [channel<number>("a", { codec }), channel<number>("b")];
const simple: Node[] = [
  node({ out: { a }, name: "source" }, idle),
  map({ in: a, out: b, name: "double" }, (n) => n * 2),
  node({ in: { b }, name: "sink", daemon: true }, { b() {} }),
];

Deno.test("describeGraph() is the graph as plain data", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(describeGraph(simple))), {
    nodes: [
      { name: "source", inputs: [], outputs: ["a"], daemon: false, form: "function" },
      { name: "double", inputs: ["a"], outputs: ["b"], daemon: false, form: "pure" },
      { name: "sink", inputs: ["b"], outputs: [], daemon: true, form: "handlers" },
    ],
    channels: [
      { name: "a", producer: "source", readers: ["double"], codec: "example" },
      { name: "b", producer: "double", readers: ["sink"], codec: null },
    ],
  });
});

Deno.test("describeGraph() gives a channel that comes from a recording no producer", () => {
  assert.deepEqual(describeGraph([node({ in: { a }, name: "r" }, idle)]).channels, [
    { name: "a", producer: null, readers: ["r"], codec: "example" },
  ]);
});

Deno.test("toText() is a line for each node", () => {
  const all = node({ in: { all: allChannels }, name: "monitor" }, idle);
  assert.equal(
    toText([...simple, all, node({ name: "alone" }, idle)]),
    "[source] → a\na → [double] → b\nb → [sink, daemon]\n* → [monitor]\n[alone]\n",
  );
});

Deno.test("toDot() draws nodes as boxes and channels as ellipses", () => {
  assert.equal(
    toDot(simple),
    `digraph tinman {
  rankdir=LR;
  node [fontname="sans-serif"];
  n0 [shape=box, label="source"];
  n1 [shape=box, label="double"];
  n2 [shape=box, label="sink", style=dotted];
  c0 [shape=ellipse, label="a"];
  c1 [shape=ellipse, label="b"];
  n0 -> c0;
  n1 -> c1;
  c0 -> n1;
  c1 -> n2;
}
`,
  );
});

Deno.test("toDot() dashes what comes from elsewhere and what closes a cycle", () => {
  const dot = toDot([
    node({ in: { a, back: b.with({ feedback: true }) }, out: { b }, name: "loop" }, idle),
  ]);
  assert.match(dot, /c1 \[shape=ellipse, label="a", style=dashed\]/);
  assert.match(dot, /c0 -> n0 \[style=dashed\]/);
});

Deno.test("toDot() draws a node of all channels with a dotted line from each", () => {
  const dot = toDot([...simple, node({ in: { all: allChannels }, name: "monitor" }, idle)]);
  assert.match(dot, /c0 -> n3 \[style=dotted\];\n {2}c1 -> n3 \[style=dotted\];/);
  assert.doesNotMatch(dot, /label="\*"/);
});

Deno.test("toDot() keeps a node and a channel of one name apart", () => {
  const dot = toDot([node({ out: { a }, name: "a" }, idle)]);
  assert.match(dot, /n0 \[shape=box, label="a"\];/);
  assert.match(dot, /c0 \[shape=ellipse, label="a"\];/);
  assert.match(dot, /n0 -> c0;/);
});

Deno.test("toDot() and toMermaid() quote what would end a label", () => {
  const odd = channel<number>('a "b" \\ <c>\n&d');
  const nodes = [node({ out: { odd }, name: 'n "1"' }, idle), node({ in: { odd }, name: "-->" }, idle)];
  const dot = toDot(nodes);
  assert.ok(dot.includes('label="n \\"1\\""') && dot.includes('label="a \\"b\\" \\\\ <c>\\n&d"'));
  assert.ok(toMermaid(nodes).includes('n0 -->|"a &quot;b&quot; \\ &lt;c> &amp;d"| n1'));
});

Deno.test("toMermaid() labels the lines with the channels", () => {
  assert.equal(
    toMermaid(simple),
    `flowchart LR
  n0["source"]
  n1["double"]
  n2["sink"]
  n0 -->|"a"| n1
  n1 -->|"b"| n2
`,
  );
});

Deno.test("toMermaid() draws channels without producer or without reader", () => {
  assert.equal(
    toMermaid([node({ in: { a }, out: { b }, name: "half" }, idle)]),
    'flowchart LR\n  n0["half"]\n  n0 -->|"b"| c0(( ))\n  c1(["a"]) --> n0\n',
  );
});

Deno.test("toMermaid() draws a dotted line from each channel to a node of all channels", () => {
  const lines = toMermaid([...simple, node({ in: { all: allChannels }, name: "monitor" }, idle)]).split("\n");
  assert.ok(lines.includes('  n0 -.->|"a"| n3') && lines.includes('  n1 -.->|"b"| n3'));
});

Deno.test("Drawing names nodes of one name apart", () => {
  const twice = node({ out: {}, name: "x" }, idle);
  assert.equal(toText([twice, twice]), "[x_1]\n[x_2]\n");
});
