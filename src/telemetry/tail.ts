import type { ObservedFrame } from "./observed.ts";

/** Options of {@linkcode TailBuffer} that whoever listens chooses. */
export interface TailOptions {
  /** Values to take; asked for every value, so it is quick. One that throws takes nothing. @default {all} */
  readonly match?: (value: unknown) => boolean;
  /** Most values written down between two looks; of the rest only the last. @default {16} */
  readonly maxFrames?: number;
  /** Bytes between two looks after which only the last value is written down. @default {1048576} */
  readonly maxBytes?: number;
}

/** The end of a channel, for somebody who looks from time to time. It never holds up who publishes. */
export interface Tail extends Disposable {
  /** What came since the last look, oldest first. Between two looks a few are kept, and always the last one. */
  take(): ObservedFrame[];
  /** Values that came since it began. */
  readonly seen: number;
  /** Values that matched. */
  readonly matched: number;
  /** Values that matched and were not kept. */
  readonly skipped: number;
}

/** What makes a {@linkcode TailBuffer}. */
export interface TailSource<T> extends TailOptions {
  /** Bytes of a value, as they are recorded. */
  readonly encode: (value: T) => Uint8Array;
  /** The time that a value has, in nanoseconds since 1970. */
  readonly now: () => bigint;
  /** Called once, when nobody listens any more. */
  readonly onClose?: () => void;
  /** Whether a value is still the same when it is looked at later: not so for memory that is used again. @default {true} */
  readonly isLasting?: boolean;
}

/**
 * What an engine's tap puts values into. The price for who publishes is bounded by how often somebody looks: `maxFrames` values
 * are written down for each look, of the others only a reference to the last is kept. When nobody looks, nothing is.
 */
export class TailBuffer<T = unknown> implements Tail {
  readonly #source: TailSource<T>;
  readonly #maxFrames: number;
  readonly #maxBytes: number;
  #frames: ObservedFrame[] = [];
  #last: { readonly value: T; readonly index: number } | undefined;
  #bytes = 0;
  #room: number;
  #closed = false;
  seen = 0;
  matched = 0;
  skipped = 0;

  /** Begins empty. */
  constructor(source: TailSource<T>) {
    this.#source = source;
    this.#maxFrames = this.#room = source.maxFrames ?? 16;
    this.#maxBytes = source.maxBytes ?? 2 ** 20;
  }

  /** A value went through the channel as number `index`. Throws nothing. */
  offer(value: T, index: number): void {
    this.seen++;
    const { match, isLasting = true } = this.#source;
    if (match !== undefined && !holds(match, value)) return;
    this.matched++;
    if (this.#room > 0) return this.#write(value, index);
    if (this.#last !== undefined || !isLasting) this.skipped++;
    if (isLasting) this.#last = { value, index };
  }

  /** {@linkcode Tail.take} */
  take(): ObservedFrame[] {
    if (this.#last !== undefined) this.#write(this.#last.value, this.#last.index);
    this.#last = undefined;
    const taken = this.#frames;
    [this.#frames, this.#room, this.#bytes] = [[], this.#maxFrames, 0];
    return taken;
  }

  /** Listens no more. Twice is fine. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    [this.#frames, this.#last, this.#room] = [[], undefined, 0];
    this.#source.onClose?.();
  }

  #write(value: T, index: number): void {
    this.#room--;
    const timeNs = this.#source.now();
    try {
      const data = this.#source.encode(value);
      this.#bytes += data.length;
      if (this.#bytes > this.#maxBytes) this.#room = 0;
      this.#frames.push({ index, timeNs, data });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#frames.push({ index, timeNs, data: undefined, problem });
    }
  }
}

function holds(match: (value: unknown) => boolean, value: unknown): boolean {
  try {
    return match(value);
  } catch {
    return false;
  }
}
