import { type ShedOptions, type ShedPolicy, ShedQueue } from "./shed_queue.ts";

/** Options of {@linkcode shed}. */
export interface ShedReadOptions<T> extends Omit<ShedOptions<T>, "policy"> {
  /** What gives when the reader is too slow. */
  readonly policy: ShedPolicy;
  /** Gets the queue before the first frame, for whoever shows how full it is. Not called for `block`. */
  readonly onQueue?: (queue: ShedQueue<T>) => void;
}

/**
 * The values of `source`, read as fast as they come, so that whoever publishes them does not wait; when the reader of this
 * is slower, the policy drops some. What waits when the source has ended is still given, and its error comes last. Leaving
 * the loop early leaves the source.
 *
 * What is dropped depends on how fast the reader is. A replay has speeds of its own and may drop others.
 */
export async function* shed<T>(source: AsyncIterable<T>, options: ShedReadOptions<T>): AsyncGenerator<T, void, void> {
  const { policy, onQueue, ...rest } = options;
  if (policy === "block") return yield* source;
  const queue = new ShedQueue<T>({ ...rest, policy });
  onQueue?.(queue);
  const frames = source[Symbol.asyncIterator]();
  const pump = new Pump(frames, queue);
  try {
    while (queue.size > 0 || await pump.filled()) yield queue.take()!;
  } finally {
    pump.stop();
  }
}

/** Moves all that comes into the queue. */
class Pump<T> {
  readonly #frames: AsyncIterator<T>;
  readonly #queue: ShedQueue<T>;
  #end: { readonly error?: unknown } | undefined;
  #wake = () => {};

  constructor(frames: AsyncIterator<T>, queue: ShedQueue<T>) {
    [this.#frames, this.#queue] = [frames, queue];
    void this.#run();
  }

  /** Resolves when something waits, or with false when nothing will; rejects with what the source threw. */
  async filled(): Promise<boolean> {
    while (this.#queue.size === 0) {
      if (this.#end !== undefined) {
        if ("error" in this.#end) throw this.#end.error;
        return false;
      }
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return true;
  }

  /** Leaves the source, if it has not ended. */
  stop(): void {
    if (this.#end !== undefined) return;
    this.#end = {};
    // A source that waits for its next value may end behind it; nobody waits for that.
    void this.#frames.return?.().catch(() => {});
  }

  async #run(): Promise<void> {
    try {
      while (this.#end === undefined) {
        const { done, value } = await this.#frames.next();
        if (this.#end !== undefined) return;
        if (done) break;
        this.#queue.offer(value);
        this.#wake();
      }
      this.#end = {};
    } catch (error) {
      this.#end ??= { error };
    }
    this.#wake();
  }
}
