/** A run of frames as batches, one behind the other. */
export interface RunBatches {
  /** All of them. */
  readonly bytes: Uint8Array;
  /** Where each begins, and where the last ends. */
  readonly starts: readonly number[];
  /** The last offset in each. */
  readonly lasts: readonly number[];
  /** How many records are in each. */
  readonly counts: readonly number[];
}

/** Batches that were made last, up to a number of bytes; they can be made again, so whatever is too much is dropped. */
export class RunCache {
  readonly #maxBytes: number;
  /** Who was asked for last comes last. */
  readonly #kept = new Map<object, RunBatches>();
  #bytes = 0;

  /** An empty one. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** How many bytes are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What was made of a run, or is made now. */
  get(run: object, make: () => RunBatches): RunBatches {
    const known = this.#kept.get(run);
    const found = known ?? make();
    if (known !== undefined) this.#kept.delete(run);
    else this.#bytes += found.bytes.length;
    this.#kept.set(run, found);
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes || oldest === run) break;
      this.#kept.delete(oldest);
      this.#bytes -= bytes.length;
    }
    return found;
  }
}
