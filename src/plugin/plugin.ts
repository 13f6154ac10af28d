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
  /** Reads a topic, `kafka://127.0.0.1:9092/readings`, through tinman: needs the capability `broker:consume` for it. */
  consume(address: string, options?: PluginConsumeOptions): Promise<PluginConsumer>;
  /** Sends to a topic through tinman: needs the capability `broker:produce` for it. In a replay what is sent goes nowhere. */
  produce(address: string): Promise<PluginProducer>;
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

/** How a topic is read. */
export interface PluginConsumeOptions {
  /** Where to begin, unless the group has committed. @default {"earliest"} */
  readonly from?: "earliest" | "latest";
  /** Remembers at the broker how far it came, under this name: some may come twice, none is lost. @default {nothing is remembered} */
  readonly group?: string;
  /** Ends at the end that the topic has when it is opened. @default {false: it waits for more} */
  readonly untilEnd?: boolean;
}

/** A topic that tinman reads for the plugin, all partitions of it. */
export interface PluginConsumer {
  /**
   * Records as they come, at most a thousand at a time, those of one partition in order. To ask for more says that those
   * before are done with. Leaving the loop closes it.
   */
  readonly records: AsyncIterable<readonly PluginRecord[]>;
  /** Lets go of the topic. Twice is fine. */
  close(): Promise<void>;
}

/** A topic that tinman sends to for the plugin. */
export interface PluginProducer {
  /** Resolves when the broker has them; await it before the next. */
  send(records: readonly PluginNewRecord[]): Promise<void>;
  /** Lets go of the topic. Twice is fine. */
  close(): Promise<void>;
}

/** A record as it is sent. */
export interface PluginNewRecord {
  /** The content; null says that what the key names is gone. */
  readonly value: Uint8Array | null;
  /** Records with equal keys stay in order. @default {null} */
  readonly key?: Uint8Array | null;
  /** Names and bytes beside the content. @default {[]} */
  readonly headers?: readonly { readonly name: string; readonly value: Uint8Array | null }[];
  /** Milliseconds since 1970. @default {the run's time} */
  readonly timestampMs?: number;
}

/** A record as it was read. */
export interface PluginRecord extends Required<PluginNewRecord> {
  /** Which partition of the topic it is in. */
  readonly partition: number;
  /** Its place in the partition. */
  readonly offset: number;
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
