import { crc32c } from "../bytes/mod.ts";
import { Found, FramedLink, type Framing } from "./framing.ts";
import type { Link } from "./link.ts";

const FEND = 0xc0;
const FESC = 0xdb;
const TFEND = 0xdc;
const TFESC = 0xdd;

/** Options of {@linkcode kissLink}. */
export interface KissOptions {
  /** Most bytes of a message. @default {500} */
  readonly maxBytes?: number;
  /** Which of the 16 ports of a TNC. @default {0} */
  readonly port?: number;
  /** Whether messages end with a CRC-32C; off for a TNC whose other side sends none. @default {true} */
  readonly checksum?: boolean;
}

/** A link that knows what it had to leave out. */
export interface KissLink extends Link {
  /** Messages that came damaged or too long, and were left out. */
  readonly damaged: number;
}

/**
 * Messages over a serial line, as KISS frames (Chepponis & Karn 1987): `C0 command bytes C0`, where `C0` and `DB` inside
 * are escaped as `DB DC` and `DB DD`. With `checksum` the bytes are the message and its CRC-32C, little-endian; a message
 * that does not have it is left out and counted, and reading goes on at the next `C0`. So messages may be lost. `link`
 * belongs to the result.
 */
export function kissLink(link: Link, { maxBytes = 500, port = 0, checksum = true }: KissOptions = {}): KissLink {
  return new FramedByKiss(link, new KissFraming({ maxBytes, command: port << 4, checksum }));
}

/** The bytes of one KISS frame; `command` is a command of a TNC, 0 to send `payload`. */
export function encodeKiss(command: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(2 * payload.length + 4);
  let at = 0;
  const put = (byte: number) => {
    if (byte === FEND || byte === FESC) {
      frame[at++] = FESC;
      frame[at++] = byte === FEND ? TFEND : TFESC;
    } else {
      frame[at++] = byte;
    }
  };
  frame[at++] = FEND;
  put(command);
  for (const byte of payload) put(byte);
  frame[at++] = FEND;
  return frame.slice(0, at);
}

/** One KISS frame that was read. */
export interface KissFrame {
  /** What the payload is for: 0 is what a TNC has received. */
  readonly command: number;
  /** Without escapes. */
  readonly payload: Uint8Array;
}

/** Finds KISS frames in a stream that may begin anywhere and hold anything. */
export class KissDecoder {
  /** Frames that were too long or wrongly escaped, and left out. */
  damaged = 0;
  readonly #buffer: Uint8Array;
  #length = 0;
  #state: "outside" | "inside" | "escaped" | "skipping" = "outside";

  /** Leaves out frames with more than `maxBytes` besides the command. */
  constructor(maxBytes: number) {
    this.#buffer = new Uint8Array(maxBytes + 1);
  }

  /** The frames that end in `piece`. */
  push(piece: Uint8Array): KissFrame[] {
    const frames: KissFrame[] = [];
    for (const byte of piece) {
      if (byte === FEND) this.#delimit(frames);
      else if (this.#state === "escaped") this.#unescape(byte);
      else if (this.#state === "inside" && byte === FESC) this.#state = "escaped";
      else if (this.#state === "inside") this.#put(byte);
    }
    return frames;
  }

  /** Ends one frame and begins another: two may share their delimiter. */
  #delimit(frames: KissFrame[]): void {
    if (this.#state === "escaped") this.damaged++;
    else if (this.#state === "inside" && this.#length > 0) {
      frames.push({ command: this.#buffer[0]!, payload: this.#buffer.slice(1, this.#length) });
    }
    [this.#state, this.#length] = ["inside", 0];
  }

  #unescape(byte: number): void {
    this.#state = "inside";
    if (byte === TFEND) this.#put(FEND);
    else if (byte === TFESC) this.#put(FESC);
    else this.#skip();
  }

  #put(byte: number): void {
    if (this.#length === this.#buffer.length) this.#skip();
    else this.#buffer[this.#length++] = byte;
  }

  #skip(): void {
    this.damaged++;
    this.#state = "skipping";
  }
}

/** See {@linkcode kissLink}. */
class KissFraming implements Framing {
  readonly maxBytes: number;
  readonly #command: number;
  readonly #tail: number;
  readonly #decoder: KissDecoder;
  readonly #found = new Found();
  #damaged = 0;

  constructor({ maxBytes, command, checksum }: { maxBytes: number; command: number; checksum: boolean }) {
    [this.maxBytes, this.#command, this.#tail] = [maxBytes, command, checksum ? 4 : 0];
    this.#decoder = new KissDecoder(maxBytes + this.#tail);
  }

  get damaged(): number {
    return this.#damaged + this.#decoder.damaged;
  }

  encode(message: Uint8Array): Uint8Array {
    const payload = new Uint8Array(message.length + this.#tail);
    payload.set(message);
    if (this.#tail > 0) new DataView(payload.buffer).setUint32(message.length, crc32c(message), true);
    return encodeKiss(this.#command, payload);
  }

  push(piece: Uint8Array): void {
    for (const { command, payload } of this.#decoder.push(piece)) {
      // Other ports, and what a TNC says of itself.
      if (command !== this.#command) continue;
      const length = payload.length - this.#tail;
      const message = payload.subarray(0, Math.max(0, length));
      if (length < 0 || this.#tail > 0 && readSum(payload) !== crc32c(message)) this.#damaged++;
      else this.#found.add(message);
    }
  }

  next(): Uint8Array | undefined {
    return this.#found.next();
  }

  // A frame that was cut off is lost, as any may be.
  end(): void {}
}

class FramedByKiss extends FramedLink implements KissLink {
  readonly #kiss: KissFraming;

  constructor(link: Link, framing: KissFraming) {
    super(link, framing);
    this.#kiss = framing;
  }

  get damaged(): number {
    return this.#kiss.damaged;
  }
}

function readSum(payload: Uint8Array): number {
  return new DataView(payload.buffer, payload.byteOffset + payload.length - 4, 4).getUint32(0, true);
}
