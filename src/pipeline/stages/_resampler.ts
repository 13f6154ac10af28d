/** Distance of what would alias, in dB, and the shape of the Kaiser window that gives it. */
const ATTENUATION_DB = 100;
const BETA = 0.1102 * (ATTENUATION_DB - 8.7);

/** Most different positions of an output sample between two input samples. */
const MAX_PHASES = 65_536;

/**
 * Weights to go from one rate to another: for each position between two samples a windowed sinc (Smith, "Digital Audio
 * Resampling"; window by Kaiser 1974). They are made when first asked for, and shared by all channels.
 */
export class ResamplerDesign {
  /** An output sample comes every `step / phases` input samples. */
  readonly step: number;
  readonly phases: number;
  /** Input samples that count on either side of an output sample. */
  readonly half: number;
  readonly #cutoff: number;
  readonly #rows: (Float64Array | undefined)[] = [];

  constructor({ from, to, quality }: { readonly from: number; readonly to: number; readonly quality: number }) {
    [this.phases, this.step] = ratioOf(to, from);
    const narrower = Math.min(1, to / from);
    this.half = Math.ceil(quality / narrower);
    const transition = (ATTENUATION_DB - 8) / (2.285 * 2 * Math.PI * 2 * this.half);
    this.#cutoff = narrower / 2 - transition / 2;
  }

  /** The weights of input samples `1 - half` to `half` around a position of `phase / phases`; they add up to 1. */
  row(phase: number): Float64Array {
    const made = this.#rows[phase];
    if (made !== undefined) return made;
    const row = new Float64Array(2 * this.half);
    let sum = 0;
    for (let k = 0; k < row.length; k++) {
      const t = phase / this.phases - (k + 1 - this.half);
      const sinc = t === 0 ? 2 * this.#cutoff : Math.sin(2 * Math.PI * this.#cutoff * t) / (Math.PI * t);
      sum += row[k] = sinc * bessel(BETA * Math.sqrt(Math.max(0, 1 - (t / this.half) ** 2)));
    }
    return this.#rows[phase] = row.map((each) => each / sum);
  }
}

/** One channel on its way to another rate. Samples come out when all that count for them are there. */
export class Resampler {
  readonly #design: ResamplerDesign;
  #buffer: Float64Array;
  /** Where the next output sample lies: `#at` samples into the buffer, and `#phase / phases` more. */
  #at: number;
  #phase = 0;

  constructor(design: ResamplerDesign) {
    this.#design = design;
    // Silence before the first sample.
    this.#buffer = new Float64Array(design.half);
    this.#at = design.half;
  }

  /** How many input samples lie between the next output sample and the next input sample. */
  get pending(): number {
    return this.#buffer.length - this.#at - this.#phase / this.#design.phases;
  }

  /** Takes samples; returns how many come out. */
  push(samples: Float64Array): number {
    const { half, phases, step } = this.#design;
    // What lies too far back counts no more.
    const keep = Math.min(this.#buffer.length, Math.max(0, this.#at - half));
    const joined = new Float64Array(this.#buffer.length - keep + samples.length);
    joined.set(this.#buffer.subarray(keep));
    joined.set(samples, this.#buffer.length - keep);
    [this.#buffer, this.#at] = [joined, this.#at - keep];
    const room = (joined.length - half - this.#at) * phases - this.#phase;
    return Math.max(0, Math.ceil(room / step));
  }

  /** Writes the samples that `push` said, all of them. */
  take(output: Float64Array): void {
    const { half, phases, step } = this.#design;
    for (let i = 0; i < output.length; i++) {
      const row = this.#design.row(this.#phase);
      const first = this.#at + 1 - half;
      let sum = 0;
      for (let k = 0; k < row.length; k++) sum += row[k]! * this.#buffer[first + k]!;
      output[i] = sum;
      this.#phase += step;
      const whole = Math.floor(this.#phase / phases);
      this.#at += whole;
      this.#phase -= whole * phases;
    }
  }
}

// The ratio of two rates as whole numbers without a common factor; rates may have up to six decimals.
function ratioOf(to: number, from: number): [number, number] {
  for (let scale = 1; scale <= 1e6; scale *= 10) {
    const [a, b] = [to * scale, from * scale];
    if (Math.abs(a - Math.round(a)) > 1e-9 * a || Math.abs(b - Math.round(b)) > 1e-9 * b) continue;
    const common = greatestDivisor(Math.round(a), Math.round(b));
    const [phases, step] = [Math.round(a) / common, Math.round(b) / common];
    if (phases <= MAX_PHASES && step <= Number.MAX_SAFE_INTEGER / MAX_PHASES) return [phases, step];
  }
  throw new RangeError(`Cannot resample ${from} Hz to ${to} Hz: their ratio takes more than ${MAX_PHASES} phases`);
}

function greatestDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

// Modified Bessel function of the first kind, order 0: its power series.
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
