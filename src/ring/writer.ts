import { TinmanError } from "../errors/mod.ts";
import { maxRecord, READER_LEFT, RECORD_BYTES, recordBytes, SKIP, viewRing, WORD, WRITER_ENDED } from "./layout.ts";

/** Options of both ends of a ring. */
export interface RingEndOptions {
  /**
   * Called when the other end sleeps and there is something for it, besides `Atomics.notify`. For an end that must not
   * block: it hears of it by a message. @default {nothing}
   */
  readonly wake?: () => void;
}

/**
 * The end of a ring that records go into. One thread has it; who has the other end sees nothing before
 * {@linkcode RingWriter.publish}, and then all at once.
 */
export class RingWriter {
  /** The memory of the records, for what {@linkcode RingWriter.reserve} gave a place in. */
  readonly bytes: Uint8Array;
  /** Longest payload of one record. */
  readonly maxLength: number;
  readonly #words: Int32Array;
  readonly #heads: Uint32Array;
  readonly #capacity: number;
  readonly #wake: (() => void) | undefined;
  /** Bytes that were ever reserved, modulo 2^32. */
  #tail: number;
  /** What {@linkcode RingWriter.publish} made known. */
  #published: number;
  /** Where the reader was when somebody last looked. */
  #head: number;

  /** For memory that `createRing()` made. */
  constructor(memory: SharedArrayBuffer, { wake }: RingEndOptions = {}) {
    const { words, heads, bytes, capacity } = viewRing(memory);
    [this.#words, this.#heads, this.bytes, this.#capacity, this.#wake] = [words, heads, bytes, capacity, wake];
    this.maxLength = maxRecord(capacity);
    this.#tail = this.#published = Atomics.load(words, WORD.tail);
    this.#head = Atomics.load(words, WORD.head);
  }

  /** Whether the other end has left: what is written now nobody reads. */
  get isLeft(): boolean {
    return (Atomics.load(this.#words, WORD.ends) & READER_LEFT) !== 0;
  }

  /**
   * A place for a record of `length` bytes in {@linkcode RingWriter.bytes}, at a multiple of 8, or -1 while there is no
   * room. It is to be filled before the next call of {@linkcode RingWriter.publish}.
   *
   * @throws {TinmanError} `TOO_LARGE` for a record that never fits.
   */
  reserve(kind: number, length: number): number {
    if (!(length <= this.maxLength)) throw this.#tooLarge(length);
    const size = recordBytes(length);
    const mask = this.#capacity - 1;
    const at = this.#tail & mask;
    const left = this.#capacity - at;
    const skipped = size <= left ? 0 : left;
    if (!this.#hasRoom(skipped + size)) return -1;
    if (skipped > 0) this.#head8(at, skipped - RECORD_BYTES, SKIP);
    const start = skipped > 0 ? 0 : at;
    this.#head8(start, length, kind);
    this.#tail = (this.#tail + skipped + size) | 0;
    return start + RECORD_BYTES;
  }

  /** Writes one record; false while there is no room. Copies `payload`. */
  tryWrite(kind: number, payload: Uint8Array): boolean {
    const at = this.reserve(kind, payload.length);
    if (at < 0) return false;
    this.bytes.set(payload, at);
    return true;
  }

  /** Shows everything that was written to the other end, and wakes it if it sleeps. */
  publish(): void {
    if (this.#published === this.#tail) return;
    this.#published = this.#tail;
    Atomics.store(this.#words, WORD.tail, this.#tail);
    this.#wakeReader();
  }

  /**
   * Has the other end wake this one when there is room for a record of `length` bytes; false when there is already. For
   * who hears of it by a message.
   */
  sleep(length: number): boolean {
    Atomics.store(this.#words, WORD.writerSleeps, 1);
    if (!this.#hasRoom(2 * recordBytes(length)) && !this.isLeft) return true;
    Atomics.store(this.#words, WORD.writerSleeps, 0);
    return false;
  }

  /** Blocks this thread until there may be room for a record of `length` bytes, for at most `timeoutMs`. */
  block(length: number, timeoutMs: number): void {
    this.publish();
    if (this.sleep(length)) Atomics.wait(this.#words, WORD.writerSleeps, 1, timeoutMs);
  }

  /** Publishes what was written, and says that nothing more comes. Twice is fine. */
  close(): void {
    this.publish();
    Atomics.or(this.#words, WORD.ends, WRITER_ENDED);
    this.#wakeReader();
  }

  #hasRoom(size: number): boolean {
    const most = this.#capacity - size;
    if (((this.#tail - this.#head) | 0) <= most) return true;
    this.#head = Atomics.load(this.#words, WORD.head);
    return ((this.#tail - this.#head) | 0) <= most;
  }

  #head8(at: number, length: number, kind: number): void {
    this.#heads[at >>> 2] = length;
    this.#heads[(at >>> 2) + 1] = kind;
  }

  #wakeReader(): void {
    if (Atomics.load(this.#words, WORD.readerSleeps) === 0) return;
    if (Atomics.exchange(this.#words, WORD.readerSleeps, 0) === 0) return;
    Atomics.notify(this.#words, WORD.readerSleeps);
    this.#wake?.();
  }

  #tooLarge(length: number): TinmanError<"TOO_LARGE"> {
    const limit = this.maxLength;
    return new TinmanError("TOO_LARGE", `Cannot write ${length} bytes into a ring that takes records up to ${limit}`, {
      limit,
      actual: length,
    });
  }
}
