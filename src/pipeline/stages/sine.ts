import { defineStage, type StageType } from "../stage.ts";
import { GeneratedFrames, type GeneratorConfig, generatorParameters } from "./_source.ts";

/** Samples that are turned by a table from one exact phase; the next run begins with its own. */
const RUN = 256;

interface SineConfig extends GeneratorConfig {
  readonly frequency: number;
  readonly phase: number;
}

/** A sine wave; one frame a trigger, and the next one goes on where it ended. */
export const sineGenerator: StageType = defineStage({
  type: "SineGenerator",
  title: "A sine wave that goes on from frame to frame",
  category: "source",
  inputs: [],
  parameters: {
    frequency: { type: "number", title: "Frequency", default: 440, min: 0, max: 1e12, unit: "Hz" },
    ...generatorParameters,
    phase: { type: "number", title: "Where the wave begins", default: 0, unit: "rad" },
  },
  updates: ["frequency", "amplitude"],
  create(config, { pool, log }) {
    const sine = config as unknown as SineConfig;
    const { sample_rate, phase } = sine;
    const frames = new GeneratedFrames(sine, pool);
    let { frequency, amplitude } = sine;
    let shift = phase;
    let cos: Float64Array;
    let sin: Float64Array;
    const angleOf = (sample: number) => 2 * Math.PI * (exactRemainder(frequency, sample, sample_rate) / sample_rate);
    const tune = () => {
      if (frequency > sample_rate / 2) {
        log.warn(`frequency ${frequency} Hz is above half the sample rate and comes out as a lower one`);
      }
      const turns = Float64Array.from({ length: RUN }, (_, i) => angleOf(i));
      [cos, sin] = [turns.map(Math.cos), turns.map(Math.sin)];
    };
    tune();
    const fill = (samples: Float64Array, at: number) => {
      for (let start = 0; start < samples.length; start += RUN) {
        const angle = angleOf(at + start) + shift;
        const [s, c] = [amplitude * Math.sin(angle), amplitude * Math.cos(angle)];
        const end = Math.min(samples.length, start + RUN);
        // sin(a + b) = sin a cos b + cos a sin b: a tenth of the work of a sine each.
        for (let i = start, k = 0; i < end; i++, k++) samples[i] = s * cos[k]! + c * sin[k]!;
      }
    };
    return {
      process: (trigger) => frames.next(trigger, fill),
      update(next) {
        const angle = angleOf(frames.at) + shift;
        ({ frequency, amplitude } = next as unknown as SineConfig);
        tune();
        // The new wave begins at the angle at which the old one ends: no seam.
        shift = (angle - angleOf(frames.at)) % (2 * Math.PI);
      },
      reset() {
        frames.reset();
        shift = phase;
      },
    };
  },
});

/**
 * `(value * times) % modulus` without any rounding before the end, so that the phase is as good after a year as at the
 * start. Numbers are fractions of a power of two, so both are whole after enough doublings.
 */
export function exactRemainder(value: number, times: number, modulus: number): number {
  // So little moves no phase by anything that a number could show.
  if (value < 1e-30) return 0;
  // Up to 2^53 products of whole numbers are exact as they are.
  if (Number.isInteger(value) && Number.isInteger(modulus) && value * times <= Number.MAX_SAFE_INTEGER) {
    return value * times % modulus;
  }
  let scale = 1;
  while (!Number.isInteger(value * scale) || !Number.isInteger(modulus * scale)) scale *= 2;
  return Number(BigInt(value * scale) * BigInt(times) % BigInt(modulus * scale)) / scale;
}
