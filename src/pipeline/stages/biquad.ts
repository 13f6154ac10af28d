import { defineStage, type StageType } from "../stage.ts";
import { ChannelStates, mapChannels, needSampleRate } from "./_channels.ts";

/** What a biquad does to a spectrum. */
export type BiquadKind = typeof kinds[number];

const kinds = ["lowpass", "highpass", "bandpass", "notch", "allpass", "peak", "lowshelf", "highshelf"] as const;

/** What {@linkcode biquadCoefficients} takes. */
export interface BiquadDesign {
  readonly kind: BiquadKind;
  /** Cut-off or centre, in Hz. */
  readonly frequency: number;
  /** Quality; 0.7071 is flat. */
  readonly q: number;
  /** For `peak` and the shelves. */
  readonly gain_db: number;
}

/** y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2] */
export interface BiquadCoefficients {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/** A filter of second order; its memory goes on from frame to frame. */
export const biquad: StageType = defineStage({
  type: "Biquad",
  title: "A filter of second order",
  category: "filter",
  parameters: {
    kind: { type: "choice", title: "What it does to a spectrum", default: "lowpass", choices: kinds },
    frequency: { type: "number", title: "Cut-off or centre", default: 1000, min: 0, max: 1e12, unit: "Hz" },
    q: { type: "number", title: "Quality; 0.7071 is flat", default: Math.SQRT1_2, min: 1e-3, max: 1e4 },
    gain_db: { type: "number", title: "For peak and shelves", default: 0, min: -200, max: 200, unit: "dB" },
  },
  create(config, { pool }) {
    const design = config as unknown as BiquadDesign;
    const states = new ChannelStates((rate) => ({ ...biquadCoefficients(design, rate!), z1: 0, z2: 0 }));
    const filter = (input: Float64Array, output: Float64Array, channel: string) => {
      const state = states.of(channel);
      const { b0, b1, b2, a1, a2 } = state;
      let { z1, z2 } = state;
      // Direct form II, transposed.
      for (let i = 0; i < input.length; i++) {
        const x = input[i]!;
        const y = b0 * x + z1;
        z1 = b1 * x - a1 * y + z2;
        z2 = b2 * x - a2 * y;
        output[i] = y;
      }
      // What is no number would stay in the memory for ever: the next frame begins anew.
      [state.z1, state.z2] = Number.isFinite(z1) && Number.isFinite(z2) ? [z1, z2] : [0, 0];
    };
    return {
      process(frame) {
        if (frame.payload.size > 0) needSampleRate(frame, "filter");
        states.follow(frame);
        return mapChannels(frame, pool, filter);
      },
      reset: () => states.clear(),
    };
  },
});

/** Coefficients after R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients"; a0 is 1. */
export function biquadCoefficients(design: BiquadDesign, sampleRate: number): BiquadCoefficients {
  const { kind, frequency, q, gain_db } = design;
  if (!(frequency > 0 && frequency < sampleRate / 2)) {
    throw new RangeError(
      `Cannot filter at ${frequency} Hz: it has to be between 0 and ${sampleRate / 2} Hz, half the sample rate`,
    );
  }
  const w = 2 * Math.PI * frequency / sampleRate;
  const [cos, alpha, a] = [Math.cos(w), Math.sin(w) / (2 * q), 10 ** (gain_db / 40)];
  const over = (a0: number, b0: number, b1: number, b2: number, a1: number, a2: number): BiquadCoefficients => ({
    b0: b0 / a0,
    b1: b1 / a0,
    b2: b2 / a0,
    a1: a1 / a0,
    a2: a2 / a0,
  });
  const plain = (b0: number, b1: number, b2: number) => over(1 + alpha, b0, b1, b2, -2 * cos, 1 - alpha);
  const shelf = (sign: 1 | -1) => {
    const [up, down, root] = [a + 1, (a - 1) * sign, 2 * Math.sqrt(a) * alpha];
    return over(
      up + down * cos + root,
      a * (up - down * cos + root),
      2 * a * sign * (a - 1 - sign * up * cos),
      a * (up - down * cos - root),
      -2 * sign * (a - 1 + sign * up * cos),
      up + down * cos - root,
    );
  };
  switch (kind) {
    case "lowpass":
      return plain((1 - cos) / 2, 1 - cos, (1 - cos) / 2);
    case "highpass":
      return plain((1 + cos) / 2, -1 - cos, (1 + cos) / 2);
    case "bandpass":
      return plain(alpha, 0, -alpha);
    case "notch":
      return plain(1, -2 * cos, 1);
    case "allpass":
      return plain(1 - alpha, -2 * cos, 1 + alpha);
    case "peak":
      return over(1 + alpha / a, 1 + alpha * a, -2 * cos, 1 - alpha * a, -2 * cos, 1 - alpha / a);
    case "lowshelf":
      return shelf(1);
    case "highshelf":
      return shelf(-1);
  }
}
