import type { ObservedRun, ObservedTimeline } from "../../telemetry/mod.ts";
import { envelope, type EnvelopeWindow, Kept, type Points } from "./envelope.ts";
import { isPlace, numbersAt, sampleRateOf, type Step } from "./field_path.ts";
import type { Budget } from "./run_times.ts";

/** Points of a run that are kept when a whole recording is shown, all runs together. */
const SUMMARY_POINTS = 2 ** 18;
/** Points that are kept as they are, for a part that somebody looks at closely. */
const RAW_POINTS = 2 ** 20;

/** What of a series is known. */
export interface SeriesPart {
  readonly points: Float64Array;
  /** 0 to 1: how much of what is looked at has been read. */
  readonly done: number;
  /** Frames that have no number there, or do not decode. */
  readonly problems: number;
}

interface Run {
  /** Its lowest and highest points. */
  readonly summary: Points;
  readonly points: number;
  readonly problems: number;
}

/**
 * The numbers at one or two paths in the values of a channel. Each run is decoded once and kept as a few points; who looks at a
 * short part gets all its points. What there is no budget for is left out, and told.
 */
export class FieldSeries {
  readonly #timeline: ObservedTimeline;
  readonly #channel: string;
  readonly #paths: readonly (readonly Step[])[];
  readonly #baseNs: bigint;
  readonly #width: 2 | 3;
  readonly #runs = new Map<string, Run>();
  readonly #raw = new Map<string, Points>();
  #rawCount = 0;

  /** Times count from `baseNs`. Two paths make a track: latitude and longitude. */
  constructor(
    timeline: ObservedTimeline,
    { channel, paths, baseNs }: {
      readonly channel: string;
      readonly paths: readonly (readonly Step[])[];
      readonly baseNs: bigint;
    },
  ) {
    [this.#timeline, this.#channel, this.#paths, this.#baseNs] = [timeline, channel, paths, baseNs];
    this.#width = paths.length === 2 ? 3 : 2;
  }

  /** At most two points a column of the window, as far as there is a budget to read them. */
  part(window: EnvelopeWindow, budget: Budget): SeriesPart {
    const all = this.#timeline.runs(this.#channel);
    const runs = all.filter(({ firstNs, lastNs }) =>
      Number(lastNs - this.#baseNs) >= window.fromNs && Number(firstNs - this.#baseNs) < window.toNs
    );
    const most = Math.max(16, Math.floor(SUMMARY_POINTS / Math.max(1, all.length)));
    for (const i of coarseToFine(runs.length)) this.#read(runs[i]!, { budget, most, keepRaw: runs.length <= 24 });
    const known = runs.flatMap((run) => this.#runs.get(keyOf(run)) ?? []);
    const count = known.reduce((sum, { points }) => sum + points, 0);
    const isClose = count <= RAW_POINTS / 2;
    const parts = runs.flatMap((run): readonly Points[] => {
      const kept = this.#runs.get(keyOf(run));
      if (kept === undefined) return [];
      // What is shown closely is read again, if it was not kept.
      if (isClose && kept.points > kept.summary.data.length / this.#width && runs.length <= 24) {
        return [this.#rawOf(run, budget) ?? kept.summary];
      }
      return [kept.summary];
    });
    return {
      points: envelope(parts, window),
      done: runs.length === 0 ? 1 : known.length / runs.length,
      problems: known.reduce((sum, { problems }) => sum + problems, 0),
    };
  }

  #read(run: ObservedRun, { budget, most, keepRaw }: { budget: Budget; most: number; keepRaw: boolean }): void {
    const key = keyOf(run);
    if (this.#runs.has(key) || !budget.take(run.bytes)) return;
    const { points, problems } = this.#extract(run);
    const [fromNs, toNs] = [Number(run.firstNs - this.#baseNs), Number(run.lastNs - this.#baseNs) + 1e12];
    const count = points.data.length / points.width;
    const summary = count <= most ? points : {
      width: points.width,
      data: envelope([points], { fromNs, toNs: this.#lastOf(points, toNs), columns: Math.floor(most / 2) }),
    };
    this.#runs.set(key, { summary, points: count, problems });
    if (keepRaw && summary !== points) this.#keep(key, points);
  }

  #lastOf({ data, width }: Points, or: number): number {
    return data.length === 0 ? or : data[data.length - width]! + 1;
  }

  #rawOf(run: ObservedRun, budget: Budget): Points | undefined {
    const key = keyOf(run);
    const known = this.#raw.get(key);
    if (known !== undefined || !budget.take(run.bytes)) return known;
    const { points } = this.#extract(run);
    this.#keep(key, points);
    return points;
  }

  #keep(key: string, points: Points): void {
    this.#raw.set(key, points);
    this.#rawCount += points.data.length / points.width;
    for (const [oldest, { data, width }] of this.#raw) {
      if (this.#rawCount <= RAW_POINTS || oldest === key) break;
      this.#raw.delete(oldest);
      this.#rawCount -= data.length / width;
    }
  }

  #extract(run: ObservedRun): { readonly points: Points; readonly problems: number } {
    const kept = new Kept(this.#width);
    let problems = 0;
    try {
      const frames = run.read();
      frames.forEach(({ timeNs, data }, i) => {
        const next = frames[i + 1]?.timeNs ?? timeNs + (timeNs - (frames[i - 1]?.timeNs ?? timeNs));
        const time = Number(timeNs - this.#baseNs);
        if (!this.#add(kept, data, { time, spanNs: Number(next - timeNs) })) problems++;
      });
    } catch {
      problems += run.frames;
    }
    return { points: { width: this.#width, data: kept.take() }, problems };
  }

  #add(kept: Kept, data: Uint8Array, { time, spanNs }: { readonly time: number; readonly spanNs: number }): boolean {
    try {
      const value = this.#timeline.decode(this.#channel, data);
      const [first, second] = this.#paths.map((path) => numbersAt(value, path));
      if (this.#width === 3) {
        if (!isPlace(first, second)) return false;
        kept.add([time, first as number, second as number], 0);
      } else if (typeof first === "object") addSamples(kept, first, { time, spanNs, rate: sampleRateOf(value) });
      else if (isFinite(first)) kept.add([time, first], 0);
      else return false;
      return true;
    } catch {
      return false;
    }
  }
}

/** What is known of the times of samples, in nanoseconds. */
export interface SampleTimes {
  /** Of the first. */
  readonly time: number;
  /** Up to the next frame. */
  readonly spanNs: number;
  /** Samples a second, where the frame says it. */
  readonly rate: number | undefined;
}

/** Keeps the samples of a frame, as numbers. */
export function addSamples(kept: Pick<Kept, "add">, samples: ArrayLike<number | bigint>, times: SampleTimes): void {
  eachSample(samples, (time, value) => kept.add([time, Number(value)], 0), times);
}

/** Samples of a frame, one after the other: at their rate, or up to the next frame. Large whole numbers are as they are. */
export function eachSample(
  samples: ArrayLike<number | bigint>,
  take: (time: number, value: number | bigint) => void,
  { time, spanNs, rate }: SampleTimes,
): void {
  const step = rate === undefined ? spanNs / Math.max(1, samples.length) : 1e9 / rate;
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    if (typeof value === "bigint" || Number.isFinite(value)) take(time + i * step, value);
  }
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function keyOf({ firstFrame, frames }: ObservedRun): string {
  return `${firstFrame} ${frames}`;
}

/** 0, the middle, the quarters, …: whatever was read, it is spread over all of it. */
function* coarseToFine(count: number): Iterable<number> {
  const seen = new Uint8Array(count);
  for (let step = 2 ** Math.ceil(Math.log2(Math.max(1, count))); step >= 1; step /= 2) {
    for (let i = 0; i < count; i += step) if (seen[i]!++ === 0) yield i;
  }
}
