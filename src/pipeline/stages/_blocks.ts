import type { DataFrame } from "../frame.ts";
import type { FramePool, Stage } from "../stage.ts";
import { ChannelStates, sampleRateOf, withPayload } from "./_channels.ts";

/** What is made from a block of samples that follow each other. */
export interface BlockKernel<Sum> {
  /** How many numbers a block becomes. */
  readonly perBlock: number;
  /** A block without samples. */
  begin(): Sum;
  /** Adds `samples[from]` up to, not including, `samples[to]`. */
  add(sum: Sum, samples: Float64Array, from: number, to: number): void;
  /** Writes what `count` samples came to into `output`, from `at` on. */
  write(sum: Sum, count: number, output: Float64Array, at: number): void;
}

/** Options of {@linkcode createBlockStage}. */
export interface BlockOptions<Sum> {
  /** Samples in a block; 0: each frame is one. */
  readonly size: number;
  readonly kernel: BlockKernel<Sum>;
  readonly pool: FramePool;
}

/**
 * A stage that makes a few numbers from each block of samples. Blocks go over the borders of frames; a frame is given
 * when a block is full, with the time of its first sample. The last block may be a short one.
 */
export function createBlockStage<Sum>(options: BlockOptions<Sum>): Stage {
  const { size, kernel, pool } = options;
  return size > 0 ? new BlockStage(options) : { process: (frame) => wholeFrame(frame, kernel, pool), reset() {} };
}

function wholeFrame<Sum>(frame: DataFrame, kernel: BlockKernel<Sum>, pool: FramePool): DataFrame {
  const payload = new Map<string, Float64Array>();
  for (const [channel, samples] of frame.payload) {
    const output = pool.take(samples.length === 0 ? 0 : kernel.perBlock);
    const sum = kernel.begin();
    kernel.add(sum, samples, 0, samples.length);
    if (samples.length > 0) kernel.write(sum, samples.length, output, 0);
    payload.set(channel, output);
  }
  const length = Math.max(0, ...[...frame.payload.values()].map((samples) => samples.length));
  return withPayload(frame, payload, rateOver(frame, length / kernel.perBlock));
}

class BlockStage<Sum> implements Stage {
  readonly #options: BlockOptions<Sum>;
  readonly #states: ChannelStates<{ sum: Sum; count: number }>;
  #last: DataFrame | undefined;
  #sequenceId = 0;

  constructor(options: BlockOptions<Sum>) {
    this.#options = options;
    this.#states = new ChannelStates(() => ({ sum: options.kernel.begin(), count: 0 }));
  }

  process(frame: DataFrame): DataFrame | undefined {
    this.#states.follow(frame);
    const before = this.#pending(frame);
    const payload = new Map<string, Float64Array>();
    for (const [channel, samples] of frame.payload) payload.set(channel, this.#blocksOf(channel, samples));
    this.#last = withPayload({ ...frame, timestampUs: this.#timeOf(frame, longestOf(frame)) }, new Map());
    return [...payload.values()].some(({ length }) => length > 0) ? this.#give(frame, payload, before) : undefined;
  }

  end(): DataFrame | undefined {
    if (this.#last === undefined) return undefined;
    const { kernel, pool } = this.#options;
    const payload = new Map<string, Float64Array>();
    let most = 0;
    for (const [channel, state] of this.#states.entries()) {
      const output = pool.take(state.count === 0 ? 0 : kernel.perBlock);
      if (state.count > 0) kernel.write(state.sum, state.count, output, 0);
      payload.set(channel, output);
      most = Math.max(most, state.count);
      [state.sum, state.count] = [kernel.begin(), 0];
    }
    return most === 0 ? undefined : this.#give(this.#last, payload, most);
  }

  reset(): void {
    this.#states.clear();
    this.#last = undefined;
    this.#sequenceId = 0;
  }

  #blocksOf(channel: string, samples: Float64Array): Float64Array {
    const { size, kernel, pool } = this.#options;
    const state = this.#states.of(channel);
    const output = pool.take(Math.floor((state.count + samples.length) / size) * kernel.perBlock);
    let written = 0;
    for (let from = 0; from < samples.length;) {
      const to = Math.min(samples.length, from + size - state.count);
      kernel.add(state.sum, samples, from, to);
      state.count += to - from;
      from = to;
      if (state.count < size) continue;
      kernel.write(state.sum, size, output, written);
      written += kernel.perBlock;
      [state.sum, state.count] = [kernel.begin(), 0];
    }
    return output;
  }

  // Samples of the block that was begun by frames before; all channels have as many, unless they come and go.
  #pending(frame: DataFrame): number {
    const [first] = frame.payload.keys();
    return first === undefined ? 0 : this.#states.of(first).count;
  }

  #give(frame: DataFrame, payload: Map<string, Float64Array>, before: number): DataFrame {
    const { size, kernel } = this.#options;
    const timed = { ...frame, timestampUs: this.#timeOf(frame, -before), sequenceId: this.#sequenceId++ };
    return withPayload(timed, payload, rateOver(frame, size / kernel.perBlock));
  }

  #timeOf(frame: DataFrame, samples: number): number {
    const rate = sampleRateOf(frame);
    return frame.timestampUs + (rate === undefined ? 0 : Math.round(samples / rate * 1e6));
  }
}

function longestOf(frame: DataFrame): number {
  return Math.max(0, ...[...frame.payload.values()].map(({ length }) => length));
}

function rateOver(frame: DataFrame, factor: number): Record<string, unknown> | undefined {
  const rate = sampleRateOf(frame);
  return rate === undefined || factor === 0 ? undefined : { sample_rate: rate / factor };
}
