import { TinmanError } from "../../errors/mod.ts";
import { defineStage, type StageType } from "../stage.ts";
import { ChannelStates, mapChannels, needSampleRate } from "./_channels.ts";
import { type WindowKind, windowKinds, windowWeights } from "./_windows.ts";

const kinds = ["lowpass", "highpass", "bandpass", "bandstop"] as const;

/** What {@linkcode designFir} takes. */
export interface FirDesign {
  readonly kind: typeof kinds[number];
  /** How many taps; odd ones for `highpass` and `bandstop`. */
  readonly length: number;
  /** Cut-off, or the lower edge of a band, in Hz. */
  readonly frequency: number;
  /** The upper edge of a band, in Hz. */
  readonly upper: number;
  readonly window: WindowKind;
}

/**
 * A filter of finite length: with your taps, or designed as a windowed sinc, whose delay is (length - 1)/2 samples at
 * every frequency. Its memory goes on from frame to frame.
 */
export const fir: StageType = defineStage({
  type: "FIR",
  title: "A filter of finite length and linear phase",
  category: "filter",
  parameters: {
    taps: { type: "numbers", title: "Taps of your own; none: a design", default: [] },
    kind: { type: "choice", title: "What the design does to a spectrum", default: "lowpass", choices: kinds },
    length: { type: "integer", title: "How many taps the design has", default: 101, min: 1, max: 8191 },
    frequency: { type: "number", title: "Cut-off or lower edge", default: 1000, min: 0, max: 1e12, unit: "Hz" },
    upper: { type: "number", title: "Upper edge of a band", default: 2000, min: 0, max: 1e12, unit: "Hz" },
    window: { type: "choice", title: "Weights of the design", default: "hamming", choices: windowKinds },
  },
  create(config, { pool }) {
    const own = Float64Array.from(config.taps as readonly number[]);
    const design = config as unknown as FirDesign;
    checkDesign(own.length > 0 ? { ...design, kind: "lowpass" } : design);
    const create = (rate: number | undefined) => {
      const taps = own.length > 0 ? own : designFir(design, rate!);
      return { taps, before: new Float64Array(taps.length - 1) };
    };
    const states = new ChannelStates(create);
    const filter = (input: Float64Array, output: Float64Array, channel: string) => {
      const { taps, before } = states.of(channel);
      convolve(before, input, taps, output);
      if (input.length >= before.length) before.set(input.subarray(input.length - before.length));
      else {
        before.copyWithin(0, input.length);
        before.set(input, before.length - input.length);
      }
    };
    return {
      process(frame) {
        if (own.length === 0 && frame.payload.size > 0) needSampleRate(frame, "design a filter");
        states.follow(frame);
        return mapChannels(frame, pool, filter);
      },
      reset: () => states.clear(),
    };
  },
});

/** Taps of a windowed sinc, scaled so that the middle of what passes (0 Hz, the centre, half the rate) has gain 1. */
export function designFir(design: FirDesign, sampleRate: number): Float64Array {
  const { kind, length, frequency, upper, window } = design;
  const isBand = kind === "bandpass" || kind === "bandstop";
  for (const edge of isBand ? [frequency, upper] : [frequency]) {
    if (edge > 0 && edge < sampleRate / 2) continue;
    throw new RangeError(
      `Cannot filter at ${edge} Hz: it has to be between 0 and ${sampleRate / 2} Hz, half the sample rate`,
    );
  }
  const middle = (length - 1) / 2;
  const [low, high] = [frequency / sampleRate, isBand ? upper / sampleRate : 0];
  const weights = windowWeights(window, length, { periodic: false });
  const sinc = (cycles: number, t: number) => t === 0 ? 2 * cycles : Math.sin(2 * Math.PI * cycles * t) / (Math.PI * t);
  const taps = weights.map((weight, i) =>
    weight * (isBand ? sinc(high, i - middle) - sinc(low, i - middle) : sinc(low, i - middle))
  );
  const centre = kind === "bandpass" ? (low + high) / 2 : 0;
  // At 0 Hz a band pass has no gain to scale by: bandstop is one minus a pass band whose own middle is 1.
  const gain = gainAt(taps, kind === "bandstop" ? (low + high) / 2 : centre);
  const passing = taps.map((tap) => tap / gain);
  if (kind === "lowpass" || kind === "bandpass") return passing;
  const stopping = passing.map((tap) => -tap);
  stopping[middle] = 1 - passing[middle]!;
  return stopping;
}

function checkDesign({ kind, length, frequency, upper }: FirDesign): void {
  const isStop = kind === "highpass" || kind === "bandstop";
  if (isStop && length % 2 === 0) {
    throw new TinmanError("CONFIG", `Cannot design a ${kind} of ${length} taps: an even number has no middle`, {
      path: "length",
      hint: `take ${length + 1}`,
    });
  }
  if ((kind === "bandpass" || kind === "bandstop") && upper <= frequency) {
    throw new TinmanError(
      "CONFIG",
      `Cannot design a ${kind} from ${frequency} to ${upper} Hz: upper has to be above frequency`,
      {
        path: "upper",
      },
    );
  }
}

// The taps are symmetric, so their gain is real once their delay is taken out.
function gainAt(taps: Float64Array, cycles: number): number {
  const middle = (taps.length - 1) / 2;
  return taps.reduce((sum, tap, i) => sum + tap * Math.cos(2 * Math.PI * cycles * (i - middle)), 0);
}

function convolve(before: Float64Array, input: Float64Array, taps: Float64Array, output: Float64Array): void {
  const order = before.length;
  for (let i = 0; i < input.length; i++) {
    let sum = 0;
    const inside = Math.min(i, order);
    for (let k = 0; k <= inside; k++) sum += taps[k]! * input[i - k]!;
    for (let k = inside + 1; k <= order; k++) sum += taps[k]! * before[order + i - k]!;
    output[i] = sum;
  }
}
