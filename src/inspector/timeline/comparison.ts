import type { ObservedFrame, ObservedTimeline } from "../../telemetry/mod.ts";
import type { Budget } from "./run_times.ts";

/** A place where two recordings differ: `changed` both have frames there, `missing` the first alone, `extra` the other alone. */
export interface Difference {
  readonly kind: "changed" | "missing" | "extra";
  /** The number of the first frame in the one, and in the other. */
  readonly a: number;
  readonly b: number;
  /** How many frames. */
  readonly frames: number;
  /** When, in the one that has it. */
  readonly timeNs: bigint;
}

/** How far the frames of one channel were compared. */
export interface ChannelResult {
  readonly name: string;
  /** Frames in the one, and in the other. */
  readonly countA: number;
  readonly countB: number;
  readonly equal: number;
  readonly changed: number;
  readonly missing: number;
  readonly extra: number;
  /** 0 to 1. */
  readonly done: number;
  readonly differences: readonly Difference[];
  /** Why it ends where it does. */
  readonly problem?: string;
}

const PART = 1024;
/** How far ahead the same frame is looked for, when frames differ. */
const AHEAD = 32;
const MAX_DIFFERENCES = 500;

/** Two recordings, channel by channel, frame by frame and byte by byte; times are not compared, as `replay --verify` does not. */
export class Comparison {
  readonly #channels: readonly ChannelComparison[];
  /** Channels that one of them alone has. */
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];

  /** Nothing is compared yet. */
  constructor(a: ObservedTimeline, b: ObservedTimeline) {
    const [namesA, namesB] = [a, b].map((each) => each.channels().map(({ name }) => name)) as [string[], string[]];
    this.#channels = namesA.filter((name) => namesB.includes(name)).map((name) => new ChannelComparison(a, b, name));
    this.onlyA = namesA.filter((name) => !namesB.includes(name));
    this.onlyB = namesB.filter((name) => !namesA.includes(name));
  }

  /** Goes on as far as the budget allows; each channel gets its turn. */
  advance(budget: Budget): void {
    let open = this.#channels.filter((each) => !each.isDone);
    while (open.length > 0) {
      for (const each of open) if (!each.advance(budget)) return;
      open = open.filter((each) => !each.isDone);
    }
  }

  /** What was found so far. */
  results(): ChannelResult[] {
    return this.#channels.map((each) => each.result());
  }
}

class ChannelComparison {
  isDone = false;
  readonly #a: Reader;
  readonly #b: Reader;
  readonly #name: string;
  readonly #counts = { equal: 0, changed: 0, missing: 0, extra: 0 };
  readonly #differences: Difference[] = [];
  #problem: string | undefined;

  constructor(a: ObservedTimeline, b: ObservedTimeline, name: string) {
    [this.#a, this.#b, this.#name] = [new Reader(a, name), new Reader(b, name), name];
  }

  result(): ChannelResult {
    const [a, b] = [this.#a, this.#b];
    const done = this.isDone ? 1 : Math.min(a.at, a.count) / Math.max(1, a.count);
    const problem = this.#problem;
    return {
      ...{ name: this.#name, countA: a.count, countB: b.count, ...this.#counts, done, differences: this.#differences },
      ...(problem !== undefined && { problem }),
    };
  }

  /** Compares a part; false when there is no budget left. */
  advance(budget: Budget): boolean {
    try {
      const [bytesA, bytesB] = [this.#a.fill(), this.#b.fill()];
      if (!budget.take(bytesA + bytesB + 1)) return false;
      this.#compare();
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      this.isDone = true;
    }
    return true;
  }

  #compare(): void {
    const [a, b] = [this.#a, this.#b];
    // As long as there is enough to look ahead, or nothing more comes.
    for (let n = 0; n < PART - AHEAD; n++) {
      const [frameA, frameB] = [a.peek(0), b.peek(0)];
      if (frameA === undefined && frameB === undefined) return void (this.isDone = true);
      if (frameA === undefined) this.#note("extra", frameB!, 1);
      else if (frameB === undefined) this.#note("missing", frameA, 1);
      else if (isSame(frameA, frameB)) {
        this.#counts.equal++;
        a.at++;
        b.at++;
      } else {
        const missing = ahead(a, b);
        const extra = missing === 1 ? undefined : ahead(b, a);
        if (missing !== undefined && (extra === undefined || missing <= extra)) this.#note("missing", frameA, missing);
        else if (extra !== undefined) this.#note("extra", frameB, extra);
        else this.#note("changed", frameA, 1);
      }
    }
  }

  #note(kind: Difference["kind"], { timeNs }: ObservedFrame, frames: number): void {
    const [a, b] = [this.#a.at, this.#b.at];
    this.#counts[kind] += frames;
    if (kind !== "extra") this.#a.at += frames;
    if (kind !== "missing") this.#b.at += frames;
    const last = this.#differences.at(-1);
    const isSame = last?.kind === kind && (kind === "extra" ? last.b + last.frames === b : last.a + last.frames === a);
    if (last !== undefined && isSame) {
      this.#differences[this.#differences.length - 1] = { ...last, frames: last.frames + frames };
    } else if (this.#differences.length < MAX_DIFFERENCES) this.#differences.push({ kind, a, b, frames, timeNs });
  }
}

/** The frames of a channel in parts. */
class Reader {
  at = 0;
  readonly count: number;
  readonly #timeline: ObservedTimeline;
  readonly #channel: string;
  #from = 0;
  #frames: readonly ObservedFrame[] = [];

  constructor(timeline: ObservedTimeline, channel: string) {
    [this.#timeline, this.#channel] = [timeline, channel];
    this.count = timeline.channels().find(({ name }) => name === channel)!.count;
  }

  /** Reads on, if what comes next is not there; how many bytes that were. */
  fill(): number {
    if (this.at + PART <= this.#from + this.#frames.length || this.#from + this.#frames.length >= this.count) return 0;
    this.#from = this.at;
    this.#frames = this.#timeline.frames(this.#channel, { from: this.at, limit: PART * 4 });
    return this.#frames.reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
  }

  /** The frame that stands `ahead` of the next one. */
  peek(ahead: number): ObservedFrame | undefined {
    return this.#frames[this.at - this.#from + ahead];
  }
}

/** After how many frames of `a` the next of `b` stands there, and the one behind it. */
function ahead(a: Reader, b: Reader): number | undefined {
  const [wanted, next] = [b.peek(0)!, b.peek(1)];
  for (let n = 1; n <= AHEAD; n++) {
    const found = a.peek(n);
    if (found === undefined) return undefined;
    const behind = a.peek(n + 1);
    if (isSame(found, wanted) && (behind === undefined) === (next === undefined)) {
      if (behind === undefined || isSame(behind, next!)) return n;
    }
  }
  return undefined;
}

function isSame({ data: a }: ObservedFrame, { data: b }: ObservedFrame): boolean {
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
