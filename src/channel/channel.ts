import type { Codec } from "../codec/mod.ts";

/** Options of {@linkcode channel}. */
export interface ChannelOptions<T> {
  /** How values are written down when the channel is recorded. @default {the runtime's default codec, MessagePack} */
  readonly codec?: Codec<T>;
  /** How many values may wait for one consumer before `publish()` waits, from 1 to 2^24. @default {10} */
  readonly capacity?: number;
  /** State rather than events (a map, a configuration): a replay from the middle starts with its last value. */
  readonly latched?: boolean;
}

/** What an input can say differently from its channel, see {@linkcode Channel.with}. */
export interface InputOptions {
  /** The queue size of this input alone. */
  readonly capacity?: number;
  /** Declares that this input closes a cycle on purpose. */
  readonly feedback?: boolean;
}

/**
 * A named, typed stream between nodes, as a value: name, type and codec stand in one place, so that a producer and a
 * consumer that disagree do not compile. It carries nothing itself; each run makes its own queues.
 */
export interface Channel<T> {
  /** The name, which is also its name in a recording. */
  readonly name: string;
  /** {@linkcode ChannelOptions.codec} */
  readonly codec: Codec<T> | undefined;
  /** {@linkcode ChannelOptions.capacity} */
  readonly capacity: number;
  /** {@linkcode ChannelOptions.latched} */
  readonly latched: boolean;
  /** {@linkcode InputOptions.feedback} */
  readonly feedback: boolean;
  /** Whether this is {@linkcode allChannels}. */
  readonly all: boolean;
  /** The same channel with other input options. */
  with(options: InputOptions): Channel<T>;
  /** Only for the compiler: keeps channels of different types apart. */
  readonly "~type"?: (value: T) => T;
}

/** Default number of values that may wait for one consumer. */
export const DEFAULT_CAPACITY = 10;

/**
 * Declares a channel.
 *
 * @example A channel of numbers
 * ```ts
 * import { channel } from "tinman";
 *
 * const celsius = channel<number>("celsius", { capacity: 100 });
 * celsius.with({ capacity: 1 }).name; // "celsius"
 * ```
 */
export function channel<T>(name: string, options: ChannelOptions<T> = {}): Channel<T> {
  const { codec, capacity = DEFAULT_CAPACITY, latched = false } = options;
  return create({ name, codec, capacity, latched, feedback: false, all: false });
}

/**
 * An input that gets every channel of the graph, as a `Map` from name to input: for monitors and exporters. It never
 * makes a channel need a producer.
 */
export const allChannels: Channel<AllChannels> = create<AllChannels>({
  name: "*",
  codec: undefined,
  capacity: DEFAULT_CAPACITY,
  latched: false,
  feedback: false,
  all: true,
});

/** The type by which {@linkcode allChannels} is told apart. */
export interface AllChannels {
  /** Never there at run time. */
  readonly "~all": true;
}

type Fields<T> = Omit<Channel<T>, "with" | "~type">;

function create<T>(fields: Fields<T>): Channel<T> {
  return Object.freeze({ ...fields, with: (options: InputOptions) => create({ ...fields, ...options }) });
}
