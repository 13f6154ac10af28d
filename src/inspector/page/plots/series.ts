/// <reference lib="dom" />
import type { View } from "../page.ts";
import { fetchLive } from "../time/recording.ts";

/** A curve: a path in the values of a channel. */
export interface SeriesName {
  readonly channel: string;
  readonly path: string;
}

/** What is known of a curve. */
export interface Series extends SeriesName {
  /** Times in nanoseconds from the beginning, and values, in turns. */
  points: Float64Array;
  /** 0 to 1: how much of it was read. */
  done: number;
  problems: number;
}

/** Its name for people. */
export function titleOf({ channel, path }: SeriesName): string {
  return path === "" ? channel : `${channel} · ${path}`;
}

/** Asks for a part of a curve; more of it is read each time, until it is done. */
export async function fetchSeries(
  view: View,
  { channel, path, path2 }: SeriesName & { readonly path2?: string },
  part: { readonly from?: bigint; readonly to?: bigint; readonly columns: number },
): Promise<
  { readonly points: Float64Array; readonly done: number; readonly problems: number; readonly baseNs: bigint }
> {
  const { json, bytes } = await fetchLive(view, "plot", { channel, path, path2, ...part });
  const { done, problems, baseNs } = json as { done: number; problems: number; baseNs: string };
  return { points: numbersOf(bytes), done, problems, baseNs: BigInt(baseNs) };
}

/** Float64 behind the JSON of a message. */
export function numbersOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.slice().buffer);
}

/** Points behind others, without those that are older than `fromNs`. */
export function append(points: Float64Array, more: Float64Array, { fromNs, width = 2 }: {
  readonly fromNs: number;
  readonly width?: number;
}): Float64Array {
  let first = 0;
  // One older point stays: the line comes from somewhere.
  while (first + width < points.length && points[first + width]! < fromNs) first += width;
  const joined = new Float64Array(points.length - first + more.length);
  joined.set(points.subarray(first));
  joined.set(more, points.length - first);
  return joined;
}

/** The lowest and the highest value in a stretch of time. */
export function rangeOf(
  points: Float64Array,
  { fromNs, toNs }: { readonly fromNs: number; readonly toNs: number },
): { readonly low: number; readonly high: number } | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    if (points[i]! < fromNs || points[i]! > toNs) continue;
    const value = points[i + 1]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? undefined : { low, high };
}

/** The value of the last point at or before a time. */
export function valueAt(points: Float64Array, ns: number): number | undefined {
  let [low, high] = [0, points.length / 2];
  while (low < high) {
    const middle = low + high >> 1;
    if (points[middle * 2]! <= ns) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : points[low * 2 - 1];
}

/** Values that stand beside each other, with as many digits as tell them apart. */
export function apart(values: readonly (number | undefined)[]): string[] {
  const different = new Set(values).size;
  for (let digits = 5;; digits++) {
    const texts = values.map((value) => number(value, digits));
    // More than 17 no number has.
    if (digits === 17 || new Set(texts).size >= different) return texts;
  }
}

/** A value for people: as many digits as help, or as are wanted. */
export function number(value: number | undefined, digits = 5): string {
  if (value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e12) return value.toLocaleString("en-US");
  return size >= 1e6 || size < 1e-4
    ? value.toExponential(digits - 1)
    : `${Number(value.toPrecision(Math.max(7, digits)))}`;
}
