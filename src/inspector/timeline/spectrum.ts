import { TinmanError } from "../../errors/mod.ts";
import { builtinStages, createFrame, type DataFrame, type Stage, type StageContext } from "../../pipeline/mod.ts";
import { numbersAt, sampleRateOf, type Step } from "./field_path.ts";

/** Samples of one frame that are looked at. */
const MAX_SAMPLES = 2 ** 18;

/** The power of each frequency in a frame. */
export interface Spectrum {
  /** Decibels, the loudest of the bins that a column stands for, from 0 Hz up. */
  readonly decibels: Float64Array;
  /** The highest frequency: in Hz where the rate is known, else in cycles a sample. */
  readonly top: number;
  /** Samples a second, where the frame says it. */
  readonly rate: number | undefined;
  /** How many samples it is of. */
  readonly samples: number;
}

/** Makes spectra, with the stage that a pipeline has for it. */
export function createSpectra(): (
  value: unknown,
  options: { readonly path: readonly Step[]; readonly columns: number },
) => Spectrum {
  const type = builtinStages.find(({ type }) => type === "PowerSpectrum")!;
  const defaults = Object.fromEntries(Object.entries(type.parameters).map(([name, each]) => [name, each.default]));
  const context = { pool: { take: (length: number) => new Float64Array(length) } } as unknown as StageContext;
  // It does no more than that: it keeps no state and gives nothing by itself.
  const stage = type.create({ ...defaults, window: "hann", decibels: true }, context) as Stage;
  return (value, { path, columns }) => {
    const found = numbersAt(value, path);
    if (typeof found !== "object" || found.length < 2) {
      throw new TinmanError("USAGE", "Cannot make a spectrum: there are no samples at this path", { argument: "path" });
    }
    const samples = Float64Array.from(
      { length: Math.min(found.length, MAX_SAMPLES) },
      (_, i) => Number(found[i]),
    );
    const odd = samples.findIndex((each) => !Number.isFinite(each));
    if (odd >= 0) {
      throw new TinmanError("USAGE", `Cannot make a spectrum: sample ${odd} is ${samples[odd]}`, { argument: "path" });
    }
    const rate = sampleRateOf(value);
    const made = stage.process(createFrame({ payload: samples }), "in") as DataFrame;
    const [bins] = made.payload.values();
    return { decibels: loudest(bins!, columns), top: (rate ?? 1) / 2, rate, samples: samples.length };
  };
}

function loudest(bins: Float64Array, columns: number): Float64Array {
  if (bins.length <= columns) return bins;
  const kept = new Float64Array(columns).fill(-Infinity);
  bins.forEach((value, i) => {
    const column = Math.floor(i / bins.length * columns);
    if (value > kept[column]!) kept[column] = value;
  });
  return kept;
}
