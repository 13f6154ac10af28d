import { type Lease, Shelves } from "./buffer_pool_shelves.ts";
import { type DataFrame, FRAME_LIMITS } from "./frame.ts";
import { guardFrame, releasedError, unguardFrame } from "./frame_pool_guard.ts";
import type { FramePool } from "./stage.ts";

/** Options of {@linkcode BufferPool}. */
export interface BufferPoolOptions {
  /** Most bytes of arrays that wait to be used again; what comes back beyond is left to the collector. @default {67108864} */
  readonly maxBytes?: number;
  /**
   * Finds who looks at samples after it let go of them: frames throw `CLOSED`, and arrays lose their memory (their length
   * is then 0, their methods throw). Arrays come filled with `NaN`. @default {false}
   */
  readonly debug?: boolean;
}

/** What a {@linkcode BufferPool} did so far. */
export interface BufferPoolStats {
  /** Arrays that were asked for. */
  readonly taken: number;
  /** Of these, new ones. Does not grow while a pipeline streams steadily. */
  readonly allocated: number;
  /** Arrays that came back. */
  readonly returned: number;
  /** Of these, arrays that were left to the collector because of the limits. */
  readonly dropped: number;
  /** Bytes of the arrays that wait to be used again. */
  readonly freeBytes: number;
}

/** Something of a pool that is kept until it is disposed of; twice is fine. */
export interface Kept<T> extends Disposable {
  /** `CLOSED` after the end. */
  readonly value: T;
}

/**
 * Arrays that are used again when the last reader of their frame is done.
 *
 * - A frame is shared with as many readers as there are, and each of them releases it. Frames stay shared: nothing is
 *   copied, and an array that is passed on in another frame, or a part of it, counts as the array.
 * - Whoever does not release (a node of a user, a stage that keeps what it was given) keeps the array for itself: it
 *   never comes back, and the collector takes it in the end. The same holds for arrays that were never shared.
 * - Arrays that the pool did not make are left alone.
 *
 * @example An array for one block of code
 * ```ts
 * import { BufferPool } from "tinman/pipeline";
 *
 * const pool = new BufferPool();
 * for (let i = 0; i < 100; i++) {
 *   using samples = pool.lease(1024);
 *   samples.value.fill(i);
 * }
 * pool.stats.allocated; // 1
 * ```
 */
export class BufferPool implements FramePool {
  readonly #shelves: Shelves;
  readonly #debug: boolean;
  // Weak: what does not come back is not kept. By memory rather than by array, because a part of an array has the same.
  readonly #leases = new WeakMap<ArrayBufferLike, Lease>();
  #last: Lease | undefined;
  #allocated = 0;
  #returned = 0;

  /** Starts empty. */
  constructor(options: BufferPoolOptions = {}) {
    const { maxBytes = 64 * 1024 * 1024, debug = false } = options;
    if (!(maxBytes >= 0)) throw new RangeError(`Cannot make a pool of ${maxBytes} bytes: expected 0 or more`);
    this.#shelves = new Shelves(maxBytes);
    this.#debug = debug;
  }

  /** {@linkcode BufferPoolStats} */
  get stats(): BufferPoolStats {
    const { asked: taken, bytes: freeBytes, dropped } = this.#shelves;
    return { taken, allocated: this.#allocated, returned: this.#returned, dropped, freeBytes };
  }

  /** An array of `length` numbers; whatever was in it. It comes back when the readers of its frame have released it. */
  take(length: number): Float64Array<ArrayBuffer> {
    const lease = this.#shelves.take(length) ?? this.#allocate(length);
    lease.isBack = false;
    this.#last = lease;
    return lease.array;
  }

  /** An array for a block of code: `using samples = pool.lease(1024)`. */
  lease(length: number): Kept<Float64Array> {
    const array = this.take(length);
    const lease = this.#leases.get(array.buffer)!;
    lease.readers++;
    return new KeptValue(array, () => this.#let(lease));
  }

  /** A frame that was received, for longer than until it is released: `using held = pool.hold(frame)`. */
  hold(frame: DataFrame): Kept<DataFrame> {
    const shared = this.receive(this.share(frame, 1));
    return new KeptValue(shared, () => this.release(shared));
  }

  /**
   * Gives `frame` to so many readers, each of which has to {@linkcode release} what it receives. Without a reader, arrays
   * that nobody else has go back at once. Returns the frame to hand on.
   *
   * @throws {TinmanError} `CLOSED` when an array in it went back before.
   */
  share(frame: DataFrame, readers: number): DataFrame {
    const plain = this.#debug ? unguardFrame(frame) : frame;
    for (const { buffer } of plain.payload.values()) {
      const lease = this.#find(buffer);
      if (lease === undefined) continue;
      if (lease.isBack) throw wentBack("share", buffer, plain);
      lease.readers += readers;
      if (lease.readers === 0) this.#putBack(lease);
    }
    return plain;
  }

  /** What a reader looks at and later releases: `frame`, and with `debug` one that knows when it was released. */
  receive(frame: DataFrame): DataFrame {
    return this.#debug ? guardFrame(frame) : frame;
  }

  /**
   * A reader is done with `frame`, and looks at it never again.
   *
   * @throws {TinmanError} `CLOSED` when all its readers have released it already.
   */
  release(frame: DataFrame): void {
    const plain = this.#debug ? unguardFrame(frame, { close: true }) : frame;
    for (const { buffer } of plain.payload.values()) {
      const lease = this.#find(buffer);
      if (lease === undefined) continue;
      if (lease.isBack) throw wentBack("release", buffer, plain);
      this.#let(lease);
    }
  }

  /** Nothing for memory of others. */
  #find(buffer: ArrayBufferLike): Lease | undefined {
    // Where one frame goes through at a time, it is the same one again and again.
    const last = this.#last;
    if (last !== undefined && last.buffer === buffer) return last;
    const lease = this.#leases.get(buffer);
    if (lease !== undefined) this.#last = lease;
    return lease;
  }

  #let(lease: Lease): void {
    if (--lease.readers <= 0) this.#putBack(lease);
  }

  #putBack(lease: Lease): void {
    this.#returned++;
    [lease.isBack, lease.readers] = [true, 0];
    this.#shelves.put(this.#debug ? this.#renew(lease) : lease);
  }

  #allocate(length: number): Lease {
    if (!Number.isInteger(length) || length < 0 || length > FRAME_LIMITS.samples) {
      throw new RangeError(`Cannot take ${length} numbers: expected a whole number from 0 to ${FRAME_LIMITS.samples}`);
    }
    this.#allocated++;
    const array = new Float64Array(length);
    return this.#register(this.#debug ? array.fill(NaN) : array);
  }

  /** The same memory in a new array: the old one has none any more. */
  #renew({ array }: Lease): Lease {
    return this.#register(new Float64Array(array.buffer.transfer()).fill(NaN));
  }

  #register(array: Float64Array<ArrayBuffer>): Lease {
    const lease: Lease = { array, buffer: array.buffer, readers: 0, isBack: false };
    this.#leases.set(array.buffer, lease);
    return lease;
  }
}

class KeptValue<T> implements Kept<T> {
  readonly #value: T;
  #letGo: (() => void) | undefined;

  constructor(value: T, letGo: () => void) {
    [this.#value, this.#letGo] = [value, letGo];
  }

  get value(): T {
    if (this.#letGo === undefined) throw releasedError("look at it: it was disposed of");
    return this.#value;
  }

  [Symbol.dispose](): void {
    const letGo = this.#letGo;
    this.#letGo = undefined;
    letGo?.();
  }
}

function wentBack(what: string, buffer: ArrayBufferLike, { payload, sequenceId }: DataFrame) {
  const [channel] = [...payload.entries()].find(([, samples]) => samples.buffer === buffer)!;
  return releasedError(`${what} "${channel}" of frame ${sequenceId}: its samples went back to the pool`);
}
