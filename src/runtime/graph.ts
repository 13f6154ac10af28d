import type { RunEnvironment } from "./environment.ts";
import { describeGraph, type GraphDescription, toDot, toMermaid, toText } from "./draw.ts";
import { nameNodes } from "./graph_plan.ts";
import { formatLogEntry, type LogEntry, logs } from "./logs.ts";
import { type Node, node } from "./node.ts";
import type { ChannelStats, RecordOptions, RunOptions, RunReport } from "./options.ts";
import { replayGraph } from "./replay.ts";
import type { ReplayOptions, ReplayReport } from "./replay_options.ts";
import { runGraph } from "./run.ts";
import { validate, type ValidateOptions } from "./validate.ts";

/** What a graph can be made of. */
export type GraphInput = Graph | Node | readonly (Node | Graph)[];

/**
 * Nodes and how to run them. A graph never changes: each `with…` gives a new one.
 *
 * @example Look at a graph before it runs
 * ```ts
 * import { channel, Graph, node } from "tinman";
 *
 * const ticks = channel<number>("ticks");
 * const source = node({ out: { ticks } }, async function source({ ticks }) {
 *   await ticks.publish(1);
 * });
 * const sink = node({ in: { ticks } }, async function sink({ ticks }) {
 *   for await (const _ of ticks);
 * });
 * console.log(Graph.of(source, sink).toText());
 * // [source] → ticks
 * // ticks → [sink]
 * ```
 */
export class Graph {
  /** The nodes, in order, each with a name of its own. */
  readonly nodes: readonly Node[];
  readonly #options: RunOptions;
  readonly #source: { readonly recording: string; readonly options: ReplayOptions } | undefined;

  private constructor(
    nodes: readonly Node[],
    options: RunOptions,
    source?: { recording: string; options: ReplayOptions },
  ) {
    [this.nodes, this.#options, this.#source] = [nodes, options, source];
  }

  /** A graph of nodes, lists of nodes, and other graphs, whose options are left behind. */
  static of(...parts: readonly GraphInput[]): Graph {
    const [only] = parts;
    if (parts.length === 1 && only instanceof Graph) return only;
    const flatten = (part: GraphInput): readonly Node[] =>
      Array.isArray(part) ? part.flatMap(flatten) : part instanceof Graph ? part.nodes : [part as Node];
    return new Graph(nameNodes(parts.flatMap(flatten)), {});
  }

  /** The same graph, recorded when it runs: into a new folder below `record`. */
  withRecording(record: string | RecordOptions): Graph {
    return new Graph(this.nodes, { ...this.#options, record }, this.#source);
  }

  /** The same graph on a recording in place of the inputs that no node produces. */
  withReplay(recording: string, options: ReplayOptions = {}): Graph {
    return new Graph(this.nodes, this.#options, { recording, options });
  }

  /** The same graph with a count of everything, handed to `onStats` about once a second. */
  withStats(onStats: (channels: readonly ChannelStats[]) => void = () => {}): Graph {
    return new Graph(this.nodes, { ...this.#options, stats: true, onStats }, this.#source);
  }

  /** The same graph with a daemon that hands every diagnostic to `print`. */
  withLogs(print: (line: string, entry: LogEntry) => void): Graph {
    const printer = node({ in: { logs }, name: "log printer", daemon: true }, async ({ logs }) => {
      for await (const entry of logs) print(formatLogEntry(entry), entry);
    });
    return new Graph(nameNodes([...this.nodes, printer]), this.#options, this.#source);
  }

  /** {@linkcode validate} */
  validate(options: ValidateOptions = {}): void {
    validate(this.nodes, options);
  }

  /** Runs it; as a replay after {@linkcode Graph.withReplay}. */
  run(env: RunEnvironment, options: RunOptions = {}): Promise<RunReport> {
    const all = { ...this.#options, ...this.#source?.options, ...options };
    return this.#source === undefined
      ? runGraph(this.nodes, env, all)
      : replayGraph(this.nodes, this.#source.recording, env, all);
  }

  /** Runs it on a recording. */
  replay(recording: string, env: RunEnvironment, options: ReplayOptions = {}): Promise<ReplayReport> {
    return replayGraph(this.nodes, recording, env, { ...this.#options, ...this.#source?.options, ...options });
  }

  /** A line of text for each node. */
  toText(): string {
    return toText(this.nodes);
  }

  /** For Graphviz. */
  toDot(): string {
    return toDot(this.nodes);
  }

  /** For Mermaid. */
  toMermaid(): string {
    return toMermaid(this.nodes);
  }

  /** As data. */
  toJSON(): GraphDescription {
    return describeGraph(this.nodes);
  }
}
