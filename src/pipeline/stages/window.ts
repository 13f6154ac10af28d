import { TinmanError } from "../../errors/mod.ts";
import type { DataFrame } from "../frame.ts";
import { defineStage, type FramePool, type Stage, type StageType } from "../stage.ts";
import { ChannelStates, mapChannels, needSampleRate } from "./_channels.ts";
import { MAX_FRAME_SIZE } from "./_source.ts";
import { type WindowKind, windowKinds, windowWeights } from "./_windows.ts";

interface WindowConfig {
  readonly kind: WindowKind;
  readonly size: number;
  readonly hop: number;
  readonly symmetric: boolean;
}

/**
 * Weights each frame so that it fades in and out, for spectra. With a size it first cuts the samples into frames of that
 * size, one every `hop` samples, whatever the frames were before.
 */
export const window: StageType = defineStage({
  type: "Window",
  title: "Frames of one size that fade in and out",
  category: "analysis",
  parameters: {
    kind: { type: "choice", title: "Shape", default: "hann", choices: windowKinds },
    size: { type: "integer", title: "Samples in a frame; 0: as it comes", default: 0, min: 0, max: MAX_FRAME_SIZE },
    hop: {
      type: "integer",
      title: "Samples from one frame to the next; 0: size",
      default: 0,
      min: 0,
      max: MAX_FRAME_SIZE,
    },
    symmetric: { type: "boolean", title: "Whether the last weight equals the first", default: false },
  },
  create(config, { pool }) {
    const { kind, size, hop, symmetric } = config as unknown as WindowConfig;
    if (hop > size) {
      throw new TinmanError(
        "CONFIG",
        `Cannot take a frame every ${hop} samples: size is ${size}, the rest would be lost`,
        { path: "hop" },
      );
    }
    let weights: Float64Array = new Float64Array(0);
    const weigh = (input: Float64Array, output: Float64Array) => {
      if (weights.length !== input.length) weights = windowWeights(kind, input.length, { periodic: !symmetric });
      for (let i = 0; i < input.length; i++) output[i] = input[i]! * weights[i]!;
    };
    if (size === 0) return { process: (frame) => mapChannels(frame, pool, weigh), reset() {} };
    return new Reframer({ size, hop: hop || size, weigh, pool });
  },
});

/** What {@linkcode Reframer} needs. */
interface ReframerOptions {
  readonly size: number;
  readonly hop: number;
  readonly weigh: (input: Float64Array, output: Float64Array) => void;
  readonly pool: FramePool;
}

class Reframer implements Stage {
  readonly #options: ReframerOptions;
  readonly #states = new ChannelStates<{ pending: Float64Array }>(() => ({ pending: new Float64Array(0) }));
  #channels = "";
  #sequenceId = 0;

  constructor(options: ReframerOptions) {
    this.#options = options;
  }

  process(frame: DataFrame): readonly DataFrame[] {
    if (frame.payload.size === 0) return [];
    const { size, hop, weigh, pool } = this.#options;
    const usPerSample = 1e6 / needSampleRate(frame, "cut frames to one size");
    this.#follow(frame);
    const joined = new Map(
      [...frame.payload].map(([name, samples]) => [name, join(this.#states.of(name).pending, samples)]),
    );
    const lengths = [...new Set([...joined.values()].map(({ length }) => length))];
    if (lengths.length > 1) {
      throw new RangeError("Cannot cut frames to one size: their channels are not of one length");
    }
    const before = this.#states.of(frame.payload.keys().next().value!).pending.length;
    const frames: DataFrame[] = [];
    let at = 0;
    for (; at + size <= lengths[0]!; at += hop) {
      const payload = new Map<string, Float64Array>();
      for (const [name, samples] of joined) {
        const output = pool.take(size);
        weigh(samples.subarray(at, at + size), output);
        payload.set(name, output);
      }
      const timestampUs = frame.timestampUs + Math.round((at - before) * usPerSample);
      frames.push({ timestampUs, sequenceId: this.#sequenceId++, payload, metadata: frame.metadata });
    }
    for (const [name, samples] of joined) this.#states.of(name).pending = samples.slice(at);
    return frames;
  }

  reset(): void {
    this.#states.clear();
    this.#channels = "";
    this.#sequenceId = 0;
  }

  // Channels are cut together, so all begin anew when one comes or goes.
  #follow(frame: DataFrame): void {
    const channels = JSON.stringify([...frame.payload.keys()]);
    if (channels !== this.#channels) this.#states.clear();
    this.#channels = channels;
    this.#states.follow(frame);
  }
}

function join(before: Float64Array, samples: Float64Array): Float64Array {
  if (before.length === 0) return samples;
  const all = new Float64Array(before.length + samples.length);
  all.set(before);
  all.set(samples, before.length);
  return all;
}
