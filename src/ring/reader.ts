import { TinmanError } from "../errors/mod.ts";
import {
  READER_LEFT,
  RECORD_BYTES,
  recordBytes,
  type RingViews,
  SKIP,
  viewRing,
  WORD,
  WRITER_ENDED,
} from "./layout.ts";
import type { RingEndOptions } from "./writer.ts";

/**
 * The end of a ring that records come out of. One thread has it. Nothing is copied: a record is a place in
 * {@linkcode RingReader.bytes}, valid until the next call of {@linkcode RingReader.next}.
 */
export class RingReader {
  /** The memory of the records. */
  readonly bytes: Uint8Array;
  /** Where the payload of the record begins in {@linkcode RingReader.bytes}, a multiple of 8. */
  at = 0;
  /** How many bytes it has. */
  length = 0;
  /** What its writer calls it. */
  kind = 0;
  readonly #views: RingViews;
  readonly #wake: (() => void) | undefined;
  /** Bytes up to the end of the record that was given out last. */
  #head: number;
  /** What the writer knows of it. */
  #freed: number;
  /** How far the writer was when somebody last looked. */
  #tail: number;

  /** For memory that `createRing()` made. */
  constructor(memory: SharedArrayBuffer, { wake }: RingEndOptions = {}) {
    this.#views = viewRing(memory);
    this.bytes = this.#views.bytes;
    this.#wake = wake;
    this.#head = this.#freed = Atomics.load(this.#views.words, WORD.head);
    this.#tail = this.#head;
  }

  /** Whether nothing more comes: the writer has ended, and all was read. */
  get ended(): boolean {
    return (Atomics.load(this.#views.words, WORD.ends) & WRITER_ENDED) !== 0 && !this.#isThere();
  }

  /**
   * Goes on to the next record, and lets go of the one before; false while there is none. The room of records is given back
   * in lumps: {@linkcode RingReader.free} gives back all of it.
   *
   * @throws {TinmanError} `INTEGRITY` when what is there is no record: the other end broke its promise.
   */
  next(): boolean {
    const { heads, capacity } = this.#views;
    for (;;) {
      if (this.#head === this.#tail) {
        if (!this.#isThere()) {
          this.free();
          return false;
        }
      }
      const at = this.#head & (capacity - 1);
      // Each is read once: what was checked is what is used, whatever the other end does meanwhile.
      const length = heads[at >>> 2]!;
      const kind = heads[(at >>> 2) + 1]!;
      const known = (this.#tail - this.#head) | 0;
      const size = recordBytes(length);
      if (length > capacity || size > known || at + size > capacity) throw this.#broken(length, known);
      if (((this.#head - this.#freed) | 0) >= capacity >> 2) this.free();
      this.#head = (this.#head + size) | 0;
      if (kind === SKIP) continue;
      this.at = at + RECORD_BYTES;
      [this.length, this.kind] = [length, kind];
      return true;
    }
  }

  /** Gives back the room of all records that {@linkcode RingReader.next} went past, and of the one that it is at. */
  free(): void {
    if (this.#freed === this.#head) return;
    this.#freed = this.#head;
    const { words } = this.#views;
    Atomics.store(words, WORD.head, this.#head);
    this.#wakeWriter(words);
  }

  /** Has the other end wake this one when there is something; false when there is already. */
  sleep(): boolean {
    const { words } = this.#views;
    Atomics.store(words, WORD.readerSleeps, 1);
    if (!this.#isThere() && (Atomics.load(words, WORD.ends) & WRITER_ENDED) === 0) return true;
    Atomics.store(words, WORD.readerSleeps, 0);
    return false;
  }

  /** Blocks this thread until something is there or nothing more comes, for at most `timeoutMs`. */
  block(timeoutMs: number): void {
    this.free();
    if (this.sleep()) Atomics.wait(this.#views.words, WORD.readerSleeps, 1, timeoutMs);
  }

  /** Leaves: whoever writes waits for room no longer. Twice is fine. */
  close(): void {
    const { words } = this.#views;
    Atomics.or(words, WORD.ends, READER_LEFT);
    this.#wakeWriter(words);
  }

  #isThere(): boolean {
    this.#tail = Atomics.load(this.#views.words, WORD.tail);
    return this.#head !== this.#tail;
  }

  #wakeWriter(words: Int32Array): void {
    if (Atomics.load(words, WORD.writerSleeps) === 0) return;
    if (Atomics.exchange(words, WORD.writerSleeps, 0) === 0) return;
    Atomics.notify(words, WORD.writerSleeps);
    this.#wake?.();
  }

  #broken(length: number, known: number): TinmanError<"INTEGRITY"> {
    const at = this.#head >>> 0;
    return new TinmanError(
      "INTEGRITY",
      `Cannot read ring at byte ${at}: a record of ${length} bytes, of which ${known} are there`,
      {},
    );
  }
}
