import type { RecordBatch } from "./protocol/record_batch.ts";

/** Batches one behind the other in one buffer, and where each begins. */
export class Segment {
  /** The first offset in it. */
  readonly baseOffset: number;
  #bytes = new Uint8Array(4096);
  #length = 0;
  /** For each batch: where it begins, its last offset, and the latest time up to it. */
  readonly #at: number[] = [];
  readonly #last: number[] = [];
  readonly #maxTimestampMs: number[] = [];

  /** An empty one. */
  constructor(baseOffset: number) {
    this.baseOffset = baseOffset;
  }

  /** What is in it. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** How much is in it. */
  get length(): number {
    return this.#length;
  }

  /** Adds a copy of a batch and gives it. */
  append({ bytes, lastOffsetDelta, maxTimestampMs }: RecordBatch, baseOffset: number): Uint8Array {
    const at = this.#length;
    if (at + bytes.length > this.#bytes.length) {
      // Readers may hold a slice of this buffer, so it is replaced, never grown.
      const grown = new Uint8Array(Math.max(at + bytes.length, this.#bytes.length * 2));
      grown.set(this.bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, at);
    this.#length = at + bytes.length;
    this.#at.push(at);
    this.#last.push(baseOffset + lastOffsetDelta);
    this.#maxTimestampMs.push(Math.max(maxTimestampMs, this.#maxTimestampMs.at(-1) ?? -Infinity));
    return this.#bytes.subarray(at, this.#length);
  }

  /** Whole batches from the one with this offset on, see `PartitionLog.read()`. */
  read(offset: number, maxBytes: number): Uint8Array {
    const first = firstAtLeast(this.#last, offset);
    if (first === this.#at.length) return this.#bytes.subarray(0, 0);
    const from = this.#at[first]!;
    // The batch that begins behind the limit ends what is read; one is always given.
    const end = firstAtLeast(this.#at, from + maxBytes + 1);
    const fits = this.#ends(end - 1) - from <= maxBytes ? end : end - 1;
    return this.#bytes.subarray(from, this.#ends(Math.max(fits - 1, first)));
  }

  /** Where batches begin that may hold a record of this time or later. */
  *batchesSince(timestampMs: number): Generator<number, void> {
    for (let i = firstAtLeast(this.#maxTimestampMs, timestampMs); i < this.#at.length; i++) yield this.#at[i]!;
  }

  #ends(index: number): number {
    return this.#at[index + 1] ?? this.#length;
  }
}

/** The first index whose number is `least` or more; the length when there is none. The numbers never fall. */
function firstAtLeast(numbers: readonly number[], least: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! >= least) high = middle;
    else low = middle + 1;
  }
  return low;
}
