import type { Codec } from "../codec/mod.ts";
import type { Execution } from "./execution.ts";
import { outputsOf } from "./graph_plan.ts";
import type { AnyChannel } from "./node.ts";
import type { RecordedCounts } from "./stats.ts";
import type { ChannelTap } from "./wiring.ts";

/** A run that can be looked at while it goes on. Looking changes nothing, and works after its end as well. */
export interface RunProbe {
  /** The run's time, in nanoseconds since 1970; in a replay the recorded one. */
  now(): bigint;
  /** Its nodes as they are now. */
  nodes(): ProbedNode[];
  /** Its channels as they are now. */
  channels(): ProbedChannel[];
  /**
   * Has `listener` called with every value of a channel before it is handed over, and its number. It returns at once and
   * keeps nothing that is used again; one that throws is called no more. Undefined: there is no such channel.
   */
  listen(channel: string, listener: (value: unknown, index: number) => void): Disposable | undefined;
  /** What values of a channel are written down with. */
  codec(channel: string): Codec<unknown> | undefined;
  /** Where it is recorded to: a folder or a file. Of several parts the one that is being written. */
  readonly recording: string | undefined;
  /** Whether the oldest parts are deleted while the newest grows. @default {false} */
  readonly forgets?: boolean;
}

/** A node of a run. */
export interface ProbedNode {
  /** Its name in the graph. */
  readonly name: string;
  /** Whether it has returned. */
  readonly ended: boolean;
  /** Whether the run ends without it. */
  readonly daemon: boolean;
  /** How it is written. */
  readonly form: "function" | "handlers" | "pure";
  /** What it reads: how many values wait, of how many that may. */
  readonly inputs: readonly {
    readonly channel: string;
    readonly waiting: number;
    readonly capacity: number;
    readonly feedback: boolean;
  }[];
  /** The channels that it publishes to. */
  readonly outputs: readonly string[];
}

/** A channel of a run. */
export interface ProbedChannel {
  /** Its name. */
  readonly name: string;
  /** How many values were published. */
  readonly published: number;
  /** Whether publishers wait for room. */
  readonly blocked: boolean;
  /** Whether nothing more will come. */
  readonly closed: boolean;
  /** What is in the recording, where it is recorded. */
  readonly recorded: { readonly frames: number; readonly bytes: number; readonly drops: number } | undefined;
}

/** What a run knows of itself, for {@linkcode Probing.open}. */
export interface ProbedRun {
  readonly execution: Execution;
  readonly now: () => bigint;
  readonly recorder: {
    counts(channel: string): RecordedCounts | undefined;
    readonly folder: string;
    readonly forgets: boolean;
  } | undefined;
}

/** Makes the channels of a run audible, from before it is wired. */
export class Probing {
  readonly #listeners = new Map<string, Set<(value: unknown, index: number) => void>>();
  readonly #codecs = new Map<string, Codec<unknown>>();
  readonly #defaultCodec: Codec<unknown>;
  #run: ProbedRun | undefined;

  constructor(defaultCodec: Codec<unknown>) {
    this.#defaultCodec = defaultCodec;
  }

  /** Listens to a channel besides `other`, which comes first and may refuse a value. */
  tap(channel: AnyChannel, other: ChannelTap | undefined): ChannelTap {
    const { name } = channel;
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    this.#codecs.set(name, channel.codec ?? this.#defaultCodec);
    const first = other?.tap;
    return {
      ...other,
      tap: (value) => {
        first?.(value);
        // While nobody listens this is all that a value costs.
        if (listeners.size > 0) this.#tell(name, value);
      },
    };
  }

  /** The probe of a run that is wired. */
  open(run: ProbedRun): RunProbe {
    this.#run = run;
    const { execution, recorder, now } = run;
    return {
      now,
      get recording() {
        return recorder?.folder;
      },
      forgets: recorder?.forgets ?? false,
      nodes: () => execution.runs.map(({ wired, ended }) => describe(wired, ended)),
      channels: () =>
        [...execution.wiring.outs].map(([name, out]) => ({
          name,
          published: out.published,
          blocked: out.blocked,
          closed: out.closing,
          recorded: recorder?.counts(name),
        })),
      listen: (channel, listener) => this.#listen(channel, listener),
      codec: (channel) => this.#codecs.get(channel),
    };
  }

  #listen(channel: string, listener: (value: unknown, index: number) => void): Disposable | undefined {
    const listeners = this.#listeners.get(channel);
    listeners?.add(listener);
    return listeners && { [Symbol.dispose]: () => void listeners.delete(listener) };
  }

  #tell(channel: string, value: unknown): void {
    const listeners = this.#listeners.get(channel)!;
    const index = this.#run?.execution.wiring.outs.get(channel)?.published ?? 0;
    for (const listener of listeners) {
      try {
        listener(value, index);
      } catch {
        // What a looker does wrong is no matter of who publishes.
        listeners.delete(listener);
      }
    }
  }
}

function describe({ node, ports, feedback }: Execution["runs"][number]["wired"], ended: boolean): ProbedNode {
  const inputs = Object.entries(node.inputs).flatMap(([key, { name, all }]) => {
    const port = ports[key]!;
    const ins = all ? [...port as ReadonlyMap<string, unknown>] : [[name, port] as const];
    return ins.map(([channel, each]) => {
      const input = each as typeof feedback[number];
      return { channel, waiting: input.size, capacity: input.capacity, feedback: feedback.includes(input) };
    });
  });
  const { name, daemon, body: { form } } = node;
  return { name, ended, daemon, form, inputs, outputs: outputsOf(node).map((channel) => channel.name) };
}
