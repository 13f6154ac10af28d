import type { Clock } from "../../clock/mod.ts";

/** Something that is done again and again. */
export interface Chore {
  readonly everyMs: number;
  /** Does it. What it throws is reported, and it is tried again the next time. */
  readonly run: () => void | Promise<void>;
}

/** Does chores by the clock until `signal` aborts. */
export async function keepHouse(chores: readonly Chore[], { clock, signal, onError }: {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onError: (error: unknown) => void;
}): Promise<void> {
  await Promise.all(chores.map(async ({ everyMs, run }) => {
    for (;;) {
      try {
        await clock.sleep(everyMs, { signal });
      } catch {
        return;
      }
      try {
        await run();
      } catch (error) {
        if (signal.aborted) return;
        onError(error);
      }
    }
  }));
}
