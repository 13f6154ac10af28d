import FFT from "fft.js";
import { createRealFft } from "../../src/pipeline/stages/_fft.ts";
import { type PartMaker, perSecond, type Row } from "./harness.ts";

/** The transform of real numbers beside the library for it. 1000 is no power of two, for which the library has nothing. */
export const fftParts: readonly PartMaker[] = [64, 1000, 1024, 4096, 65_536].map(createPart);

const DEFINITION = "half of the sum in its definition";

function createPart(size: number): PartMaker {
  return ({ scale }) => {
    const times = Math.ceil(20e6 / size / Math.log2(size) * scale) + 1;
    const input = Float64Array.from({ length: size }, (_, i) => Math.sin(i) + Math.cos(3 * i));
    const isPower = (size & (size - 1)) === 0;
    const row: Row = {
      work: `FFT of ${size.toLocaleString("en-US")} real numbers`,
      ours: "tinman",
      unit: "per second",
    };
    const next = 2 ** Math.ceil(Math.log2(size));
    return {
      cases: [
        { name: "tinman", run: ours(input, times) },
        isPower
          ? { name: "fft.js", run: library(input, times) }
          : { name: `fft.js, ${next} numbers`, run: library(new Float64Array(next), times) },
        ...size === 1000 ? [{ name: DEFINITION, run: definition(input, Math.ceil(times / 50)) }] : [],
      ],
      rows: [
        { ...row, peer: isPower ? "fft.js" : `fft.js, ${next} numbers`, ...(isPower && { floor: { ratio: 0.9 } }) },
        ...size === 1000 ? [{ ...row, peer: DEFINITION }] : [],
      ],
    };
  };
}

function ours(input: Float64Array, times: number): () => Promise<number> {
  const fft = createRealFft(input.length);
  const [re, im] = [new Float64Array(input.length / 2 + 1), new Float64Array(input.length / 2 + 1)];
  return () =>
    perSecond(times, () => {
      for (let i = 0; i < times; i++) fft.forward(input, re, im);
      look(re[1]! + im[1]!);
    });
}

/** Which gives real and imaginary parts in turns, and leaves the second half to `completeSpectrum()`. */
function library(input: Float64Array, times: number): () => Promise<number> {
  const fft = new FFT(input.length);
  const output = fft.createComplexArray();
  return () =>
    perSecond(times, () => {
      for (let i = 0; i < times; i++) fft.realTransform(output, input);
      look(output[2]! + output[3]!);
    });
}

function definition(input: Float64Array, times: number): () => Promise<number> {
  const size = input.length;
  const table = Float64Array.from({ length: size }, (_, i) => Math.cos(2 * Math.PI * i / size));
  return () =>
    perSecond(times, () => {
      let sum = 0;
      for (let i = 0; i < times; i++) {
        for (let k = 0; k <= size / 2; k++) {
          for (let n = 0, at = 0; n < size; n++, at = (at + k) % size) sum += input[n]! * table[at]!;
        }
      }
      look(sum);
    });
}

function look(value: number): void {
  if (Number.isNaN(value)) throw new Error("Cannot trust this measurement: the spectrum is no number");
}
