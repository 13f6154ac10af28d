import { ByteReader, ByteWriter } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";

/*
 * What one node observed, besides the values themselves: in which order they came from its sources, and what the clock
 * said, and where it had to wait for room. The journal is a channel of frames, each
 *
 *   frame  = node:varint entry*
 *   entry  = (count << 1 | 0):varint source:varint     `count` values in a row came from `source`
 *          | (delta << 1 | 1):varint                   the clock was read, `delta` ns after the last reading of this node
 *          | 0:varint (output + 1):varint delta:varint somebody began to wait for room in an output, `delta` after the
 *                                                      last place in this output where somebody did
 *
 * Source k is the k-th input of the node; the numbers after the last input stand for its timers that were set and have not
 * fired and its publishers that wait for room, in the order in which they began to wait: two that are due at nearly the
 * same time may come in any order. A place in an output is twice the number of the value that is next, and one more for who
 * publishes it than for who only wants to know that there is room. A node with one source that never looks at the clock
 * writes nothing: what it does follows from the values alone (Kahn 1974). A number that no node has makes a mark, see
 * extent.ts.
 */

/** The reserved channel that journals are kept in. */
export const JOURNAL_CHANNEL = "~journal";
/** The id of its codec. */
export const JOURNAL_CODEC = "tinman.journal";

/** A journal frame is written out when it has grown to this many bytes. */
const FRAME_BYTES = 8192;
/** Times further apart than this are left out; a double could not hold them twice over. */
const MAX_DELTA_NS = 2 ** 51;

/** What a journal expects when the node observed nothing more: no source has this number. */
export const NOTHING = -1;

/** Where a node writes what it observes, or reads what it has to observe. */
export interface Journal {
  /** The source from which the next value has to come, if the journal knows; {@linkcode NOTHING} if there was no next. */
  expected(): number | undefined;
  /** Whether the node looked at the clock or began to wait for room before the next value came. */
  readonly expectsMore: boolean;
  /** A value came from `source`. */
  turn(source: number): void;
  /** `count` more values came from the only input. */
  turns(count: number): void;
  /** The clock says `elapsedNs`; the answer is what the node is told. */
  clock(elapsedNs: number): number;
  /** Somebody begins to wait for room at a place of an output; says whether the end of this wait is a turn. */
  wait(output: number, place: number): boolean;
  /** Calls `listener` with each wait that comes next, as soon as that is known. */
  onWait(listener: (output: number, place: number) => void): void;
  /** Stops following: the node does something else today. Says whether it followed until now. */
  abandon(): boolean;
}

/** Observes nothing. */
export const noJournal: Journal = {
  expected: () => undefined,
  expectsMore: false,
  turn() {},
  turns() {},
  clock: (elapsedNs) => elapsedNs,
  wait: () => true,
  onWait() {},
  abandon: () => false,
};

/** Writes down what a node observes; `write` gets frames for {@linkcode JOURNAL_CHANNEL}. */
export class JournalWriter implements Journal {
  readonly expectsMore = false;
  readonly #node: number;
  readonly #write: (frame: Uint8Array) => void;
  readonly #bytes = new ByteWriter(FRAME_BYTES);
  #source = 0;
  #count = 0;
  #lastNs = 0;
  readonly #places = new Map<number, number>();

  /** For the node with this number in the recorded graph. */
  constructor(node: number, write: (frame: Uint8Array) => void) {
    [this.#node, this.#write] = [node, write];
  }

  expected(): undefined {
    return undefined;
  }

  turn(source: number): void {
    if (source !== this.#source) {
      this.#endRun();
      this.#source = source;
    }
    this.#count++;
  }

  turns(count: number): void {
    this.#count += count;
  }

  clock(elapsedNs: number): number {
    const delta = elapsedNs - this.#lastNs;
    if (delta >= MAX_DELTA_NS) return elapsedNs;
    this.#endRun();
    this.#begin().varint(delta * 2 + 1);
    this.#lastNs = elapsedNs;
    if (this.#bytes.length >= FRAME_BYTES - 32) this.flush();
    return elapsedNs;
  }

  wait(output: number, place: number): boolean {
    this.#endRun();
    this.#begin().varint(0).varint(output + 1).varint(place - (this.#places.get(output) ?? 0));
    this.#places.set(output, place);
    if (this.#bytes.length >= FRAME_BYTES - 32) this.flush();
    return true;
  }

  onWait(): void {}

  abandon(): boolean {
    return false;
  }

  /** Writes out what is kept, also of a run of values that still goes on. */
  flush(): void {
    this.#endRun();
    if (this.#bytes.length === 0) return;
    this.#write(this.#bytes.view());
    this.#bytes.clear();
  }

  #endRun(): void {
    if (this.#count === 0) return;
    this.#begin().varint(this.#count * 2).varint(this.#source);
    this.#count = 0;
    if (this.#bytes.length >= FRAME_BYTES - 32) this.flush();
  }

  #begin(): ByteWriter {
    return this.#bytes.length === 0 ? this.#bytes.varint(this.#node) : this.#bytes;
  }
}

/**
 * Gives a node what it observed when it was recorded, as long as it does the same things. A journal that cannot be read
 * is a `CODEC` error where it is come to; after that it is not followed.
 */
export class JournalReader implements Journal {
  readonly #node: number;
  readonly #frames: Iterator<Uint8Array>;
  /** Number of the frame that is being read. */
  #frame = -1;
  #entries: ByteReader | undefined;
  #source: number | undefined;
  #count = 0;
  #readingNs: number | undefined;
  #wait: { readonly output: number; readonly place: number } | undefined;
  #listener: ((output: number, place: number) => void) | undefined;
  readonly #places = new Map<number, number>();
  #lastNs = 0;
  #toldNs = 0;
  #followed = true;
  /** Whether the end of the journal says that nothing more was observed. */
  #isWhole: boolean;

  /**
   * Reads the frames of {@linkcode JOURNAL_CHANNEL} that belong to the node with this number. A journal of a recording
   * that was cut off is not whole: what its node observed last is not known.
   */
  constructor(node: number, frames: Iterable<Uint8Array>, options: { readonly isWhole: boolean }) {
    this.#node = node;
    this.#isWhole = false;
    this.#frames = frames[Symbol.iterator]();
    this.#read();
    // A node that wrote nothing had nothing to choose from, which says nothing about what it may do today.
    this.#isWhole = options.isWhole && this.#entries !== undefined;
  }

  expected(): number | undefined {
    // Readings that today's code did not ask for before it went on are passed over, and so are waits.
    while (this.expectsMore) this.#read();
    if (!this.#followed) return undefined;
    return this.#count > 0 ? this.#source : this.#isWhole ? NOTHING : undefined;
  }

  get expectsMore(): boolean {
    return this.#readingNs !== undefined || this.#wait !== undefined;
  }

  turn(source: number): void {
    const expected = this.expected();
    if (expected === undefined) return;
    if (expected !== source) this.abandon();
    else if (--this.#count === 0) this.#read();
  }

  turns(count: number): void {
    while (count > 0 && this.expected() !== undefined && this.#count > 0) {
      const step = Math.min(count, this.#count);
      count -= step;
      this.#count -= step;
      if (this.#count === 0) this.#read();
    }
  }

  clock(elapsedNs: number): number {
    if (this.#readingNs !== undefined) {
      this.#toldNs = Math.max(this.#toldNs, this.#readingNs);
      this.#read();
    } else {
      this.#toldNs = Math.max(this.#toldNs, elapsedNs);
    }
    return this.#toldNs;
  }

  wait(output: number, place: number): boolean {
    if (this.#wait?.output === output && this.#wait.place === place) {
      this.#read();
      return true;
    }
    // It did not have to wait then, so it does not take a turn today.
    return !(this.expectsMore || this.expected() !== undefined);
  }

  onWait(listener: (output: number, place: number) => void): void {
    this.#listener = listener;
    this.#tell();
  }

  abandon(): boolean {
    const followed = this.#followed;
    this.#followed = false;
    this.#entries =
      this.#source =
      this.#readingNs =
      this.#wait =
        undefined;
    this.#count = 0;
    return followed;
  }

  #read(): void {
    this.#readingNs = this.#source = this.#wait = undefined;
    if (!this.#followed) return;
    try {
      this.#readEntry();
      this.#tell();
    } catch (cause) {
      this.abandon();
      throw cause instanceof RangeError ? damaged(this.#frame, cause) : cause;
    }
  }

  #readEntry(): void {
    while (this.#entries === undefined || this.#entries.left === 0) {
      const { value, done } = this.#frames.next();
      if (done) return void (this.#entries = undefined);
      this.#frame++;
      const entries = new ByteReader(value);
      if (entries.varint() === this.#node) this.#entries = entries;
    }
    const entry = this.#entries.varint();
    if (entry === 0) this.#readWait(this.#entries);
    else if (entry % 2 === 1) this.#readingNs = this.#lastNs += (entry - 1) / 2;
    else [this.#count, this.#source] = [entry / 2, this.#entries.varint()];
  }

  #readWait(entries: ByteReader): void {
    const number = entries.varint();
    if (number === 0) throw new RangeError("Cannot take a run of no values");
    const output = number - 1;
    const place = (this.#places.get(output) ?? 0) + entries.varint();
    this.#places.set(output, place);
    this.#wait = { output, place };
  }

  #tell(): void {
    if (this.#wait !== undefined) this.#listener?.(this.#wait.output, this.#wait.place);
  }
}

function damaged(frame: number, cause: RangeError): TinmanError<"CODEC"> {
  return new TinmanError("CODEC", `Cannot follow frame ${frame} of "${JOURNAL_CHANNEL}": ${cause.message}`, {
    codec: JOURNAL_CODEC,
    direction: "decode",
    channel: JOURNAL_CHANNEL,
    frame,
    cause,
    hint: "tinman log recover writes what is whole to a new recording",
  });
}
