/**
 * For who writes a plugin: `export default definePlugin({ nodes, stages, codecs, transports })`. This is the only module that a
 * plugin may import besides its own files.
 *
 * Values that cross the border of a plugin are plain data: null, booleans, numbers, bigints of 64 bits, text, Uint8Array,
 * lists, and objects without a class. Anything else is refused by name.
 *
 * @module
 */
import type { Transport } from "../link/mod.ts";
import type { DataFrame } from "../pipeline/mod.ts";

export type { DataFrame } from "../pipeline/mod.ts";
export type { Link, LinkOptions, Transport } from "../link/mod.ts";

/** What a plugin brings. Each name has to be in `provides` of its `plugin.jsonc` as well. */
export interface Plugin {
  /** Stages of a graph, by name. */
  readonly nodes?: Readonly<Record<string, PluginNode>>;
  /** Kinds of stages of a pipeline, by name: what each can be configured with stands in `plugin.jsonc`. */
  readonly stages?: Readonly<Record<string, PluginStageType>>;
  /** Codecs, by name: `sentence` of plugin `org.example.nmea` is the codec `org.example.nmea/sentence`. */
  readonly codecs?: Readonly<Record<string, PluginCodec>>;
  /** Ways to open links, by scheme. */
  readonly transports?: Readonly<Record<string, Omit<Transport, "scheme">>>;
}

/** A node: a function that reads and publishes until it returns, or one handler for each input. */
export type PluginNode = PluginFunction | PluginHandlers;

/** Reads its inputs with `for await` and publishes to its outputs; when it returns, they close. */
export type PluginFunction = (context: PluginContext) => Promise<void>;

/** One handler for each input, called with one message at a time, in the order of arrival. */
export type PluginHandlers = Readonly<
  Record<string, (message: never, context: PluginContext) => void | Promise<void>>
>;

/** Makes one stage. `config` is checked, and has the defaults of `plugin.jsonc`. */
export type PluginStageType = (
  config: Readonly<Record<string, unknown>>,
  context: PluginStageContext,
) => PluginStage | Promise<PluginStage>;

/**
 * A stage of a pipeline at work: frames of samples in, frames out. It may keep state between frames, and is given one at a
 * time. The same frames give the same frames, so that a recording replays: chance comes from the context.
 */
export interface PluginStage {
  /**
   * Takes one frame from `input` and gives what follows from it. A source, which has no inputs, is called with a trigger,
   * an empty frame. Samples that it was given are its own. What it throws is handled as the pipeline says.
   */
  process(frame: DataFrame, input: string): PluginFrames | Promise<PluginFrames>;
  /** No frame comes any more: gives what is left. */
  end?(): PluginFrames | Promise<PluginFrames>;
}

/** One frame, several, or none. */
export type PluginFrames = DataFrame | readonly DataFrame[] | undefined | void;

/** What a stage of a plugin gets besides frames. */
export interface PluginStageContext {
  /** Its id in the pipeline. */
  readonly name: string;
  /** The run's chance, from a recorded seed. */
  readonly random: PluginContext["random"];
  /** Messages for people. */
  readonly log: PluginContext["log"];
}

/** What a node of a plugin gets to work with. Its ports are there by name as well: `{ in, out }`. */
export interface PluginContext {
  /** Inputs by the name in the manifest. */
  readonly in: Readonly<Record<string, PluginInput>>;
  /** Outputs by the name in the manifest. */
  readonly out: Readonly<Record<string, PluginOutput>>;
  /** The node's configuration, as the graph gave it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The run's time: live the time at which the last message arrived, in a replay the recorded one. */
  readonly clock: PluginClock;
  /** The run's chance, from a recorded seed. */
  readonly random: { next(): number; int(bound: number): number };
  /** Messages for people. */
  readonly log: Readonly<Record<"debug" | "info" | "warn" | "error", (message: string) => void>>;
  /** Aborts when the node has to stop. */
  readonly signal: AbortSignal;
  /** Opens a link through tinman: needs the capability of its scheme, such as `serial`. */
  link(address: string): Promise<PluginLink>;
}

/** One input: an async iterable of messages, for one reader. */
export interface PluginInput extends AsyncIterableIterator<unknown> {
  /** Itself. */
  [Symbol.asyncIterator](): PluginInput;
}

/** One output. */
export interface PluginOutput {
  /** Resolves when there is room for more; await it. */
  publish(value: unknown): Promise<void>;
}

/** The run's time. */
export interface PluginClock {
  /** Nanoseconds since 1970. */
  now(): bigint;
  /** Resolves `ms` milliseconds of the run's time later. */
  sleep(ms: number): Promise<void>;
}

/** A link that tinman holds open for the plugin. */
export interface PluginLink {
  /** What the other end sends; ends when it closed. */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Resolves when the bytes are on their way. */
  send(bytes: Uint8Array): Promise<void>;
  /** Lets go of the other end. */
  close(): Promise<void>;
}

/** A codec: pure, without any capability, whatever the rest of the plugin may do. */
export interface PluginCodec {
  /** Version of the byte layout, from 1. */
  readonly version: number;
  /** The bytes of `value`. */
  encode(value: never, params: unknown): Uint8Array;
  /** The value of `bytes`; throws when they are not of this codec. */
  decode(bytes: Uint8Array, params: unknown): unknown;
}

/** Checks the types of a plugin while it is written, and gives it back as it is. */
export function definePlugin<const P extends Plugin>(plugin: P): P {
  return plugin;
}
