import type { DataFrame } from "../frame.ts";
import type { FramePool } from "../stage.ts";

/** A frame like `frame` with a new array of the same length for each channel, which `fill` writes in full. */
export function mapChannels(
  frame: DataFrame,
  pool: FramePool,
  fill: (input: Float64Array, output: Float64Array, channel: string) => void,
): DataFrame {
  const payload = new Map<string, Float64Array>();
  for (const [channel, input] of frame.payload) {
    const output = pool.take(input.length);
    fill(input, output, channel);
    payload.set(channel, output);
  }
  return withPayload(frame, payload);
}

/** `frame` with other samples, and with `metadata` added to its own. */
export function withPayload(
  frame: DataFrame,
  payload: ReadonlyMap<string, Float64Array>,
  metadata?: Readonly<Record<string, unknown>>,
): DataFrame {
  const { timestampUs, sequenceId } = frame;
  return { timestampUs, sequenceId, payload, metadata: metadata ? { ...frame.metadata, ...metadata } : frame.metadata };
}

/** Samples per second, as the source has put it into the metadata; undefined where it says nothing usable. */
export function sampleRateOf(frame: DataFrame): number | undefined {
  const rate = frame.metadata.sample_rate;
  return typeof rate === "number" && rate > 0 && Number.isFinite(rate) ? rate : undefined;
}

/** {@linkcode sampleRateOf} for stages that cannot do without it; `task` ends `Cannot …`. */
export function needSampleRate(frame: DataFrame, task: string): number {
  const rate = sampleRateOf(frame);
  if (rate !== undefined) return rate;
  const is = "sample_rate" in frame.metadata ? String(frame.metadata.sample_rate) : "missing";
  throw new RangeError(`Cannot ${task}: sample_rate in the frame's metadata is ${is}, not a number above zero`);
}

/**
 * What a stage remembers between frames, for each channel on its own. A channel that is missing from a frame is
 * forgotten and begins anew when it comes back; so does every channel when the sample rate changes.
 */
export class ChannelStates<State> {
  readonly #create: (sampleRate: number | undefined) => State;
  #states = new Map<string, State>();
  #rate: number | undefined;

  /** States are made by `create` when a channel is first seen. */
  constructor(create: (sampleRate: number | undefined) => State) {
    this.#create = create;
  }

  /** Looks at a frame before its channels are worked on. */
  follow(frame: DataFrame): void {
    const rate = sampleRateOf(frame);
    if (rate !== this.#rate) this.#states.clear();
    this.#rate = rate;
    for (const channel of this.#states.keys()) if (!frame.payload.has(channel)) this.#states.delete(channel);
  }

  /** The state of one channel. */
  of(channel: string): State {
    let state = this.#states.get(channel);
    if (state === undefined) this.#states.set(channel, state = this.#create(this.#rate));
    return state;
  }

  /** All channels that are remembered, in the order in which they came. */
  entries(): IterableIterator<[string, State]> {
    return this.#states.entries();
  }

  /** Forgets everything. */
  clear(): void {
    this.#states.clear();
    this.#rate = undefined;
  }
}
