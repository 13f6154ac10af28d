import type { DataFrame } from "../frame.ts";
import { defineStage, type Parameter, type StageType } from "../stage.ts";
import { sampleRateOf, withPayload } from "./_channels.ts";
import { binsOf, createRealFft, MAX_FFT_SIZE, type RealFft } from "./_fft.ts";

/** `size` of stages that transform a frame. */
export const sizeParameter: Parameter = {
  type: "integer",
  title: "Samples a transform takes, cut or filled with zeros; 0: as long as the frame is",
  default: 0,
  min: 0,
  max: MAX_FFT_SIZE,
};

/**
 * The spectrum of each frame: a channel `x` becomes `x.re` and `x.im` with size/2 + 1 bins, not scaled. Sizes that are
 * no power of two work as well. The metadata says `fft_size` and, where the sample rate is known, `bin_hz`.
 */
export const fft: StageType = defineStage({
  type: "FFT",
  title: "The spectrum of each frame",
  category: "analysis",
  parameters: { size: sizeParameter },
  create(config, { pool }) {
    const transforms = createTransforms();
    return {
      process(frame) {
        const size = transformSize(frame, config.size as number);
        const payload = new Map<string, Float64Array>();
        for (const [channel, samples] of frame.payload) {
          const [re, im] = [pool.take(size === 0 ? 0 : binsOf(size)), pool.take(size === 0 ? 0 : binsOf(size))];
          if (size > 0) transforms.of(size).forward(fitted(samples, size), re, im);
          payload.set(`${channel}.re`, re).set(`${channel}.im`, im);
        }
        return withPayload(frame, payload, spectrumMetadata(frame, size));
      },
      reset() {},
    };
  },
});

/** The samples of each spectrum: undoes {@linkcode fft}. */
export const inverseFft: StageType = defineStage({
  type: "InverseFFT",
  title: "The samples of each spectrum",
  category: "analysis",
  parameters: {},
  create(_config, { pool }) {
    const transforms = createTransforms();
    return {
      process(frame) {
        const payload = new Map<string, Float64Array>();
        for (const [name, re] of frame.payload) {
          if (name.endsWith(".im") && frame.payload.has(`${name.slice(0, -3)}.re`)) continue;
          const channel = name.slice(0, -3);
          const im = frame.payload.get(`${channel}.im`);
          if (!name.endsWith(".re") || im?.length !== re.length) {
            throw new RangeError(`Cannot invert ${name}: a spectrum is two channels of one length, x.re and x.im`);
          }
          const size = sizeOf(frame, re.length);
          const samples = pool.take(size);
          if (size > 0) transforms.of(size).inverse(re, im, samples);
          payload.set(channel, samples);
        }
        const { fft_size: _size, bin_hz: _hz, ...metadata } = frame.metadata;
        return { ...withPayload(frame, payload), metadata };
      },
      reset() {},
    };
  },
});

/** Prepared transforms for the last few sizes. */
export function createTransforms(): { of(size: number): RealFft } {
  const prepared = new Map<number, RealFft>();
  return {
    of(size) {
      let found = prepared.get(size);
      if (found === undefined) {
        if (prepared.size >= 4) prepared.clear();
        prepared.set(size, found = createRealFft(size));
      }
      return found;
    },
  };
}

/** The size of the transform for a frame whose channels agree, or `wanted`. */
export function transformSize(frame: DataFrame, wanted: number): number {
  if (wanted > 0) return wanted;
  const lengths = [...new Set([...frame.payload.values()].map(({ length }) => length))];
  if (lengths.length > 1) {
    throw new RangeError(`Cannot transform channels of ${lengths.join(" and ")} samples at once: set size`);
  }
  return lengths[0] ?? 0;
}

/** What a frame of spectra says about itself. */
export function spectrumMetadata(frame: DataFrame, size: number): Record<string, unknown> {
  const rate = sampleRateOf(frame);
  return { fft_size: size, ...(rate !== undefined && size > 0 && { bin_hz: rate / size }) };
}

/** `samples`, cut or filled with zeros to `size`. */
export function fitted(samples: Float64Array, size: number): Float64Array {
  if (samples.length >= size) return samples.subarray(0, size);
  const filled = new Float64Array(size);
  filled.set(samples);
  return filled;
}

// The number of bins does not say whether the size was even, the metadata does.
function sizeOf(frame: DataFrame, bins: number): number {
  const said = frame.metadata.fft_size;
  if (typeof said === "number" && Number.isInteger(said) && said > 0 && binsOf(said) === bins) return said;
  return bins === 0 ? 0 : Math.max(1, 2 * (bins - 1));
}
