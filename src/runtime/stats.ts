import type { Out } from "../channel/mod.ts";
import type { ChannelStats } from "./options.ts";

/** Counts of one recorded channel. */
export interface RecordedCounts {
  readonly frames: number;
  readonly bytes: number;
  readonly drops: number;
}

/** Values a second: `count` values have `count - 1` intervals between them. */
export function hertz(count: number, seconds: number): number {
  return count < 2 || seconds <= 0 ? 0 : (count - 1) / seconds;
}

/** What was seen of one channel, and when. */
interface Seen {
  /** The channel, and what those of its name had counted that were there before it. */
  out: Out<unknown>;
  before: number;
  count: number;
  /** The look before the first value, and the look that found it. */
  beforeNs: number;
  firstNs: number;
  firstCount: number;
  /** The look that found the last value. */
  lastNs: number;
}

/** Counts and rates of channels, by looking at their counters from time to time. */
export class StatsCollector {
  readonly #outs: ReadonlyMap<string, Out<unknown>>;
  readonly #elapsedNs: () => number;
  readonly #seen = new Map<string, Seen>();

  /** Looks at the counters of `outs`, by the time of `elapsedNs`. */
  constructor(outs: ReadonlyMap<string, Out<unknown>>, elapsedNs: () => number) {
    [this.#outs, this.#elapsedNs] = [outs, elapsedNs];
    this.sample();
  }

  /** Takes note of what moved since the last look. Rates are as fine as the looks are frequent. */
  sample(): void {
    const now = this.#elapsedNs();
    for (const [name, out] of this.#outs) {
      const seen = this.#of(name, out, now);
      const published = seen.before + out.published;
      if (published === 0) seen.beforeNs = now;
      if (published === seen.count) continue;
      if (seen.count === 0) [seen.firstNs, seen.firstCount] = [now, published];
      [seen.count, seen.lastNs] = [published, now];
    }
  }

  #of(name: string, out: Out<unknown>, now: number): Seen {
    let seen = this.#seen.get(name);
    if (seen === undefined) {
      seen = { out, before: 0, count: 0, beforeNs: now, firstNs: now, firstCount: 0, lastNs: now };
      this.#seen.set(name, seen);
    }
    if (seen.out !== out) [seen.before, seen.out] = [seen.before + seen.out.published, out];
    return seen;
  }

  /** The statistics up to now. `recorded` tells what is in the recording. */
  stats(recorded: (channel: string) => RecordedCounts | undefined): ChannelStats[] {
    this.sample();
    return [...this.#seen].map(([name, seen]) => {
      const { bytes = 0, drops = 0 } = recorded(name) ?? {};
      return { name, count: seen.count, hz: rateOf(seen), bytes, drops };
    });
  }
}

function rateOf({ count, beforeNs, firstNs, firstCount, lastNs }: Seen): number {
  // When all came between two looks, nothing finer is known than the time between these.
  if (lastNs === firstNs) return hertz(count, (firstNs - beforeNs) / 1e9);
  return hertz(count - firstCount + 1, (lastNs - firstNs) / 1e9);
}
