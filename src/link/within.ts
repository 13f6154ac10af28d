import type { Clock } from "../clock/mod.ts";

/** What `job` gives, or what `late` gives or throws once `ms` milliseconds have passed; the job is left behind then. */
export async function within<T>(
  job: Promise<T>,
  { clock, ms, late }: { readonly clock: Clock; readonly ms: number; readonly late: () => T },
): Promise<T> {
  const over = new AbortController();
  const waited = clock.sleep(ms, { signal: over.signal }).then(late);
  waited.catch(() => {});
  job.catch(() => {});
  try {
    return await Promise.race([job, waited]);
  } finally {
    over.abort();
  }
}
