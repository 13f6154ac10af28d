import { TinmanError } from "../../errors/mod.ts";
import { defineStage, type StageType } from "../stage.ts";
import { GeneratedFrames, type GeneratorConfig, generatorParameters } from "./_source.ts";

/** How a chirp goes; see the parameters of `Chirp`. */
export interface ChirpDesign {
  readonly kind: "linear" | "exponential";
  readonly from: number;
  readonly to: number;
  readonly duration: number;
  readonly repeat: boolean;
  readonly sample_rate: number;
}

/** A sine whose frequency goes from one value to another, and then begins again or stays. The phase never jumps. */
export const chirp: StageType = defineStage({
  type: "Chirp",
  title: "A sine whose frequency goes from one value to another",
  category: "source",
  inputs: [],
  parameters: {
    from: { type: "number", title: "Frequency at the start", default: 20, min: 0, max: 1e12, unit: "Hz" },
    to: { type: "number", title: "Frequency at the end", default: 20_000, min: 0, max: 1e12, unit: "Hz" },
    duration: { type: "number", title: "How long that takes", default: 1, min: 1e-6, max: 1e6, unit: "s" },
    kind: { type: "choice", title: "Hz a second, or octaves", default: "linear", choices: ["linear", "exponential"] },
    repeat: { type: "boolean", title: "Whether it begins again; else it stays at the end", default: true },
    ...generatorParameters,
  },
  create(config, { pool }) {
    const design = config as unknown as ChirpDesign & GeneratorConfig;
    if (design.kind === "exponential" && !(design.from > 0 && design.to > 0)) {
      throw new TinmanError("CONFIG", "Cannot make an exponential chirp from or to 0 Hz: both have to be above", {
        path: design.from > 0 ? "to" : "from",
      });
    }
    const frames = new GeneratedFrames(design, pool);
    const fill = (samples: Float64Array, at: number) => {
      for (let i = 0; i < samples.length; i++) {
        const cycles = chirpCycles(design, at + i);
        samples[i] = design.amplitude * Math.sin(2 * Math.PI * (cycles - Math.floor(cycles)));
      }
    };
    return { process: (trigger) => frames.next(trigger, fill), reset: () => frames.reset() };
  },
});

/** How many cycles a chirp has made at a sample; their growth is the frequency. Whole ones of past sweeps are left out. */
export function chirpCycles(design: ChirpDesign, sample: number): number {
  const { to, duration, repeat, sample_rate } = design;
  // Counted in samples: where a sweep takes a whole number of them, this is exact for ever.
  const period = duration * sample_rate;
  const sweeps = Math.floor(sample / period);
  if (sweeps === 0) return cyclesWithin(design, sample / sample_rate);
  const whole = cyclesWithin(design, duration);
  if (!repeat) return whole + to * (sample - period) / sample_rate;
  return sweeps * (whole % 1) + cyclesWithin(design, (sample - sweeps * period) / sample_rate);
}

function cyclesWithin({ kind, from, to, duration }: ChirpDesign, seconds: number): number {
  if (kind === "linear" || from === to) return from * seconds + (to - from) * seconds * seconds / (2 * duration);
  const octaves = Math.log(to / from);
  return from * duration * Math.expm1(octaves * seconds / duration) / octaves;
}
