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

/** The first and the last time something was published to each channel, looked at from time to time. */
export class StatsCollector {
  readonly #outs: ReadonlyMap<string, Out<unknown>>;
  readonly #elapsedNs: () => number;
  readonly #seen = new Map<string, { count: number; firstNs: number; lastNs: number }>();

  /** Looks at the counters of `outs`, by the time of `elapsedNs`. */
  constructor(outs: ReadonlyMap<string, Out<unknown>>, elapsedNs: () => number) {
    [this.#outs, this.#elapsedNs] = [outs, elapsedNs];
    this.sample();
  }

  /** Takes note of what moved since the last look. Rates are as fine as the looks are frequent. */
  sample(): void {
    const now = this.#elapsedNs();
    for (const [name, { published }] of this.#outs) {
      const seen = this.#seen.get(name);
      if (seen === undefined) this.#seen.set(name, { count: published, firstNs: now, lastNs: now });
      else if (published > seen.count) [seen.count, seen.lastNs] = [published, now];
    }
  }

  /** The statistics up to now. `recorded` tells what is in the recording. */
  stats(recorded: (channel: string) => RecordedCounts | undefined): ChannelStats[] {
    this.sample();
    return [...this.#seen].map(([name, { count, firstNs, lastNs }]) => {
      const { bytes = 0, drops = 0 } = recorded(name) ?? {};
      return { name, count, hz: hertz(count, (lastNs - firstNs) / 1e9), bytes, drops };
    });
  }
}
