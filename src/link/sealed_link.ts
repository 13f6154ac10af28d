import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Link } from "./link.ts";
import { checkLength, closedError, goneError } from "./link_errors.ts";
import { type NoiseCipher, TAG_BYTES } from "./noise_cipher.ts";
import { within } from "./within.ts";

/** What stands before the bytes of each sealed piece. */
const LAST = 0;
const MORE = 1;
const END = 2;

/** How long `close()` waits for the link to take the word that this was the end. */
const GOODBYE_MS = 1_000;

/** After so much a direction has another key. */
const REKEY = { messages: 2 ** 16, bytes: 2 ** 30 };

/** What a handshake leaves. */
export interface SealedOptions {
  /** What comes over the link. */
  readonly pieces: AsyncIterator<Uint8Array>;
  readonly send: NoiseCipher;
  readonly receive: NoiseCipher;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly peerKey: Uint8Array;
}

/** Messages that only the other end can read: each in pieces of at most 65535 bytes, sealed one by one. */
export class SealedLink implements Link {
  readonly kind = "datagrams";
  readonly name: string;
  readonly maxBytes: number;
  readonly peerKey: Uint8Array;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly #link: Link;
  readonly #its: SealedOptions;
  readonly #seal: Direction;
  readonly #open: Direction;
  readonly #pieceBytes: number;
  #line: Promise<void> = Promise.resolve();
  #sending = 0;
  #begun: Uint8Array[] = [];
  #begunBytes = 0;
  #hasEnded = false;
  #failure: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(link: Link, its: SealedOptions) {
    [this.#link, this.#its, this.name] = [link, its, link.name];
    [this.maxBytes, this.peerKey] = [its.maxBytes, its.peerKey];
    [this.#seal, this.#open] = [new Direction(its.send), new Direction(its.receive)];
    this.#pieceBytes = Math.min(link.maxBytes, 65_535) - TAG_BYTES - 1;
    // Leaving a loop leaves the link as it is, so another loop may go on.
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.#next() }) };
  }

  send(bytes: Uint8Array): Promise<void> {
    try {
      checkLength(this, bytes);
    } catch (error) {
      return Promise.reject(error);
    }
    // One after the other: what is sealed first has to arrive first.
    this.#sending++;
    const sent = this.#line.then(() => this.#sendAll(bytes)).finally(() => this.#sending--);
    this.#line = sent.catch(() => {});
    return sent;
  }

  /** Tells the other end that nothing is missing, unless somebody still waits for room. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (this.#sending === 0 && this.#failure === undefined) {
      const told = this.#link.send(this.#seal.seal(Uint8Array.of(END))).catch(() => {});
      await within(told, { clock: this.#its.clock, ms: GOODBYE_MS, late: () => {} });
    }
    await this.#link.close();
  }

  async #sendAll(bytes: Uint8Array): Promise<void> {
    let at = 0;
    do {
      if (this.#closing !== undefined) throw closedError(this.name);
      if (this.#failure !== undefined) throw this.#failure;
      const piece = bytes.subarray(at, at + this.#pieceBytes);
      at += piece.length;
      const plain = new Uint8Array(piece.length + 1);
      plain[0] = at < bytes.length ? MORE : LAST;
      plain.set(piece, 1);
      await this.#link.send(this.#seal.seal(plain));
    } while (at < bytes.length);
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    for (;;) {
      if (this.#closing !== undefined || this.#hasEnded) return { value: undefined, done: true };
      if (this.#failure !== undefined) throw this.#failure;
      try {
        const piece = await this.#its.pieces.next();
        if (this.#closing !== undefined) continue;
        if (piece.done === true) throw goneError(this.name, "read");
        const value = this.#take(piece.value);
        if (value !== undefined) return { value, done: false };
      } catch (error) {
        if (this.#closing !== undefined) continue;
        this.#failure = error as Error;
        this.#begun = [];
        await this.#link.close();
      }
    }
  }

  /** A message when it is whole. */
  #take(sealed: Uint8Array): Uint8Array | undefined {
    const plain = this.#open.open(sealed);
    if (plain === undefined) {
      throw this.#wrong("a message was changed, repeated, left out or is not from the other end");
    }
    const [mark] = plain;
    if (mark === END && this.#begun.length === 0) this.#hasEnded = true;
    else if (mark !== LAST && mark !== MORE) throw this.#wrong("a message has no beginning");
    else return this.#join(plain.subarray(1), mark === LAST);
    return undefined;
  }

  #join(piece: Uint8Array, isLast: boolean): Uint8Array | undefined {
    const length = this.#begunBytes += piece.length;
    if (length > this.maxBytes) throw this.#wrong(`a message is longer than ${this.maxBytes} bytes`);
    if (!isLast && piece.length === 0) throw this.#wrong("a piece of a message is empty");
    if (isLast) this.#begunBytes = 0;
    if (isLast && this.#begun.length === 0) return piece;
    this.#begun.push(piece);
    if (!isLast) return undefined;
    const message = new Uint8Array(length);
    let at = 0;
    for (const each of this.#begun.splice(0)) {
      message.set(each, at);
      at += each.length;
    }
    return message;
  }

  #wrong(why: string): TinmanError<"PROTOCOL"> {
    return new TinmanError("PROTOCOL", `Cannot read on ${this.name}: ${why}`, { protocol: "noise" });
  }
}

/** One direction: both ends count the same, so both change the key at the same message. */
class Direction {
  readonly #cipher: NoiseCipher;
  #messages = 0;
  #bytes = 0;

  constructor(cipher: NoiseCipher) {
    this.#cipher = cipher;
  }

  seal(plain: Uint8Array): Uint8Array {
    const sealed = this.#cipher.seal(plain);
    this.#count(sealed.length);
    return sealed;
  }

  open(sealed: Uint8Array): Uint8Array | undefined {
    const plain = this.#cipher.open(sealed);
    if (plain !== undefined) this.#count(sealed.length);
    return plain;
  }

  #count(bytes: number): void {
    this.#messages++;
    this.#bytes += bytes;
    if (this.#messages < REKEY.messages && this.#bytes < REKEY.bytes) return;
    this.#cipher.rekey();
    this.#messages = this.#bytes = 0;
  }
}
