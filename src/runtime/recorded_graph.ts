import { crc32 } from "../bytes/mod.ts";
import { inputsOf, outputsOf } from "./graph_plan.ts";
import type { Node } from "./node.ts";

/** What was known of a graph when it was recorded; opaque to the log. */
export interface RecordedGraph {
  /** What the clock readings in the journal count from, in nanoseconds since 1970, as decimal text. */
  readonly originNs: string;
  /** Nodes in the order in which they were listed; the place of a node is its number in the journal. */
  readonly nodes: readonly {
    readonly name: string;
    /** A checksum of the text of its code: what it says changed, not what it calls. */
    readonly code: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
  }[];
}

/** What a recording says of the graph that it records. `originNs` is where the run's clock counts from. */
export function recordedGraph(nodes: readonly Node[], originNs: bigint): RecordedGraph {
  return {
    originNs: `${originNs}`,
    nodes: nodes.map((node) => ({
      name: node.name,
      code: codeOf(node),
      inputs: inputsOf(node).map((each) => each.name),
      outputs: outputsOf(node).map((each) => each.name),
    })),
  };
}

/** A checksum of the text of a node's code. */
export function codeOf({ body }: Node): string {
  const parts = body.form === "function" ? [body.run] : body.form === "pure" ? [body.step] : Object.values(body.on);
  return crc32(new TextEncoder().encode(parts.join("\n"))).toString(16).padStart(8, "0");
}
