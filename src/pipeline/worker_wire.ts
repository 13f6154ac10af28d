import { createSlab, type RingReader, type RingWriter, Slab } from "../ring/mod.ts";
import { type MeasuredFrame, readFrame, writeFrame } from "./frame_codec.ts";
import type { DataFrame } from "./frame.ts";
import type { SlabMessage } from "./worker_thread.ts";

/*
 * What goes through the two rings between a pipeline and a stage in a thread of its own. Each record begins with the number
 * of what it belongs to: a frame that was sent, or the end of the input. Words are 32 bits.
 *
 *     to the stage     FRAME number, input, place, the frame        END number      GO_ON number
 *     from the stage   FRAME number, 0, place, the frame            DONE number, frames, busy ns as f64
 *                      FAILED number, JSON of the error             DROPPED number  LOG level, JSON of the message
 *                      READY number
 *
 *     place = slab, slot, bytes; slab 0: the frame is in the record, as frame_codec.ts writes it, at a multiple of 8
 *
 * A frame takes one copy on its way into shared memory. The stage looks at it there; what the stage gives is copied once
 * more, into arrays of the pipeline's pool, since nobody knows how long it will be needed.
 */

/** Kinds of records. */
export const RECORD = { frame: 1, end: 2, goOn: 3, done: 4, failed: 5, dropped: 6, log: 7, ready: 8 } as const;

/** Number, input, slab, slot, bytes, nothing. */
const HEAD_WORDS = 6;
const HEAD_BYTES = HEAD_WORDS * 4;
/** Larger frames go through a slab. */
const MAX_INLINE_BYTES = 4096;
const MIN_SLOT_BYTES = 64 * 1024;
/** A slab has as many slots as fit in here, and two at least. */
const SLAB_BYTES = 64 * 1024 * 1024;
const MAX_SLOTS = 32;
/** Bytes of each ring. */
export const RING_BYTES = 256 * 1024;

/** Which of the others a frame belongs to, and where it goes. */
export interface FrameHead {
  readonly number: number;
  /** The number of the input among those of the stage. */
  readonly input: number;
}

/** Puts frames into a ring, large ones into a slab. */
export class FrameSender {
  readonly #writer: RingWriter;
  readonly #words: Uint32Array;
  readonly #post: (message: SlabMessage) => void;
  #slab: Slab | undefined;
  #slabs = 0;

  /** `post` gets each slab before the first record that names it. */
  constructor(writer: RingWriter, post: (message: SlabMessage) => void) {
    [this.#writer, this.#post, this.#words] = [writer, post, wordsOf(writer)];
  }

  /** Writes a frame, without publishing it. What it waits for, if there is no place: `trySend` is called again then. */
  trySend(measured: MeasuredFrame, { number, input }: FrameHead): "sent" | "ring" | "slot" {
    const { size } = measured;
    const isInline = size <= MAX_INLINE_BYTES;
    const slot = isInline ? 0 : this.#slabFor(size).tryTake();
    if (slot < 0) return "slot";
    const at = this.#writer.reserve(RECORD.frame, HEAD_BYTES + (isInline ? size : 0));
    if (at < 0) {
      if (!isInline) this.#slab!.release(slot);
      return "ring";
    }
    const bytes = isInline
      ? this.#writer.bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + size)
      : this.#slab!.bytesOf(slot, size);
    writeFrame(measured, bytes);
    const word = at >> 2;
    this.#words[word] = number;
    this.#words[word + 1] = input;
    this.#words[word + 2] = isInline ? 0 : this.#slabs;
    this.#words[word + 3] = slot;
    this.#words[word + 4] = size;
    this.#words[word + 5] = 0;
    return "sent";
  }

  /** Blocks this thread until a slot is free. */
  blockForSlot(timeoutMs: number): void {
    this.#slab?.block(timeoutMs);
  }

  #slabFor(size: number): Slab {
    if (this.#slab !== undefined && this.#slab.slotBytes >= size) return this.#slab;
    const slotBytes = size <= 2 ** 22
      ? Math.max(MIN_SLOT_BYTES, 2 ** Math.ceil(Math.log2(size)))
      : Math.ceil(size * 1.125 / 2 ** 20) * 2 ** 20;
    const slots = Math.max(2, Math.min(MAX_SLOTS, Math.floor(SLAB_BYTES / slotBytes)));
    const memory = createSlab({ slots, slotBytes });
    this.#post({ slab: memory, number: ++this.#slabs });
    return this.#slab = new Slab(memory);
  }
}

/** Takes frames out of a ring, and large ones out of their slab. */
export class FrameReceiver {
  readonly #reader: RingReader;
  readonly #words: Uint32Array;
  readonly #slabs = new Map<number, Slab>();
  #taken: { readonly slab: Slab; readonly slot: number } | undefined;

  constructor(reader: RingReader) {
    [this.#reader, this.#words] = [reader, wordsOf(reader)];
  }

  /** Takes note of a slab. */
  add({ slab, number }: SlabMessage): void {
    this.#slabs.set(number, new Slab(slab));
  }

  /** Whether the record at hand has a frame in a slab that was not heard of yet. */
  get lacksSlab(): boolean {
    if (this.#reader.kind !== RECORD.frame) return false;
    const number = this.#words[(this.#reader.at >> 2) + 2]!;
    return number !== 0 && !this.#slabs.has(number);
  }

  /** What the record at hand begins with. */
  head(): FrameHead {
    const word = this.#reader.at >> 2;
    return { number: this.#words[word]!, input: this.#words[word + 1]! };
  }

  /** The frame of the record at hand; its samples are what `take` makes of views that end with {@linkcode release}. */
  frame(take: (samples: Float64Array) => Float64Array): DataFrame {
    return readFrame(this.#bytes(), take);
  }

  /** Gives the memory of the last frame back. Needed for each frame, also for one that nobody looked at. */
  release(): void {
    if (this.#taken === undefined) this.#bytes();
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.slab.release(taken.slot);
  }

  #bytes(): Uint8Array {
    const { at, length, bytes } = this.#reader;
    const word = at >> 2;
    const [number, slot, size] = [this.#words[word + 2]!, this.#words[word + 3]!, this.#words[word + 4]!];
    if (number === 0) return bytes.subarray(at + HEAD_BYTES, at + length);
    const slab = this.#slabs.get(number);
    if (slab === undefined) throw new RangeError(`Cannot find frame: there is no slab ${number}`);
    for (const other of this.#slabs.keys()) if (other < number) this.#slabs.delete(other);
    this.#taken = { slab, slot };
    return slab.bytesOf(slot, size);
  }
}

/** Writes a record of a number and a text; false while there is no room. */
export function tryWriteText(
  writer: RingWriter,
  kind: number,
  { number, text }: { readonly number: number; readonly text: Uint8Array },
): boolean {
  const at = writer.reserve(kind, 4 + text.length);
  if (at < 0) return false;
  wordsOf(writer)[at >> 2] = number;
  writer.bytes.set(text, at + 4);
  return true;
}

/** The text of the record at hand, behind its number. */
export function readText({ bytes, at, length }: RingReader): Uint8Array {
  return bytes.slice(at + 4, at + length);
}

/** The last two words of a `DONE`, which are one number. */
export function readBusyNs(reader: RingReader): number {
  const words = wordsOf(reader);
  const at = reader.at >> 2;
  return new Float64Array(Uint32Array.of(words[at + 2]!, words[at + 3]!).buffer)[0]!;
}

/** Writes a record of words alone; false while there is no room. */
export function tryWriteWords(writer: RingWriter, kind: number, words: readonly number[]): boolean {
  const at = writer.reserve(kind, words.length * 4);
  if (at < 0) return false;
  wordsOf(writer).set(words, at >> 2);
  return true;
}

const views = new WeakMap<Uint8Array, Uint32Array>();

/** The memory of a ring's records as words. */
export function wordsOf({ bytes }: { readonly bytes: Uint8Array }): Uint32Array {
  let words = views.get(bytes);
  if (words === undefined) views.set(bytes, words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2));
  return words;
}
