import type { DataFrame } from "../frame.ts";
import { defineStage, type FramePool, type Stage, type StageType } from "../stage.ts";
import { sampleRateOf } from "./_channels.ts";

const MAX_INPUTS = 8;
const names = Array.from({ length: MAX_INPUTS }, (_, i) => `in${i + 1}`);

interface MixerConfig {
  readonly inputs: number;
  readonly gains: readonly number[];
  readonly pair: "sequence" | "order";
  readonly max_pending: number;
}

/**
 * The sum of up to eight inputs, channel by channel. Frames of equal sequence id belong together (or, in order, the n-th
 * of each); an input that has none counts as silence, as does what a shorter frame has not.
 */
export const mixer: StageType = defineStage({
  type: "Mixer",
  title: "The sum of several inputs",
  category: "math",
  inputs: names,
  parameters: {
    inputs: { type: "integer", title: "How many inputs are in use: in1, in2, …", default: 2, min: 1, max: MAX_INPUTS },
    gains: { type: "numbers", title: "Factor for each input; 1 where there is none", default: [] },
    pair: {
      type: "choice",
      title: "Which frames belong together: those of one sequence id, or the n-th of each",
      default: "sequence",
      choices: ["sequence", "order"],
    },
    max_pending: { type: "integer", title: "Frames an input may be ahead", default: 64, min: 1, max: 65_536 },
  },
  create: (config, { pool }) => new Mixer(config as unknown as MixerConfig, pool),
});

class Mixer implements Stage {
  readonly #config: MixerConfig;
  readonly #pool: FramePool;
  readonly #pending: DataFrame[][];

  constructor(config: MixerConfig, pool: FramePool) {
    [this.#config, this.#pool] = [config, pool];
    this.#pending = names.slice(0, config.inputs).map(() => []);
  }

  process(frame: DataFrame, input: string): readonly DataFrame[] {
    // With one input in use there is nothing to tell apart.
    const index = input === "in" && this.#config.inputs === 1 ? 0 : names.indexOf(input);
    const queue = this.#pending[index];
    if (queue === undefined) {
      throw new RangeError(
        `Cannot mix ${input}: inputs is ${this.#config.inputs}, so ${names[this.#config.inputs - 1]} is the last`,
      );
    }
    if (queue.length >= this.#config.max_pending) {
      const late = names[this.#pending.findIndex((each) => each.length === 0)];
      throw new RangeError(
        `Cannot mix ${input}: it is ${queue.length} frames ahead of ${late}, max_pending is reached`,
      );
    }
    // The arrays of a frame go back to the pool when we return.
    queue.push(this.#pending.length === 1 ? frame : copyOf(frame));
    const mixed: DataFrame[] = [];
    while (this.#pending.every((each) => each.length > 0)) mixed.push(this.#mixNext());
    return mixed;
  }

  end(): readonly DataFrame[] {
    const mixed: DataFrame[] = [];
    while (this.#pending.some((each) => each.length > 0)) mixed.push(this.#mixNext());
    return mixed;
  }

  reset(): void {
    for (const queue of this.#pending) queue.length = 0;
  }

  #mixNext(): DataFrame {
    const heads = this.#pending.map((queue) => queue[0]?.sequenceId ?? Infinity);
    const first = Math.min(...heads);
    const isDue = (i: number) => this.#config.pair === "order" || heads[i] === first;
    const parts = this.#pending.map((queue, i) => isDue(i) ? queue.shift() : undefined);
    return this.#sum(parts);
  }

  #sum(parts: readonly (DataFrame | undefined)[]): DataFrame {
    const present = parts.filter((part) => part !== undefined);
    const { timestampUs, sequenceId } = present[0]!;
    checkRates(present);
    const lengths = new Map<string, number>();
    for (const { payload } of present) {
      for (const [name, { length }] of payload) lengths.set(name, Math.max(lengths.get(name) ?? 0, length));
    }
    const payload = new Map([...lengths].map(([name, length]) => [name, this.#pool.take(length).fill(0)]));
    for (const [i, part] of parts.entries()) {
      const factor = this.#config.gains[i] ?? 1;
      for (const [name, samples] of part?.payload ?? []) addTo(payload.get(name)!, samples, factor);
    }
    return { timestampUs, sequenceId, payload, metadata: mergeMetadata(present) };
  }
}

function addTo(sum: Float64Array, samples: Float64Array, factor: number): void {
  for (let i = 0; i < samples.length; i++) sum[i] = sum[i]! + samples[i]! * factor;
}

function checkRates(frames: readonly DataFrame[]): void {
  const rates = [...new Set(frames.map(sampleRateOf).filter((rate) => rate !== undefined))];
  if (rates.length > 1) {
    throw new RangeError(`Cannot mix frames of ${rates.join(" Hz and ")} Hz: put a Resample before`);
  }
}

function copyOf(frame: DataFrame): DataFrame {
  return { ...frame, payload: new Map([...frame.payload].map(([name, samples]) => [name, samples.slice()])) };
}

// Where inputs differ, the first of them counts.
function mergeMetadata(frames: readonly DataFrame[]): Readonly<Record<string, unknown>> {
  return Object.assign({}, ...frames.map(({ metadata }) => metadata).reverse());
}
