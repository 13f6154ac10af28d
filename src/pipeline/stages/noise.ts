import type { Random } from "../../random/mod.ts";
import { defineStage, type StageType } from "../stage.ts";
import { GeneratedFrames, type GeneratorConfig, generatorParameters } from "./_source.ts";

const kinds = ["uniform", "gaussian", "pink"] as const;

interface NoiseConfig extends GeneratorConfig {
  readonly kind: typeof kinds[number];
}

/** Noise, drawn from the run's chance, so that a replay draws the same. */
export const noiseGenerator: StageType = defineStage({
  type: "NoiseGenerator",
  title: "Noise: uniform, gaussian or pink",
  category: "source",
  inputs: [],
  parameters: {
    kind: {
      type: "choice",
      title: "uniform: from -amplitude to amplitude; gaussian: amplitude is the deviation; pink: falls 3 dB an octave",
      default: "uniform",
      choices: kinds,
    },
    ...generatorParameters,
  },
  create(config, { pool, random }) {
    const noise = config as unknown as NoiseConfig;
    const frames = new GeneratedFrames(noise, pool);
    const draw = { uniform, gaussian, pink }[noise.kind](random);
    const fill = (samples: Float64Array) => {
      for (let i = 0; i < samples.length; i++) samples[i] = noise.amplitude * draw();
    };
    return { process: (trigger) => frames.next(trigger, fill) };
  },
});

function uniform(random: Random): () => number {
  return () => 2 * random.next() - 1;
}

// Box and Muller 1958: two at a time.
function gaussian(random: Random): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const given = spare;
      spare = undefined;
      return given;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    const angle = 2 * Math.PI * random.next();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

// Voss and McCartney: sixteen numbers, the k-th drawn anew every 2^k samples.
function pink(random: Random): () => number {
  const white = uniform(random);
  const rows = Float64Array.from({ length: 16 }, white);
  let count = 0;
  return () => {
    count = (count + 1) & 0xffff;
    rows[count === 0 ? 15 : 31 - Math.clz32(count & -count)] = white();
    let sum = white();
    for (let k = 0; k < rows.length; k++) sum += rows[k]!;
    return sum / 17;
  };
}
