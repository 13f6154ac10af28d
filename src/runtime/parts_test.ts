import assert from "node:assert/strict";
import { channel } from "../channel/mod.ts";
import { describeGraph, toDot, toMermaid, toText } from "./draw.ts";
import { type Node, node } from "./node.ts";
import { type NodePart, PARTS } from "./parts.ts";

const readings = channel<number>("readings");
const parts: NodePart[] = [
  { name: "watch", takes: ["readings"], requires: [], provides: [] },
  { name: "words", takes: [], requires: [], provides: ["words"] },
  { name: "count", takes: [], requires: ["words", "limit"], provides: ["counts"] },
];
const body = Object.assign(async () => {}, { [PARTS]: () => parts });
const graph: Node[] = [node({ in: { readings }, name: "guard" }, body)];

Deno.test("toText() is a line for each part of a node, below it", () => {
  assert.equal(
    toText(graph),
    "readings → [guard]\n  readings → (watch)\n  (words) → words\n  words, limit → (count) → counts\n",
  );
});

Deno.test("toMermaid() draws a node with parts as a frame, and what one part builds for another as an arrow", () => {
  assert.equal(
    toMermaid(graph),
    `flowchart LR
  subgraph n0["guard"]
    n0p0("watch")
    n0p1("words")
    n0p2("count")
    n0s0(["readings"])
    n0s1(["limit"])
    n0s0 --> n0p0
    n0p1 -->|"words"| n0p2
    n0s1 --> n0p2
  end
  c0(["readings"]) --> n0
`,
  );
});

Deno.test("toDot() draws a frame around a node and its parts", () => {
  const dot = toDot(graph);
  assert.match(dot, /subgraph cluster_n0 \{\n {4}style=rounded;\n {4}n0;\n {4}n0p0 \[shape=box, style=rounded/);
  assert.match(dot, /n0p1 -> n0p2 \[label="words"\];/);
});

Deno.test("describeGraph() has the parts of a node, and none where it has none", () => {
  assert.deepEqual(describeGraph(graph).nodes[0]!.parts, parts);
  assert.equal("parts" in describeGraph([node({ name: "plain" }, async () => {})]).nodes[0]!, false);
});
