import type { Link } from "./link.ts";
import { checkLength } from "./link_errors.ts";

/** How messages stand in a stream. */
export interface Framing {
  /** Most bytes of a message. */
  readonly maxBytes: number;
  /** The bytes of one message in the stream, in memory of their own. */
  encode(message: Uint8Array): Uint8Array;
  /** Takes a piece of the stream, which is its own now. @throws what ends the link, after the messages in front of it. */
  push(piece: Uint8Array): void;
  /** The next whole message. */
  next(): Uint8Array | undefined;
  /** The stream has ended. @throws when it should not have ended here. */
  end(): void;
}

/** Messages over a stream: whole, in order, none lost; whoever reads too slowly holds the sender up. */
export class FramedLink implements Link {
  readonly kind = "datagrams";
  readonly name: string;
  readonly maxBytes: number;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #link: Link;
  readonly #framing: Framing;
  readonly #pieces: AsyncIterator<Uint8Array>;
  #line: Promise<void> = Promise.resolve();
  #failure: unknown;
  #isClosed = false;

  constructor(link: Link, framing: Framing) {
    if (link.kind !== "stream") throw new TypeError(`Cannot frame ${link.name}: it keeps pieces whole already`);
    [this.#link, this.#framing, this.name, this.maxBytes] = [link, framing, link.name, framing.maxBytes];
    this.#pieces = link.incoming[Symbol.asyncIterator]();
    // Leaving a loop leaves the link as it is, so another loop may go on.
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  send(bytes: Uint8Array): Promise<void> {
    try {
      checkLength(this, bytes);
    } catch (error) {
      return Promise.reject(error);
    }
    const frame = this.#framing.encode(bytes);
    // One after the other: two that are sent at once would mix their bytes.
    const sent = this.#line.then(() => this.#write(frame));
    this.#line = sent.catch(() => {});
    return sent;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#link.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #write(frame: Uint8Array): Promise<void> {
    if (this.#failure !== undefined && !this.#isClosed) throw this.#failure;
    const { maxBytes } = this.#link;
    for (let at = 0; at < frame.length; at += maxBytes) await this.#link.send(frame.subarray(at, at + maxBytes));
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    for (;;) {
      if (this.#isClosed) return { value: undefined, done: true };
      const value = this.#framing.next();
      if (value !== undefined) return { value, done: false };
      if (this.#failure !== undefined) throw this.#failure;
      const piece = await this.#pieces.next();
      if (this.#isClosed) return { value: undefined, done: true };
      try {
        if (piece.done !== true) this.#framing.push(piece.value);
        else this.#framing.end();
      } catch (error) {
        this.#failure = error;
        await this.#link.close();
      }
      if (piece.done === true && this.#failure === undefined) return { value: undefined, done: true };
    }
  }
}
