/** The arithmetic of the chain and the fan-out, the same for tinman and for its peers. */

/** How frames flow: through five stages, or from one source to four ends. */
export type Shape = "5 stages" | "1→4";

/** The sample `i` of frame `n` is known, so that a sum tells whether all came through. */
export function fill(samples: Float64Array, n: number): void {
  for (let i = 0; i < samples.length; i++) samples[i] = (n + i) & 1023;
}

/** The stages in the middle of the chain: what they do with each sample. */
export const steps: readonly ((from: Float64Array, to: Float64Array) => void)[] = [
  (from, to) => {
    for (let i = 0; i < from.length; i++) to[i] = from[i]! * 2;
  },
  (from, to) => {
    for (let i = 0; i < from.length; i++) to[i] = from[i]! + 1;
  },
  (from, to) => {
    for (let i = 0; i < from.length; i++) to[i] = from[i]! * 0.5;
  },
];

/** The end of the chain: adds up all samples. */
export class Total {
  frames = 0;
  sum = 0;

  /** Takes one frame. */
  add(samples: Float64Array): void {
    let sum = 0;
    for (let i = 0; i < samples.length; i++) sum += samples[i]!;
    this.sum += sum;
    this.frames++;
  }

  /** Fails unless all frames arrived at all ends, each with its own samples. */
  check(shape: Shape, { frames, samples }: { readonly frames: number; readonly samples: number }): void {
    const copies = shape === "1→4" ? 4 : 1;
    let expected = 0;
    for (let n = 0; n < 1024; n++) {
      const times = Math.floor(frames / 1024) + (n < frames % 1024 ? 1 : 0);
      for (let i = 0; i < samples; i++) expected += times * ((n + i) & 1023);
    }
    if (shape === "5 stages") expected += frames * samples * 0.5;
    if (this.frames === frames * copies && Math.abs(this.sum / (expected * copies) - 1) < 1e-9) return;
    throw new Error(
      `Cannot trust this measurement: ${this.frames} of ${frames * copies} frames arrived, sum ${this.sum} not ${
        expected * copies
      }`,
    );
  }
}
