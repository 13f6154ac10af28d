import type { Link } from "./link.ts";
import { checkLength, closedError } from "./link_errors.ts";

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
  /** Whether the other end said that this was all. */
  readonly hasEnded?: boolean;
  /** What the framing itself has to say to the other end, once; the newest, if it has more to say. */
  reply?(): Uint8Array | undefined;
  /** The last word, when this end closes and nobody waits for room; it waits for a while only. */
  goodbye?(send: (bytes: Uint8Array) => Promise<void>): Promise<void>;
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
  #closing: Promise<void> | undefined;
  #sending = 0;
  #isReplying = false;

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
    return this.#inLine(this.#framing.encode(bytes));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const { goodbye } = this.#framing;
    if (goodbye !== undefined && this.#sending === 0 && this.#failure === undefined) {
      await goodbye.call(this.#framing, (bytes) => this.#link.send(bytes));
    }
    await this.#link.close();
  }

  /** One after the other: two that are sent at once would mix their bytes. */
  #inLine(frame: Uint8Array): Promise<void> {
    this.#sending++;
    const sent = this.#line.then(() => this.#write(frame)).finally(() => this.#sending--);
    this.#line = sent.catch(() => {});
    return sent;
  }

  async #write(frame: Uint8Array): Promise<void> {
    if (this.#closing !== undefined) throw closedError(this.name);
    if (this.#failure !== undefined) throw this.#failure;
    const { maxBytes } = this.#link;
    for (let at = 0; at < frame.length; at += maxBytes) await this.#link.send(frame.subarray(at, at + maxBytes));
  }

  /** One at a time, so that who asks and does not read what we say costs no room. */
  #reply(): void {
    const reply = this.#isReplying ? undefined : this.#framing.reply?.();
    if (reply === undefined) return;
    this.#isReplying = true;
    this.#inLine(reply).catch(() => {}).finally(() => {
      this.#isReplying = false;
      this.#reply();
    });
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    for (;;) {
      if (this.#closing !== undefined) return { value: undefined, done: true };
      const value = this.#framing.next();
      if (value !== undefined) return { value, done: false };
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#framing.hasEnded === true) return { value: undefined, done: true };
      const piece = await this.#pieces.next();
      if (this.#closing !== undefined) return { value: undefined, done: true };
      try {
        if (piece.done !== true) this.#framing.push(piece.value);
        else this.#framing.end();
        this.#reply();
      } catch (error) {
        this.#failure = error;
        await this.#link.close();
      }
      if (piece.done === true && this.#failure === undefined) return { value: undefined, done: true };
    }
  }
}

/** Messages that were found and not read yet. Taking one costs the same however many there are. */
export class Found {
  readonly #messages: Uint8Array[] = [];
  #at = 0;

  add(message: Uint8Array): void {
    this.#messages.push(message);
  }

  next(): Uint8Array | undefined {
    const message = this.#messages[this.#at];
    if (message === undefined) return undefined;
    this.#at++;
    if (this.#at === this.#messages.length) this.#messages.length = this.#at = 0;
    return message;
  }
}
