/*
 * The memory of a ring. Words are 32 bits wide and each stands on a cache line of its own, since two cores write them
 * (false sharing: Bolosky and Scott 1993).
 *
 *     word 0   head: bytes that the reader is done with, modulo 2^32
 *     word 16  tail: bytes that the writer has published, modulo 2^32
 *     word 32  1 while the reader sleeps
 *     word 48  1 while the writer sleeps, because it needs room
 *     word 64  bit 0: the writer has ended; bit 1: the reader has left
 *     byte 512 the records, capacity bytes, a power of two
 *
 *     record = length:u32 kind:u32 payload, zeros to a multiple of 8
 *
 * A record is never cut: one that would reach over the end of the memory is put at its start, behind a header whose kind is
 * SKIP and whose length is what is left out. The order of bytes is that of the machine, as nothing here outlives it.
 */

/** Places of the words. */
export const WORD = { head: 0, tail: 16, readerSleeps: 32, writerSleeps: 48, ends: 64 } as const;
/** Bits of the last word. */
export const WRITER_ENDED = 1;
/** See {@linkcode WRITER_ENDED}. */
export const READER_LEFT = 2;
/** Where the records begin. */
export const DATA_AT = 512;
/** Length and kind of a record. */
export const RECORD_BYTES = 8;
/** The kind of what is not a record. */
export const SKIP = 0xffffffff;

const MIN_CAPACITY = 64;
const MAX_CAPACITY = 2 ** 30;

/** The views of a ring's memory that both of its ends have. */
export interface RingViews {
  readonly words: Int32Array;
  /** The records as 32-bit words. */
  readonly heads: Uint32Array;
  /** The records as bytes. */
  readonly bytes: Uint8Array;
  readonly capacity: number;
}

/**
 * Memory for a ring of at least `capacityBytes`. A record and its 8 bytes may take half of it, so that there is a place for
 * it wherever the ring stands.
 */
export function createRing(capacityBytes: number): SharedArrayBuffer {
  if (!(capacityBytes > 0 && capacityBytes <= MAX_CAPACITY)) {
    throw new RangeError(`Cannot make a ring of ${capacityBytes} bytes: expected 1 to ${MAX_CAPACITY}`);
  }
  return new SharedArrayBuffer(DATA_AT + Math.max(MIN_CAPACITY, 2 ** Math.ceil(Math.log2(capacityBytes))));
}

/** The views of memory that {@linkcode createRing} made. */
export function viewRing(memory: SharedArrayBuffer): RingViews {
  const capacity = memory.byteLength - DATA_AT;
  if (capacity < MIN_CAPACITY || capacity > MAX_CAPACITY || (capacity & (capacity - 1)) !== 0) {
    throw new RangeError(`Cannot use ${memory.byteLength} bytes as a ring: createRing() makes other sizes`);
  }
  return {
    words: new Int32Array(memory, 0, DATA_AT / 4),
    heads: new Uint32Array(memory, DATA_AT),
    bytes: new Uint8Array(memory, DATA_AT),
    capacity,
  };
}

/** Bytes that a record takes with its head. */
export function recordBytes(length: number): number {
  return (RECORD_BYTES + length + 7) & ~7;
}

/** Longest payload of a record in a ring of `capacity`. */
export function maxRecord(capacity: number): number {
  return capacity / 2 - RECORD_BYTES;
}
