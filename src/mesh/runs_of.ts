import { MAX_RUN_EVENTS } from "./check_run.ts";
import type { Feed } from "./feed.ts";
import type { Run } from "./run.ts";

/** Options of {@linkcode runsOf}. */
export interface RunsOfOptions {
  /** The first event. @default {the feed's first} */
  readonly from?: number;
  /** The last event that may be in it. @default {the feed's last} */
  readonly to?: number;
  /** Most events in each run, where a signature lets it end there. @default {4096} */
  readonly maxEvents?: number;
}

/** Events of a feed as runs, each as long as may be: all of them up to the last signature that is not behind `to`. */
export function* runsOf(feed: Feed, options: RunsOfOptions = {}): Generator<Run, void> {
  const { to = feed.last, maxEvents = MAX_RUN_EVENTS } = options;
  let { from = feed.base } = options;
  for (let i = feed.signed.findIndex(({ seq }) => seq >= from); i >= 0 && i < feed.signed.length; i++) {
    // As far as one run reaches, and at least to the next signature.
    while (i + 1 < feed.signed.length && feed.signed[i + 1]!.seq <= Math.min(to, from + maxEvents - 1)) i++;
    const { seq, signature } = feed.signed[i]!;
    if (seq > to) return;
    yield { device: feed.device, from, after: feed.checkAt(from - 1)!, events: feed.slice(from, seq), signature };
    from = seq + 1;
  }
}
