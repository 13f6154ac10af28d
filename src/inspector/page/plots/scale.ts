/** The lowest and the highest value of a field. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A little more than values take, and never so little that numbers of that size cannot be told apart. */
export function rangeAround(low: number, high: number): Range {
  // The difference of two large numbers may be more than a number can be.
  const room = high > low ? high * 0.05 - low * 0.05 : Math.max(0.5, Math.abs(low) * 1e-12);
  return { from: Math.max(-Number.MAX_VALUE, low - room), to: Math.min(Number.MAX_VALUE, high + room) };
}

/** Where a value is in a range: 0 at its beginning, 1 at its end. */
export function placeIn({ from, to }: Range, value: number): number {
  const length = to - from;
  return Number.isFinite(length) ? (value - from) / length : (value / 2 - from / 2) / (to / 2 - from / 2);
}

/** Round values in a range, about `most` of them, and the step between them. */
export function marksIn({ from, to }: Range, most: number): { readonly step: number; readonly values: number[] } {
  const least = to / most - from / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least) ?? power * 10;
  const first = Math.ceil(from / step);
  const values: number[] = [];
  // Counted, since a number above 2^53 does not grow by adding one.
  for (let i = 0; i <= most + 1; i++) {
    const value = (first + i) * step;
    if (value >= from && value <= to && value !== values.at(-1)) values.push(value);
  }
  return { step, values };
}
