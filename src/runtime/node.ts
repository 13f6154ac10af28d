import type { AllChannels, Channel, In, Out } from "../channel/mod.ts";
import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Random } from "../random/mod.ts";
import type { Services } from "./environment.ts";
import type { Diagnostics } from "./logs.ts";

/** A channel of any type: a node takes channels of every type, and no other type stands for that in both directions. */
// deno-lint-ignore no-explicit-any
export type AnyChannel = Channel<any>;
/** Channels by the name under which a node sees them. */
export type ChannelMap = Readonly<Record<string, AnyChannel>>;

/** The key of the run's services in a {@linkcode NodeContext}; the same in every copy of tinman. */
export const SERVICES: unique symbol = Symbol.for("tinman.services");

/** The key of a signal in a {@linkcode NodeContext}; the same in every copy of tinman. */
export const STOPPING: unique symbol = Symbol.for("tinman.stopping");

/** What every node gets besides its channels. */
export interface NodeContext {
  /** The run's time: the wall clock live, the recorded time in a replay. */
  readonly clock: Clock;
  /** The run's chance: drawn live from a recorded seed, so that a replay draws the same. One stream for each node. */
  readonly random: Random;
  /** Messages for people; they go to stderr and into the `logs` channel. */
  readonly log: Diagnostics;
  /** Aborts when the node has to stop: end what waits outside of tinman, such as a read from a port. */
  readonly signal: AbortSignal;
  /** The name of the node in this graph. */
  readonly name: string;
  /**
   * For a node that asks something outside of the graph (a process, a worker, a service) and gets the same answer each
   * time: a replay waits for `work` before it goes on, so that its pace cannot change the result. Gives `work` back.
   */
  hold<T>(work: Promise<T>): Promise<T>;
  /** For kinds of nodes that a library makes: what the run's environment has for them. */
  readonly [SERVICES]?: Services | undefined;
  /** For kinds of nodes that a library makes: aborts when the run is asked to end, for nodes with inputs too, which drain. */
  readonly [STOPPING]?: AbortSignal | undefined;
}

/** For nodes that act on the world outside: whether this is a replay, in which they do not. */
export function isReplay({ [SERVICES]: services }: Pick<NodeContext, typeof SERVICES>): boolean {
  return services?.replaying === true;
}

/** Whether a type is `any`. */
export type IsAny<T> = 0 extends 1 & T ? true : false;
/** An input as the node sees it: all channels as a map, any other as its receiving half. */
export type Input<T> = IsAny<T> extends true ? In<T> : T extends AllChannels ? ReadonlyMap<string, In<unknown>> : In<T>;
/** The inputs of a node, by the name under which it sees them. */
export type Inputs<I extends ChannelMap> = {
  readonly [K in keyof I]: I[K] extends Channel<infer T> ? Input<T> : never;
};
/** The outputs of a node, by the name under which it sees them. */
export type Outputs<O extends ChannelMap> = { readonly [K in keyof O]: O[K] extends Channel<infer T> ? Out<T> : never };

/** A node as a function: it reads its inputs with `for await` and publishes to its outputs; when it returns, they close. */
export type NodeFunction<I extends ChannelMap, O extends ChannelMap> = (
  channels: Inputs<I> & Outputs<O> & NodeContext,
) => Promise<void>;

/**
 * A node as one handler for each input: the fastest form. Messages of all inputs come one at a time, in the order of
 * publication; the next comes when the returned promise has resolved and what was published has found room.
 */
export type NodeHandlers<I extends ChannelMap, O extends ChannelMap> = {
  readonly [K in keyof I]: I[K] extends Channel<infer T>
    ? (message: T, out: Outputs<O> & NodeContext) => void | Promise<void>
    : never;
};

/** The channels of a node and how it is run. */
export interface NodePorts<I extends ChannelMap, O extends ChannelMap> {
  /** Inputs by the name under which the node sees them. */
  readonly in?: I;
  /** Outputs by the name under which the node sees them. */
  readonly out?: O;
  /** The node's name. @default {the function's name, else one made from its channels} */
  readonly name?: string;
  /** Does not keep the run going: it is stopped when all other nodes have ended. @default {false} */
  readonly daemon?: boolean;
}

/** A stage of a graph, made by {@linkcode node}, {@linkcode map} or {@linkcode filter}. */
export interface Node {
  /** Tells nodes from other values, across copies of tinman. */
  readonly "~node": 1;
  /** Unique in its graph once the graph was made; before, what the author said. */
  readonly name: string;
  /** {@linkcode NodePorts.in} */
  readonly inputs: ChannelMap;
  /** {@linkcode NodePorts.out} */
  readonly outputs: ChannelMap;
  /** {@linkcode NodePorts.daemon} */
  readonly daemon: boolean;
  /** What it does, in one of the three forms. */
  readonly body: NodeBody;
}

/** The three forms of a node. */
export type NodeBody =
  | { readonly form: "function"; readonly run: (channels: never) => Promise<void> }
  | {
    readonly form: "handlers";
    readonly on: Readonly<Record<string, (message: never, out: never) => void | Promise<void>>>;
  }
  | { readonly form: "pure"; readonly step: (value: never) => unknown };

/** What a pure step returns to publish nothing. */
export const SKIP: unique symbol = Symbol("skip");

/**
 * Makes a node of a function or of handlers.
 *
 * @example A function that reads in a loop
 * ```ts
 * import { channel, node, run } from "tinman";
 *
 * const numbers = channel<number>("numbers");
 * const source = node({ out: { numbers } }, async ({ numbers }) => {
 *   for (let i = 0; i < 3; i++) await numbers.publish(i);
 * });
 * const printer = node({ in: { numbers } }, async ({ numbers }) => {
 *   for await (const n of numbers) console.log(n); // 0, 1, 2
 * });
 * await run([source, printer]);
 * ```
 */
export function node<
  const I extends ChannelMap = Record<never, never>,
  const O extends ChannelMap = Record<never, never>,
>(
  ports: NodePorts<I, O>,
  body: NodeFunction<I, O> | NodeHandlers<I, O>,
): Node {
  const inputs: ChannelMap = ports.in ?? {};
  const outputs: ChannelMap = ports.out ?? {};
  const name = ports.name || (typeof body === "function" ? body.name : "") || nameFrom(inputs, outputs);
  checkKeys(name, inputs, outputs);
  const daemon = ports.daemon ?? false;
  if (typeof body === "function") {
    return { "~node": 1, name, inputs, outputs, daemon, body: { form: "function", run: body } };
  }
  if (Object.keys(inputs).length === 0) {
    throw new TinmanError("GRAPH", `Cannot make node "${name}": handlers without an input are never called`, {
      node: name,
      hint: "make it a function that publishes by itself: async ({ clock, … }) => { … }",
    });
  }
  for (const [key, { all }] of Object.entries(inputs)) {
    if (all) {
      throw new TinmanError("GRAPH", `Cannot make node "${name}": handlers do not take all channels at once`, {
        node: name,
        hint: "make it a function: async ({ all }) => { for (const [name, input] of all) … }",
      });
    }
    if (typeof (body as Record<string, unknown>)[key] === "function") continue;
    throw new TinmanError("GRAPH", `Cannot make node "${name}": it has no handler for its input "${key}"`, {
      node: name,
      hint: `add ${key}(message, out) { … }, or take the input away`,
    });
  }
  return { "~node": 1, name, inputs, outputs, daemon, body: { form: "handlers", on: body } };
}

/** Ports of {@linkcode map} and {@linkcode filter}. */
export interface PurePorts<A, B> {
  /** Where values come from. */
  readonly in: Channel<A>;
  /** Where they go. */
  readonly out: Channel<B>;
  /** The node's name. @default {made from its channels} */
  readonly name?: string;
}

/**
 * A node that publishes `change(value)` for each value. `change` has no effects and keeps no state, so a chain of such
 * nodes is run as one where nobody else looks at the channels between.
 */
export function map<A, B>(ports: PurePorts<A, B>, change: (value: A) => B): Node {
  return pure(ports, change);
}

/** A node that lets values through for which `keep` says yes; see {@linkcode map}. */
export function filter<A>(ports: PurePorts<A, A>, keep: (value: A) => boolean): Node {
  return pure(ports, (value: A) => keep(value) ? value : SKIP);
}

/** Whether a value is a {@linkcode Node}. */
export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && (value as Partial<Node>)["~node"] === 1;
}

function pure<A, B>(ports: PurePorts<A, B>, step: (value: A) => unknown): Node {
  const [inputs, outputs] = [{ in: ports.in }, { out: ports.out }];
  const name = ports.name ?? nameFrom(inputs, outputs);
  return { "~node": 1, name, inputs, outputs, daemon: false, body: { form: "pure", step } };
}

function nameFrom(inputs: ChannelMap, outputs: ChannelMap): string {
  const [output] = Object.values(outputs);
  const [input] = Object.values(inputs);
  if (output !== undefined) return `to ${output.name}`;
  return input === undefined ? "node" : `from ${input.name}`;
}

const CONTEXT_KEYS: ReadonlySet<string> = new Set<keyof NodeContext & string>([
  "clock",
  "random",
  "log",
  "signal",
  "name",
  "hold",
]);

function checkKeys(name: string, inputs: ChannelMap, outputs: ChannelMap): void {
  for (const key of [...Object.keys(inputs), ...Object.keys(outputs)]) {
    const both = Object.hasOwn(inputs, key) && Object.hasOwn(outputs, key);
    if (!both && !CONTEXT_KEYS.has(key)) continue;
    const problem = both ? "is an input and an output" : "is something that every node gets";
    throw new TinmanError("GRAPH", `Cannot make node "${name}": "${key}" ${problem}`, {
      node: name,
      hint: `give the channel another name in this node: { my_${key}: ${key} }`,
    });
  }
}
