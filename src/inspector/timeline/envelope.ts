/** Points, `width` numbers each: a time in nanoseconds, and one or two values. */
export interface Points {
  readonly width: 2 | 3;
  readonly data: Float64Array;
}

/** Which points are wanted, and how many at most: two for each column. */
export interface EnvelopeWindow {
  readonly fromNs: number;
  readonly toNs: number;
  readonly columns: number;
}

/**
 * The lowest and the highest point of each column, in the order of time, so that a line through them looks as one through all
 * (the first step of M4, Jugel et al. 2014); one point on either side stays, so that the line goes on to the edge. Points with
 * two values are thinned out evenly. All of them, where there are not more.
 */
export function envelope(parts: readonly Points[], { fromNs, toNs, columns }: EnvelopeWindow): Float64Array {
  const width = parts[0]?.width ?? 2;
  let [count, before, after] = [0, undefined, undefined] as [number, number[] | undefined, number[] | undefined];
  for (const { data } of parts) {
    for (let i = 0; i < data.length; i += width) {
      const time = data[i]!;
      if (time < fromNs) before = at(data, i, width);
      else if (time >= toNs) after ??= at(data, i, width);
      else count++;
    }
  }
  const kept = new Kept(width);
  if (before !== undefined) kept.add(before, 0);
  if (count <= columns * 2) {
    each(parts, width, (data, i) => data[i]! >= fromNs && data[i]! < toNs && kept.add(data, i));
  } else if (width === 3) {
    const stride = count / (columns * 2);
    let [n, next] = [0, 0];
    each(parts, width, (data, i) => {
      if (data[i]! < fromNs || data[i]! >= toNs || n++ < next) return;
      next += stride;
      kept.add(data, i);
    });
  } else extremes(parts, { fromNs, toNs, columns }, kept);
  if (after !== undefined) kept.add(after, 0);
  return kept.take();
}

function extremes(parts: readonly Points[], { fromNs, toNs, columns }: EnvelopeWindow, kept: Kept): void {
  const perNs = columns / (toNs - fromNs);
  const low = new Float64Array(columns).fill(Infinity);
  const high = new Float64Array(columns).fill(-Infinity);
  const [lowAt, highAt] = [new Float64Array(columns), new Float64Array(columns)];
  each(parts, 2, (data, i) => {
    const [time, value] = [data[i]!, data[i + 1]!];
    const column = Math.floor((time - fromNs) * perNs);
    if (column < 0 || column >= columns) return;
    if (value < low[column]!) [low[column], lowAt[column]] = [value, time];
    if (value > high[column]!) [high[column], highAt[column]] = [value, time];
  });
  for (let column = 0; column < columns; column++) {
    if (low[column] === Infinity) continue;
    const points = [[lowAt[column]!, low[column]!], [highAt[column]!, high[column]!]] as const;
    const [first, second] = points[0][0] <= points[1][0] ? points : [points[1], points[0]];
    kept.add(first, 0);
    if (second[0] !== first[0]) kept.add(second, 0);
  }
}

function each(parts: readonly Points[], width: number, take: (data: Float64Array, i: number) => void): void {
  for (const { data } of parts) for (let i = 0; i < data.length; i += width) take(data, i);
}

function at(data: Float64Array, i: number, width: number): number[] {
  return Array.from(data.subarray(i, i + width));
}

/** Numbers that grow. */
export class Kept {
  readonly #width: number;
  #data = new Float64Array(1024);
  #length = 0;

  /** Points of `width` numbers. */
  constructor(width: number) {
    this.#width = width;
  }

  /** Adds the point that begins at `i`. */
  add(data: ArrayLike<number>, i: number): void {
    if (this.#length + this.#width > this.#data.length) {
      const larger = new Float64Array(this.#data.length * 2);
      larger.set(this.#data);
      this.#data = larger;
    }
    for (let k = 0; k < this.#width; k++) this.#data[this.#length++] = data[i + k]!;
  }

  /** All of them. */
  take(): Float64Array {
    return this.#data.slice(0, this.#length);
  }
}
