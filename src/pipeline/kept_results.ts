import type { BufferPool } from "./buffer_pool.ts";
import type { DataFrame } from "./frame.ts";
import type { Results } from "./single_shot.ts";

/** Frames of each end that are kept. */
const MAX_FRAMES = 64;

/**
 * The last frames that came out at each end of a pipeline that runs. One that is too old goes back to the pool, as long as
 * nobody has asked for any: who did may still look at it.
 */
export class KeptResults {
  readonly #pool: BufferPool;
  readonly #frames = new Map<string, DataFrame[]>();
  #isAsked = false;

  /** Keeps nothing yet. */
  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** All of them by their end, oldest first; what comes later is seen in it, too. */
  get all(): Results {
    this.#isAsked = true;
    return this.#frames;
  }

  /** Keeps one more, which is ours. */
  keep(end: string, frame: DataFrame): void {
    const kept = this.#frames.get(end) ?? [];
    if (kept.length === 0) this.#frames.set(end, kept);
    kept.push(frame);
    if (kept.length <= MAX_FRAMES) return;
    const oldest = kept.shift()!;
    if (!this.#isAsked) this.#pool.release(oldest);
  }

  /** Keeps none of them. */
  clear(): void {
    this.#frames.clear();
  }
}
