import type { DataFrame } from "../frame.ts";
import { defineStage, type FramePool, type Stage, type StageType } from "../stage.ts";
import { ChannelStates, needSampleRate, withPayload } from "./_channels.ts";
import { Resampler, ResamplerDesign } from "./_resampler.ts";

/** Furthest apart that two rates may be: samples of one for a sample of the other. */
const MAX_RATIO = 1024;

interface ResampleConfig {
  readonly sample_rate: number;
  readonly quality: number;
}

/**
 * The same signal at another sample rate. What the new rate cannot hold is taken away by 100 dB. Each frame gives one
 * frame; it lacks the samples for which the next ones count, and its time is that of its first sample.
 */
export const resample: StageType = defineStage({
  type: "Resample",
  title: "The same signal at another sample rate",
  category: "timing",
  parameters: {
    sample_rate: {
      type: "number",
      title: "Samples per second to give",
      default: 48_000,
      min: 1e-6,
      max: 1e12,
      unit: "Hz",
    },
    quality: {
      type: "integer",
      title: "Samples that count on either side; more: steeper",
      default: 64,
      min: 8,
      max: 512,
    },
  },
  create: (config, { pool }) => new ResampleStage(config as unknown as ResampleConfig, pool),
});

class ResampleStage implements Stage {
  readonly #config: ResampleConfig;
  readonly #pool: FramePool;
  readonly #states: ChannelStates<Resampler>;
  #design: ResamplerDesign | undefined;
  #rate = 0;
  /** The last frame without its samples, which are not ours when we return. */
  #last: DataFrame | undefined;
  #longest = 0;

  constructor(config: ResampleConfig, pool: FramePool) {
    [this.#config, this.#pool] = [config, pool];
    this.#states = new ChannelStates(() => new Resampler(this.#design!));
  }

  process(frame: DataFrame): DataFrame {
    if (frame.payload.size === 0) return frame;
    const from = needSampleRate(frame, "resample");
    const to = this.#config.sample_rate;
    if (from > to * MAX_RATIO || to > from * MAX_RATIO) {
      throw new RangeError(`Cannot resample ${from} Hz to ${to} Hz: one is more than ${MAX_RATIO} times the other`);
    }
    if (from !== this.#rate) this.#design = new ResamplerDesign({ from, to, quality: this.#config.quality });
    this.#rate = from;
    this.#states.follow(frame);
    this.#last = { ...frame, payload: new Map() };
    this.#longest = Math.max(...[...frame.payload.values()].map(({ length }) => length));
    return this.#give(frame, frame.payload);
  }

  end(): DataFrame | undefined {
    const last = this.#last;
    if (last === undefined || this.#design === undefined) return undefined;
    // Silence after the last sample, as far as it counts.
    const silence = new Float64Array(this.#design.half);
    const payload = new Map([...this.#states.entries()].map(([channel]) => [channel, silence]));
    const timestampUs = last.timestampUs + Math.round(this.#longest / this.#rate * 1e6);
    const rest = this.#give({ ...last, timestampUs, sequenceId: last.sequenceId + 1 }, payload);
    this.reset();
    return [...rest.payload.values()].some(({ length }) => length > 0) ? rest : undefined;
  }

  reset(): void {
    this.#states.clear();
    this.#last = undefined;
  }

  #give(frame: DataFrame, input: ReadonlyMap<string, Float64Array>): DataFrame {
    const payload = new Map<string, Float64Array>();
    let pending: number | undefined;
    for (const [channel, samples] of input) {
      const resampler = this.#states.of(channel);
      pending ??= resampler.pending;
      const output = this.#pool.take(resampler.push(samples));
      resampler.take(output);
      payload.set(channel, output);
    }
    const timestampUs = frame.timestampUs - Math.round((pending ?? 0) / this.#rate * 1e6);
    return withPayload({ ...frame, timestampUs }, payload, { sample_rate: this.#config.sample_rate });
  }
}
