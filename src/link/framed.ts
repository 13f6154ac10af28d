import { crc32c } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { Found, FramedLink, type Framing } from "./framing.ts";
import type { Link } from "./link.ts";

/** Options of {@linkcode framedLink}. */
export interface FramedOptions {
  /** Most bytes of a message; who announces more is let go. @default {1048576} */
  readonly maxBytes?: number;
  /** Whether each message carries a CRC-32C, for streams that change bytes. @default {false} */
  readonly checksum?: boolean;
}

/**
 * Messages over a stream that loses nothing, such as TCP: each is its length as an unsigned LEB128 varint, its bytes, and
 * with `checksum` their CRC-32C in four bytes, little-endian. `link` belongs to the result: closing that closes it.
 *
 * Reading throws `PROTOCOL` when what comes is no message, and `UNAVAILABLE` when the stream ends inside one; the link is
 * closed then.
 */
export function framedLink(link: Link, { maxBytes = 1 << 20, checksum = false }: FramedOptions = {}): Link {
  return new FramedLink(link, new LengthFraming(link.name, maxBytes, checksum));
}

/** A length has at most five bytes of seven bits. */
const MAX_LENGTH_BYTES = 5;

/** See {@linkcode framedLink}. */
class LengthFraming implements Framing {
  readonly maxBytes: number;
  readonly #name: string;
  readonly #tail: number;
  readonly #found = new Found();
  /** The message that has begun: first its length is read, then what is wanted of it. */
  #reads: "length" | "body" = "length";
  #length = 0;
  #lengthBytes = 0;
  #wanted = 0;
  #got = 0;
  #body: Uint8Array | undefined;

  constructor(name: string, maxBytes: number, checksum: boolean) {
    [this.#name, this.maxBytes, this.#tail] = [name, maxBytes, checksum ? 4 : 0];
  }

  encode(message: Uint8Array): Uint8Array {
    const head: number[] = [];
    let left = message.length;
    for (; left >= 128; left = Math.floor(left / 128)) head.push(left % 128 + 128);
    head.push(left);
    const frame = new Uint8Array(head.length + message.length + this.#tail);
    frame.set(head);
    frame.set(message, head.length);
    if (this.#tail > 0) new DataView(frame.buffer).setUint32(frame.length - 4, crc32c(message), true);
    return frame;
  }

  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      at = this.#reads === "length" ? this.#readLength(piece, at) : this.#readBody(piece, at);
    }
  }

  next(): Uint8Array | undefined {
    return this.#found.next();
  }

  end(): void {
    if (this.#lengthBytes === 0) return;
    const what = this.#name;
    const at = this.#lengthBytes + this.#got;
    throw new TinmanError("UNAVAILABLE", `Cannot read on ${what}: it ended ${at} bytes into a message`, { what });
  }

  #readLength(piece: Uint8Array, at: number): number {
    const byte = piece[at]!;
    this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes++;
    if (byte >= 128) {
      if (this.#lengthBytes === MAX_LENGTH_BYTES) throw this.#wrong("a length does not end");
      return at + 1;
    }
    // One way to write each length, so that what is no message is noticed soon.
    if (byte === 0 && this.#lengthBytes > 1) throw this.#wrong("a length is longer than it has to be");
    if (this.#length > this.maxBytes) {
      throw this.#wrong(`a message of ${this.#length} bytes is announced, at most ${this.maxBytes} may be`);
    }
    [this.#wanted, this.#reads] = [this.#length + this.#tail, "body"];
    if (this.#wanted === 0) this.#finish(new Uint8Array(0));
    return at + 1;
  }

  #readBody(piece: Uint8Array, at: number): number {
    const count = Math.min(this.#wanted - this.#got, piece.length - at);
    if (this.#got === 0 && count === this.#wanted) {
      this.#finish(piece.subarray(at, at + count));
      return at + count;
    }
    // Room grows with what has come, not with what was announced.
    const needed = this.#got + count;
    if (this.#body === undefined || this.#body.length < needed) {
      const grown = new Uint8Array(Math.min(this.#wanted, Math.max(needed, 2 * this.#got)));
      if (this.#body !== undefined) grown.set(this.#body.subarray(0, this.#got));
      this.#body = grown;
    }
    this.#body.set(piece.subarray(at, at + count), this.#got);
    this.#got = needed;
    if (needed === this.#wanted) this.#finish(this.#body);
    return at + count;
  }

  #finish(body: Uint8Array): void {
    const message = body.subarray(0, body.length - this.#tail);
    if (this.#tail > 0) {
      const sum = new DataView(body.buffer, body.byteOffset + message.length, 4).getUint32(0, true);
      if (sum !== crc32c(message)) throw this.#wrong("a message does not have its checksum");
    }
    this.#found.add(message);
    [this.#reads, this.#length, this.#lengthBytes, this.#got, this.#body] = ["length", 0, 0, 0, undefined];
  }

  #wrong(why: string): TinmanError<"PROTOCOL"> {
    return new TinmanError("PROTOCOL", `Cannot read on ${this.#name}: ${why}`, { protocol: "framed" });
  }
}
