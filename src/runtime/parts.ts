import type { Node } from "./node.ts";

/** Under this key a node's function may say what it is made of; the same in every copy of tinman. */
export const PARTS: unique symbol = Symbol.for("tinman.parts");

/** Something at work inside a node, such as a processor of events. */
export interface NodePart {
  /** Its name in the node. */
  readonly name: string;
  /** Kinds of events that it hears of. */
  readonly takes: readonly string[];
  /** Artifacts that it is built from. */
  readonly requires: readonly string[];
  /** The artifact that it builds. */
  readonly provides: readonly string[];
  /** What is odd about it, where something is. */
  readonly problems?: readonly string[];
}

/** What a node is made of, as far as it says so. */
export function partsOf({ body }: Node): readonly NodePart[] {
  if (body.form !== "function") return [];
  return (body.run as { readonly [PARTS]?: () => readonly NodePart[] })[PARTS]?.() ?? [];
}

/** An arrow inside a node: from a part, or from a name that none of its parts provides. */
interface Arrow {
  readonly from: number | string;
  readonly to: number;
  readonly label: string;
}

/** One line for each part. */
export function partLines(parts: readonly NodePart[]): string[] {
  return parts.map(({ name, takes, requires, provides }) => {
    const from = [...takes, ...requires];
    return `${from.length > 0 ? `${from.join(", ")} → ` : ""}(${name})${
      provides.length > 0 ? ` → ${provides.join(", ")}` : ""
    }`;
  });
}

/** The parts of node `id` in Graphviz's language, as a frame around its box. */
export function partDot(parts: readonly NodePart[], id: string, quote: (text: string) => string): string[] {
  const { arrows, sources } = arrowsOf(parts);
  const name = (from: number | string) => typeof from === "number" ? `${id}p${from}` : `${id}s${sources.indexOf(from)}`;
  return [
    `  subgraph cluster_${id} {`,
    "    style=rounded;",
    `    ${id};`,
    ...parts.map(({ name }, i) => `    ${id}p${i} [shape=box, style=rounded, label=${quote(name)}];`),
    ...sources.map((source, i) => `    ${id}s${i} [shape=plaintext, label=${quote(source)}];`),
    ...arrows.map(({ from, to, label }) =>
      `    ${name(from)} -> ${id}p${to}${label === "" ? "" : ` [label=${quote(label)}]`};`
    ),
    "  }",
  ];
}

/** The same for Mermaid. */
export function partMermaid(parts: readonly NodePart[], id: string, text: (text: string) => string): string[] {
  const { arrows, sources } = arrowsOf(parts);
  const name = (from: number | string) => typeof from === "number" ? `${id}p${from}` : `${id}s${sources.indexOf(from)}`;
  return [
    ...parts.map(({ name }, i) => `    ${id}p${i}(${text(name)})`),
    ...sources.map((source, i) => `    ${id}s${i}([${text(source)}])`),
    ...arrows.map(({ from, to, label }) =>
      `    ${name(from)} -->${label === "" ? "" : `|${text(label)}|`} ${id}p${to}`
    ),
  ];
}

function arrowsOf(parts: readonly NodePart[]): { readonly arrows: readonly Arrow[]; readonly sources: string[] } {
  const sources: string[] = [];
  const arrows = parts.flatMap(({ takes, requires }, to) => [
    ...takes.map((kind): Arrow => ({ from: kind, to, label: "" })),
    ...requires.flatMap((target): Arrow[] => {
      const from = parts.flatMap(({ provides }, i) => provides.includes(target) ? [i] : []);
      return from.length === 0 ? [{ from: target, to, label: "" }] : from.map((from) => ({ from, to, label: target }));
    }),
  ]);
  for (const { from } of arrows) if (typeof from === "string" && !sources.includes(from)) sources.push(from);
  return { arrows, sources };
}
