import type { ObservedRun } from "../../telemetry/mod.ts";
import type { Budget, RunTimes } from "./run_times.ts";

/** A run is read when it would be spread over more columns than this: the index alone would hide what is in it. */
const WIDE_COLUMNS = 6;

/** What part of a recording is looked at; times count from `baseNs`. */
export interface Window {
  readonly baseNs: bigint;
  readonly fromNs: number;
  readonly toNs: number;
  readonly columns: number;
}

/** How many frames of a channel lie in each column. */
export interface Density {
  /** Runs that are spread evenly because there was no budget to read them. */
  readonly wanted: number;
  /** Stretches that cannot be read, with the reason. */
  readonly damaged: readonly { readonly fromNs: number; readonly toNs: number; readonly message: string }[];
}

/**
 * Adds up the frames of each column into `counts`: from the index, and by reading runs that are wide in this window. So the
 * work depends on the window and not on the length of the recording.
 */
export function density(
  channel: string,
  runs: readonly ObservedRun[],
  { window, times, budget, counts }: {
    readonly window: Window;
    readonly times: RunTimes;
    readonly budget: Budget;
    readonly counts: Float32Array;
  },
): Density {
  const { baseNs, fromNs, toNs, columns } = window;
  const perNs = columns / Math.max(1, toNs - fromNs);
  const damaged: Density["damaged"][number][] = [];
  let wanted = 0;
  for (const run of runs) {
    const [first, last] = [Number(run.firstNs - baseNs), Number(run.lastNs - baseNs)];
    if (last < fromNs || first >= toNs) continue;
    if ((last - first) * perNs > WIDE_COLUMNS) {
      try {
        const exact = times.of(channel, run, budget);
        if (exact !== undefined) {
          for (const time of exact) {
            const column = Math.floor((time - fromNs) * perNs);
            if (column >= 0 && column < columns) counts[column]!++;
          }
          continue;
        }
        wanted++;
      } catch (error) {
        damaged.push({ fromNs: first, toNs: last, message: error instanceof Error ? error.message : String(error) });
      }
    }
    spread(run.frames, { from: (first - fromNs) * perNs, to: (last - fromNs) * perNs, counts });
  }
  return { wanted, damaged };
}

/** Shares frames out over the columns from `from` to `to`, some of which may lie outside. */
function spread(
  frames: number,
  { from, to, counts }: { readonly from: number; readonly to: number; readonly counts: Float32Array },
): void {
  const [begin, end] = [Math.floor(from), Math.floor(to)];
  if (begin === end || to - from < 1e-9) {
    if (begin >= 0 && begin < counts.length) counts[begin]! += frames;
    return;
  }
  const each = frames / (to - from);
  for (let i = Math.max(0, begin); i <= Math.min(end, counts.length - 1); i++) {
    counts[i]! += each * (Math.min(i + 1, to) - Math.max(i, from));
  }
}
