const HEAD_BYTES = 64;
const ALIGN = 64;
const WORD = { slots: 0, slotBytes: 1, takerSleeps: 2 } as const;
const MAX_BYTES = 2 ** 32;

/** Options of {@linkcode createSlab}. */
export interface SlabOptions {
  /** How many pieces. */
  readonly slots: number;
  /** Bytes of each; rounded up to a multiple of 64. */
  readonly slotBytes: number;
}

/** Memory for a {@linkcode Slab}. It is all zeros, and no slot is taken. */
export function createSlab({ slots, slotBytes }: SlabOptions): SharedArrayBuffer {
  const size = alignUp(slotBytes);
  const bytes = dataAt(slots) + slots * size;
  if (!(Number.isInteger(slots) && slots > 0 && slotBytes > 0 && bytes <= MAX_BYTES)) {
    throw new RangeError(
      `Cannot make a slab of ${slots} slots of ${slotBytes} bytes: expected 1 up, and 4 GiB at most`,
    );
  }
  const memory = new SharedArrayBuffer(bytes);
  const words = new Int32Array(memory, 0, HEAD_BYTES / 4);
  [words[WORD.slots], words[WORD.slotBytes]] = [slots, size];
  return memory;
}

/**
 * Shared memory in pieces of one size, for payloads that two threads hand to each other by number. Each piece has a count
 * of its readers; when the last has released it, it is free again. Any thread that has the memory may do all of this.
 *
 *     head 64 bytes | readers of each slot, i32 | to a multiple of 64 | the slots
 */
export class Slab {
  /** How many pieces there are. */
  readonly slots: number;
  /** Bytes of each. */
  readonly slotBytes: number;
  readonly #memory: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #readers: Int32Array;
  readonly #dataAt: number;
  #next = 0;

  /** For memory that {@linkcode createSlab} made. */
  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory;
    this.#head = new Int32Array(memory, 0, HEAD_BYTES / 4);
    [this.slots, this.slotBytes] = [this.#head[WORD.slots]!, this.#head[WORD.slotBytes]!];
    this.#dataAt = dataAt(this.slots);
    if (this.slots < 1 || this.#dataAt + this.slots * this.slotBytes !== memory.byteLength) {
      throw new RangeError(`Cannot use ${memory.byteLength} bytes as a slab: its head speaks of other sizes`);
    }
    this.#readers = new Int32Array(memory, HEAD_BYTES, this.slots);
  }

  /** Takes a slot for one reader; -1 while none is free. Whatever was in it is still there. */
  tryTake(): number {
    // Slots come back in about the order in which they were taken: the next one is nearly always the right one.
    for (let i = 0; i < this.slots; i++) {
      const slot = this.#next;
      this.#next = slot + 1 === this.slots ? 0 : slot + 1;
      if (Atomics.compareExchange(this.#readers, slot, 0, 1) === 0) return slot;
    }
    return -1;
  }

  /** Adds readers to a slot that is taken. */
  share(slot: number, readers: number): void {
    this.#check(slot);
    if (Atomics.add(this.#readers, slot, readers) <= 0) throw this.#isFree("share", slot);
  }

  /** One reader is done with a slot. */
  release(slot: number): void {
    this.#check(slot);
    const before = Atomics.sub(this.#readers, slot, 1);
    if (before <= 0) {
      Atomics.add(this.#readers, slot, 1);
      throw this.#isFree("release", slot);
    }
    if (before > 1 || Atomics.load(this.#head, WORD.takerSleeps) === 0) return;
    Atomics.store(this.#head, WORD.takerSleeps, 0);
    Atomics.notify(this.#head, WORD.takerSleeps);
  }

  /** The bytes of a slot, or the first `length` of them. */
  bytesOf(slot: number, length: number = this.slotBytes): Uint8Array {
    this.#check(slot);
    if (!(length <= this.slotBytes)) {
      throw new RangeError(`Cannot look at ${length} bytes of slot ${slot}: it has ${this.slotBytes}`);
    }
    return new Uint8Array(this.#memory, this.#dataAt + slot * this.slotBytes, length);
  }

  /** Blocks this thread until somebody releases a slot, for at most `timeoutMs`. One thread at a time. */
  block(timeoutMs: number): void {
    Atomics.store(this.#head, WORD.takerSleeps, 1);
    if (this.#readers.some((count) => count === 0)) Atomics.store(this.#head, WORD.takerSleeps, 0);
    else Atomics.wait(this.#head, WORD.takerSleeps, 1, timeoutMs);
  }

  #check(slot: number): void {
    if (!(slot >= 0 && slot < this.slots)) throw new RangeError(`Cannot use slot ${slot}: there are ${this.slots}`);
  }

  #isFree(what: string, slot: number): RangeError {
    return new RangeError(`Cannot ${what} slot ${slot}: nobody has it`);
  }
}

function dataAt(slots: number): number {
  return alignUp(HEAD_BYTES + slots * 4);
}

function alignUp(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}
