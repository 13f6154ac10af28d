import { protocolError } from "../protocol/protocol_error.ts";

/** Options of {@linkcode FrameReader}. */
export interface FrameReaderOptions {
  /** Shortest and longest frame. */
  readonly minBytes: number;
  readonly maxBytes: number;
  /** Called once when nothing comes any more. */
  readonly onEnd: () => void;
  /** Called when a frame has begun and its length is known; the rest is read when what it gives has resolved. */
  readonly onBegin?: (bytes: number) => Promise<void> | undefined;
}

/** Requests or answers from a stream: `int32 length ‖ bytes`. It holds one of them and what came with its end, never more. */
export class FrameReader {
  readonly #read: () => Promise<IteratorResult<Uint8Array>>;
  readonly #options: FrameReaderOptions;
  readonly #stopped = Promise.withResolvers<undefined>();
  #pieces: Uint8Array[] = [];
  #length = 0;
  #reading: Promise<boolean> | undefined;
  #isStopped = false;
  #hasBegun = false;

  /** Reads pieces as they come. */
  constructor(read: () => Promise<IteratorResult<Uint8Array>>, options: FrameReaderOptions) {
    [this.#read, this.#options] = [read, options];
  }

  /** The next request; nothing at the end. @throws {TinmanError} `PROTOCOL` for a length that no request has. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#isStopped) return undefined;
      const needed = this.#needed();
      if (this.#length >= needed) {
        this.#hasBegun = false;
        return this.#take(needed).subarray(4);
      }
      if (this.#length >= 4 && !this.#hasBegun) {
        this.#hasBegun = true;
        const room = this.#options.onBegin?.(needed);
        if (room !== undefined) await Promise.race([room, this.#stopped.promise]);
        continue;
      }
      const more = await Promise.race([this.#more(), this.#stopped.promise]);
      if (more === undefined) return undefined;
      if (!more) {
        if (this.#length === 0) return undefined;
        throw protocolError(`${this.#length} bytes of a request, then the end`);
      }
    }
  }

  /** Begins to read on, so that the end is noticed by {@linkcode FrameReaderOptions.onEnd}. */
  readAhead(): void {
    if (this.#length === 0) this.#more().catch(() => {});
  }

  /** Gives no more requests. */
  stop(): void {
    this.#isStopped = true;
    this.#stopped.resolve(undefined);
  }

  /** One piece more; false at the end. */
  #more(): Promise<boolean> {
    return this.#reading ??= this.#readPiece().finally(() => this.#reading = undefined);
  }

  async #readPiece(): Promise<boolean> {
    try {
      const { value, done } = await this.#read();
      if (done !== true) {
        this.#pieces.push(value);
        this.#length += value.length;
        return true;
      }
    } catch (error) {
      this.#options.onEnd();
      throw error;
    }
    this.#options.onEnd();
    return false;
  }

  /** Bytes up to the end of the next request, as far as that is known. */
  #needed(): number {
    if (this.#length < 4) return 4;
    if (this.#pieces[0]!.length < 4) this.#pieces = [this.#take(this.#length)];
    this.#length = this.#pieces.reduce((sum, { length }) => sum + length, 0);
    const first = this.#pieces[0]!;
    const length = new DataView(first.buffer, first.byteOffset).getInt32(0);
    const { minBytes, maxBytes } = this.#options;
    if (length < minBytes || length > maxBytes) {
      throw protocolError(`a request of ${length} bytes, expected ${minBytes} to ${maxBytes}`);
    }
    return 4 + length;
  }

  /** The first `length` bytes, in one piece. */
  #take(length: number): Uint8Array {
    this.#length -= length;
    const first = this.#pieces[0]!;
    if (first.length >= length) {
      if (first.length === length) this.#pieces.shift();
      else this.#pieces[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const all = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const piece = this.#pieces[0]!;
      const part = piece.subarray(0, length - at);
      all.set(part, at);
      at += part.length;
      if (part.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(part.length);
    }
    return all;
  }
}
