import { inputsOf, nameNodes, outputsOf, readsAll } from "./graph_plan.ts";
import { describeChannels } from "./validate.ts";
import type { Node } from "./node.ts";
import { type NodePart, partDot, partLines, partMermaid, partsOf } from "./parts.ts";

/** A graph as data, for tools. */
export interface GraphDescription {
  /** Its nodes, in the order of the list. */
  readonly nodes: readonly {
    readonly name: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly daemon: boolean;
    readonly form: "function" | "handlers" | "pure";
    /** What it is made of, where it says so. */
    readonly parts?: readonly NodePart[];
  }[];
  /** Its channels. A channel without producer comes from a recording. */
  readonly channels: readonly {
    readonly name: string;
    readonly producer: string | null;
    readonly readers: readonly string[];
    readonly codec: string | null;
  }[];
}

/** A graph as plain data. */
export function describeGraph(nodes: readonly Node[]): GraphDescription {
  const named = nameNodes(nodes);
  return {
    nodes: named.map((node) => ({
      name: node.name,
      inputs: Object.values(node.inputs).map(({ name }) => name),
      outputs: outputsOf(node).map(({ name }) => name),
      daemon: node.daemon,
      form: node.body.form,
      ...(partsOf(node).length > 0 && { parts: partsOf(node) }),
    })),
    channels: describeChannels(named).map(({ name, producer, readers, codec }) => ({
      name,
      producer: producer ?? null,
      readers,
      codec: codec ?? null,
    })),
  };
}

/** The graph for Graphviz: nodes as boxes, channels as ellipses; what comes from elsewhere is dashed. */
export function toDot(nodes: readonly Node[]): string {
  const named = nameNodes(nodes);
  const lines = ["digraph tinman {", "  rankdir=LR;", '  node [fontname="sans-serif"];'];
  named.forEach((node, i) => {
    const style = node.daemon ? ", style=dotted" : "";
    lines.push(`  n${i} [shape=box, label=${quote(node.name)}${style}];`);
    const parts = partsOf(node);
    if (parts.length > 0) lines.push(...partDot(parts, `n${i}`, quote));
  });
  const channels = describeChannels(named);
  const idOf = new Map(channels.map(({ name }, i) => [name, `c${i}`]));
  for (const { name, producer } of channels) {
    const style = producer === undefined ? ", style=dashed" : "";
    lines.push(`  ${idOf.get(name)} [shape=ellipse, label=${quote(name)}${style}];`);
  }
  named.forEach((node, i) => {
    for (const { name } of outputsOf(node)) lines.push(`  n${i} -> ${idOf.get(name)};`);
    for (const { name, feedback } of inputsOf(node)) {
      lines.push(`  ${idOf.get(name)} -> n${i}${feedback ? " [style=dashed]" : ""};`);
    }
    if (readsAll(node)) { for (const id of idOf.values()) lines.push(`  ${id} -> n${i} [style=dotted];`); }
  });
  return [...lines, "}", ""].join("\n");
}

/** The graph for Mermaid, as Markdown viewers draw it. */
export function toMermaid(nodes: readonly Node[]): string {
  const named = nameNodes(nodes);
  const lines = ["flowchart LR"];
  named.forEach((node, i) => {
    const parts = partsOf(node);
    if (parts.length === 0) lines.push(`  n${i}[${mermaidText(node.name)}]`);
    else {lines.push(
        `  subgraph n${i}[${mermaidText(node.name)}]`,
        ...partMermaid(parts, `n${i}`, mermaidText),
        "  end",
      );}
  });
  const numberOf = new Map(named.map((node, i) => [node.name, i]));
  const monitors = named.filter(readsAll).map(({ name }) => name);
  describeChannels(named).forEach(({ name, producer, readers }, i) => {
    const from = producer === undefined ? `c${i}([${mermaidText(name)}])` : `n${numberOf.get(producer)}`;
    const label = producer === undefined ? "" : `|${mermaidText(name)}|`;
    for (const reader of readers) lines.push(`  ${from} -->${label} n${numberOf.get(reader)}`);
    for (const monitor of monitors) lines.push(`  ${from} -.->${label} n${numberOf.get(monitor)}`);
    if (readers.length + monitors.length === 0) lines.push(`  ${from} -->${label} c${i}(( ))`);
  });
  return [...lines, ""].join("\n");
}

/** The graph as text: a line for each node, and for each part of one. */
export function toText(nodes: readonly Node[]): string {
  const lines = describeGraph(nodes).nodes.flatMap(({ name, inputs, outputs, daemon, parts = [] }) => {
    const from = inputs.length === 0 ? "" : `${inputs.join(", ")} → `;
    const to = outputs.length === 0 ? "" : ` → ${outputs.join(", ")}`;
    return [`${from}[${name}${daemon ? ", daemon" : ""}]${to}`, ...partLines(parts).map((line) => `  ${line}`)];
  });
  return lines.join("\n") + "\n";
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

function mermaidText(text: string): string {
  return `"${text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll("\n", " ")}"`;
}
