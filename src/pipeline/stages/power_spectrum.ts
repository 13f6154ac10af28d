import { defineStage, type StageType } from "../stage.ts";
import { needSampleRate, withPayload } from "./_channels.ts";
import { binsOf } from "./_fft.ts";
import { type WindowKind, windowKinds, windowWeights } from "./_windows.ts";
import { createTransforms, fitted, sizeParameter, spectrumMetadata, transformSize } from "./fft.ts";

/**
 * The one-sided power of each frequency in a frame. With scaling `power`, a sine of amplitude A has a bin of A²/2, and
 * without a window all bins add up to the mean square of the samples (Parseval); `density` is per Hz.
 */
export const powerSpectrum: StageType = defineStage({
  type: "PowerSpectrum",
  title: "The power of each frequency",
  category: "analysis",
  parameters: {
    size: sizeParameter,
    window: { type: "choice", title: "Weights of the samples", default: "rectangular", choices: windowKinds },
    scaling: { type: "choice", title: "Power of a bin, or per Hz", default: "power", choices: ["power", "density"] },
    decibels: { type: "boolean", title: "Whether to give 10 log10 of it", default: false },
  },
  create(config, { pool }) {
    const transforms = createTransforms();
    let [sum, squares] = [0, 0];
    let weights: Float64Array = new Float64Array(0);
    let [weighted, re, im] = [weights, weights, weights];
    return {
      process(frame) {
        const size = transformSize(frame, config.size as number);
        if (size === 0) return withPayload(frame, new Map([...frame.payload].map(([name]) => [name, pool.take(0)])));
        const transform = transforms.of(size);
        if (weights.length !== size) {
          weights = windowWeights(config.window as WindowKind, size);
          sum = weights.reduce((total, each) => total + each, 0);
          squares = weights.reduce((total, each) => total + each * each, 0);
          [weighted, re, im] = [new Float64Array(size), new Float64Array(binsOf(size)), new Float64Array(binsOf(size))];
        }
        const scale = config.scaling === "power"
          ? 1 / (sum * sum)
          : 1 / (squares * needSampleRate(frame, "give power per Hz"));
        const payload = new Map<string, Float64Array>();
        for (const [channel, samples] of frame.payload) {
          const power = pool.take(binsOf(size));
          const input = fitted(samples, size);
          for (let i = 0; i < size; i++) weighted[i] = input[i]! * weights[i]!;
          transform.forward(weighted, re, im);
          for (let k = 0; k < power.length; k++) {
            // A bin stands for its mirror image, too, except for the ones that are their own.
            const twice = k === 0 || 2 * k === size ? scale : 2 * scale;
            power[k] = (re[k]! * re[k]! + im[k]! * im[k]!) * twice;
            if (config.decibels) power[k] = 10 * Math.log10(power[k]!);
          }
          payload.set(channel, power);
        }
        return withPayload(frame, payload, spectrumMetadata(frame, size));
      },
      reset() {},
    };
  },
});
