import { type In, Out } from "../channel/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { createRandom } from "../random/mod.ts";
import type { ExecutionOptions } from "./execution.ts";
import type { Growth, JoinPorts } from "./growth.ts";
import type { Journal } from "./journal.ts";
import { createDiagnostics } from "./logs.ts";
import type { AnyChannel, Node } from "./node.ts";
import type { NodeRun } from "./node_run.ts";
import type { WiredNode } from "./wiring.ts";

/** What a grower needs of the execution that it belongs to. */
export interface GrowerOptions
  extends Pick<ExecutionOptions, "clock" | "slice" | "seed" | "tap" | "standIn" | "joinedJournal" | "say"> {
  /** {@linkcode Growth.run} */
  readonly run: object;
  readonly order: { next: number };
  readonly outs: Map<string, Out<unknown>>;
  /** Gets each error that a publisher is refused with, who may not wait for it. */
  readonly refuse: (channel: string, error: unknown) => void;
  readonly isAborted: () => boolean;
  /** Starts a node that has joined. */
  readonly start: (wired: WiredNode, journal: Journal) => void;
}

/** Lets nodes change the graph that they are in, see {@linkcode Growth}. */
export class Grower {
  readonly #options: GrowerOptions;
  /** Numbers of journals that were given away. */
  #reserved = { count: 0, sinceNs: 0n };

  constructor(options: GrowerOptions) {
    this.#options = options;
  }

  /** What the node of `run` is given. */
  growthFor(run: NodeRun): Growth {
    const { run: all, outs, clock, seed, standIn, order, say } = this.#options;
    return {
      run: all,
      outs,
      channel: (channel, { isPlayed = false } = {}) => this.#addChannel(channel, isPlayed),
      standsIn: (channels) => standIn !== undefined && channels.every((name) => standIn.has(name)),
      standIn: (channels) => channels.forEach((name) => standIn?.feed(name, outs.get(name)!)),
      subscribe: (out, { capacity, isOrdered }) => out.subscribe({ capacity, ...(isOrdered && { order }) }),
      reserve: (count) => {
        const first = this.#reserved.count;
        this.#reserved = { count: first + count, sinceNs: clock.now() };
        return first;
      },
      join: (node, ports, number) => this.#join(node, ports, number),
      handOver: () => run.handOver(),
      random: (key) => createRandom(`${seed}/${key}`),
      log: (name) => createDiagnostics(name, clock, say),
    };
  }

  #addChannel(channel: AnyChannel, isPlayed: boolean): Out<unknown> {
    const { name } = channel;
    const { slice, tap, outs, refuse, isAborted } = this.#options;
    const listener = isPlayed ? undefined : tap(channel);
    const out = new Out<unknown>({ name, slice, ...listener, onRefuse: (error) => refuse(name, error) });
    outs.set(name, out);
    if (isAborted()) out.abort(stopped());
    return out;
  }

  #join(node: Node, ports: JoinPorts, number: number): void {
    const inputs = Object.keys(node.inputs).map((key) => ports[key] as In<unknown>);
    const outputs = Object.keys(node.outputs).map((key) => ports[key] as Out<unknown>);
    for (const out of outputs) {
      // Whoever had it before may have been one of those that follow a journal, or wait for room in turns.
      out.putBehind(undefined);
      out.waitAt(Infinity);
    }
    const { start, joinedJournal } = this.#options;
    start({ node, inputs, outputs, ports, feedback: [] }, joinedJournal(number, this.#reserved.sinceNs));
  }
}

/** Why everything is refused in a run that was aborted. */
export function stopped(): TinmanError<"STOPPED"> {
  return new TinmanError("STOPPED", "The run was stopped", {});
}
