import type { Clock } from "../clock/mod.ts";
import type { SyncPolicy } from "./writer.ts";

/** Flushes what has waited for `flushEveryMs`, again and again until `signal` aborts. Never rejects. */
export async function keepFlushing(recording: { flush(): void; drain(): void }, options: {
  readonly timer: Clock;
  readonly flushEveryMs: number;
  readonly sync: SyncPolicy;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { timer, flushEveryMs, sync, signal } = options;
  const syncEveryMs = typeof sync === "object" ? sync.everyMs : Infinity;
  const tickMs = Math.min(flushEveryMs, syncEveryMs);
  for (let unsyncedMs = tickMs;; unsyncedMs += tickMs) {
    try {
      await timer.sleep(tickMs, { signal });
    } catch {
      return;
    }
    if (signal.aborted) return;
    try {
      if (unsyncedMs < syncEveryMs) recording.drain();
      else {
        unsyncedMs = 0;
        recording.flush();
      }
    } catch {
      // What the disk did not take is still held; the next write that needs room meets the error itself.
    }
  }
}
