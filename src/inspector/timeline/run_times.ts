import type { ObservedRun } from "../../telemetry/mod.ts";

/** Times that are kept, all together: 32 MB. */
const MAX_TIMES = 4 * 2 ** 20;

/** Until when a request may read, and how much: what is left is read by the next one. */
export interface Budget {
  /** Whether there is time and room for `bytes` more; takes them, if so. */
  take(bytes: number): boolean;
}

/** A budget of bytes and of time. What is smaller than all of it always gets its turn first. */
export function createBudget(
  { bytes, ms, elapsedNs }: { readonly bytes: number; readonly ms: number; readonly elapsedNs: () => number },
): Budget {
  const endNs = elapsedNs() + ms * 1e6;
  let [left, isFirst] = [bytes, true];
  return {
    take(wanted) {
      if (!isFirst && (wanted > left || elapsedNs() > endNs)) return false;
      isFirst = false;
      left -= wanted;
      return true;
    },
  };
}

/** The times of the frames of runs, in nanoseconds from a time near them; those that were asked for last are kept. */
export class RunTimes {
  readonly #baseNs: bigint;
  readonly #kept = new Map<string, Float64Array>();
  #count = 0;

  /** Times count from `baseNs`. */
  constructor(baseNs: bigint) {
    this.#baseNs = baseNs;
  }

  /** Those of a run; undefined when it was not read before and there is no budget for it. @throws {TinmanError} `CORRUPT_LOG` */
  of(channel: string, run: ObservedRun, budget: Budget): Float64Array | undefined {
    const key = `${run.firstFrame} ${run.frames} ${channel}`;
    const known = this.#kept.get(key);
    if (known === undefined && !budget.take(run.bytes)) return undefined;
    const times = known ?? Float64Array.from(run.read(), ({ timeNs }) => Number(timeNs - this.#baseNs));
    this.#kept.delete(key);
    this.#kept.set(key, times);
    if (known === undefined) this.#count += times.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#count <= MAX_TIMES || oldest === key) break;
      this.#kept.delete(oldest);
      this.#count -= length;
    }
    return times;
  }
}
