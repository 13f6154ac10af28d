import { type DataFrame, MAIN_CHANNEL } from "../frame.ts";
import type { FramePool, Parameter } from "../stage.ts";

/** Most samples in one frame of one channel. */
export const MAX_FRAME_SIZE = 16_777_216;

/** What every generator can be configured with. */
export const generatorParameters = {
  sample_rate: { type: "number", title: "Samples per second", default: 48_000, min: 1e-6, max: 1e12, unit: "Hz" },
  frame_size: { type: "integer", title: "Samples in a frame", default: 1024, min: 1, max: MAX_FRAME_SIZE },
  amplitude: { type: "number", title: "Greatest value", default: 1 },
  channel: { type: "text", title: "Name of the channel", default: MAIN_CHANNEL },
} satisfies Record<string, Parameter>;

/** The values of {@linkcode generatorParameters}. */
export interface GeneratorConfig {
  readonly sample_rate: number;
  readonly frame_size: number;
  readonly amplitude: number;
  readonly channel: string;
}

/**
 * Frames of a source, one a trigger. The time of a frame is that of the first trigger and the samples since, so that it
 * never drifts from the samples.
 */
export class GeneratedFrames {
  readonly #config: GeneratorConfig;
  readonly #pool: FramePool;
  #startUs = 0;
  #sequenceId = 0;

  constructor(config: GeneratorConfig, pool: FramePool) {
    [this.#config, this.#pool] = [config, pool];
  }

  /** The next frame; `fill` writes all of its samples, the first of which is the `at`-th of the source. */
  next(trigger: DataFrame, fill: (samples: Float64Array, at: number) => void): DataFrame {
    const { sample_rate, frame_size, channel } = this.#config;
    if (this.#sequenceId === 0) this.#startUs = trigger.timestampUs;
    const at = this.#sequenceId * frame_size;
    const samples = this.#pool.take(frame_size);
    fill(samples, at);
    return {
      timestampUs: this.#startUs + Math.round(at / sample_rate * 1e6),
      sequenceId: this.#sequenceId++,
      payload: new Map([[channel, samples]]),
      metadata: { ...trigger.metadata, sample_rate },
    };
  }

  /** How many samples there were. */
  get at(): number {
    return this.#sequenceId * this.#config.frame_size;
  }

  /** Begins anew. */
  reset(): void {
    this.#sequenceId = 0;
  }
}
