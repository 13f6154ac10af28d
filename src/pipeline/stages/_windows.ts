/** Weights as sums of cosines: a0 - a1 cos x + a2 cos 2x - … (Harris 1978; Heinzel, Rüdiger, Schilling 2002). */
const coefficients = {
  rectangular: [1],
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  blackman_harris: [0.35875, 0.48829, 0.14128, 0.01168],
  flat_top: [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368],
} as const;

/** The shape of a window. */
export type WindowKind = keyof typeof coefficients;

/** All shapes. */
export const windowKinds = Object.keys(coefficients) as readonly WindowKind[];

/** `length` weights. Periodic ones (one period of the cosines) are for spectra, symmetric ones for filters. */
export function windowWeights(kind: WindowKind, length: number, { periodic = true } = {}): Float64Array {
  const period = periodic ? length : length - 1;
  const weight = (i: number) => {
    let sum = 0;
    for (const [k, a] of coefficients[kind].entries()) {
      sum += (k % 2 === 0 ? a : -a) * Math.cos(2 * Math.PI * k * i / period);
    }
    return sum;
  };
  // A window of one sample has no period.
  return Float64Array.from({ length }, (_, i) => length === 1 ? 1 : weight(i));
}
