import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { Found, type Framing } from "./framing.ts";
import { within } from "./within.ts";

/** What the frames of RFC 6455 §5.2 are for. */
const OPCODE = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const FINAL = 0x80;
const MASKED = 0x80;
const MAX_CONTROL = 125;
/** Close because of no trouble (§7.4.1). */
const NORMAL = Uint8Array.of(1000 >> 8, 1000 & 255);
const GOODBYE_MS = 1_000;

/** Options of {@linkcode WebSocketFraming}. */
export interface WebSocketOptions {
  /** For messages. */
  readonly name: string;
  readonly maxBytes: number;
  /** Whether we opened it: then we mask, and the other end does not. */
  readonly isClient: boolean;
  /** For masks. */
  readonly random: (length: number) => Uint8Array;
  readonly clock: Clock;
}

/** A frame that has begun. */
interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly mask: Uint8Array | undefined;
  readonly length: number;
}

/** Binary messages as RFC 6455 has them. What it does not allow, and texts, are `PROTOCOL`. */
export class WebSocketFraming implements Framing {
  readonly maxBytes: number;
  readonly #its: WebSocketOptions;
  readonly #found = new Found();
  readonly #head: number[] = [];
  #frame: Frame | undefined;
  #body = new Uint8Array(0);
  #got = 0;
  /** What came of a message in several frames, with room behind it: an array for each frame could be a hundred times as much. */
  #pieces: Uint8Array<ArrayBuffer> | undefined;
  #pieceBytes = 0;
  #reply: Uint8Array | undefined;
  #hasEnded = false;

  constructor(its: WebSocketOptions) {
    [this.#its, this.maxBytes] = [its, its.maxBytes];
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  encode(message: Uint8Array): Uint8Array {
    return this.#encode(OPCODE.binary, message);
  }

  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length && !this.#hasEnded;) {
      if (this.#frame === undefined) {
        this.#head.push(piece[at++]!);
        this.#frame = this.#readHead();
      } else {
        at += this.#readBody(piece.subarray(at), this.#frame);
      }
      if (this.#frame?.length === this.#got) this.#finish(this.#frame);
    }
  }

  next(): Uint8Array | undefined {
    return this.#found.next();
  }

  reply(): Uint8Array | undefined {
    const reply = this.#reply;
    this.#reply = undefined;
    return reply;
  }

  async goodbye(send: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    // Whoever has said it last needs no answer.
    if (this.#hasEnded) return;
    const told = send(this.#encode(OPCODE.close, NORMAL)).catch(() => {});
    await within(told, { clock: this.#its.clock, ms: GOODBYE_MS, late: () => {} });
  }

  end(): void {
    if (this.#hasEnded || (this.#head.length === 0 && this.#pieces === undefined)) return;
    const what = this.#its.name;
    throw new TinmanError("UNAVAILABLE", `Cannot read on ${what}: it ended inside a message`, { what });
  }

  #encode(opcode: number, payload: Uint8Array): Uint8Array {
    const { length } = payload;
    const mask = this.#its.isClient ? this.#its.random(4) : undefined;
    const size = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    const frame = new Uint8Array(2 + size + (mask === undefined ? 0 : 4) + length);
    const view = new DataView(frame.buffer);
    frame[0] = FINAL | opcode;
    frame[1] = (mask === undefined ? 0 : MASKED) | (size === 0 ? length : size === 2 ? 126 : 127);
    if (size === 2) view.setUint16(2, length);
    if (size === 8) view.setBigUint64(2, BigInt(length));
    if (mask !== undefined) frame.set(mask, 2 + size);
    const body = frame.subarray(frame.length - length);
    body.set(payload);
    if (mask !== undefined) unmask(body, mask, 0);
    return frame;
  }

  /** Undefined while bytes of it are missing. */
  #readHead(): Frame | undefined {
    const [first = 0, second] = this.#head;
    if (second === undefined) return undefined;
    const isMasked = (second & MASKED) !== 0;
    const short = second & 127;
    const size = short < 126 ? 0 : short === 126 ? 2 : 8;
    if (this.#head.length < 2 + size + (isMasked ? 4 : 0)) return undefined;
    const length = size === 0 ? short : this.#head.slice(2, 2 + size).reduce((sum, byte) => sum * 256 + byte, 0);
    const frame: Frame = {
      opcode: first & 15,
      isFinal: (first & FINAL) !== 0,
      mask: isMasked ? Uint8Array.from(this.#head.slice(-4)) : undefined,
      length,
    };
    if ((first & 0x70) !== 0) throw this.#wrong("a frame uses an extension that nobody agreed on");
    if (isMasked === this.#its.isClient) throw this.#wrong(`a frame is ${isMasked ? "" : "not "}masked`);
    if (length < (size === 2 ? 126 : size === 8 ? 65_536 : 0)) {
      throw this.#wrong("a length is longer than it has to be");
    }
    this.#checkFrame(frame);
    return frame;
  }

  #checkFrame({ opcode, isFinal, length }: Frame): void {
    if (opcode >= 8) {
      if (opcode > OPCODE.pong) throw this.#wrong(`a frame has opcode ${opcode}, which means nothing`);
      if (!isFinal || length > MAX_CONTROL) throw this.#wrong("a control frame is too long or in parts");
      return;
    }
    if (opcode === OPCODE.text) throw this.#wrong("a message is a text, not bytes");
    if (opcode > OPCODE.binary) throw this.#wrong(`a frame has opcode ${opcode}, which means nothing`);
    if ((opcode === OPCODE.more) !== (this.#pieces !== undefined)) {
      throw this.#wrong("a message has no beginning or no end");
    }
    if (this.#pieceBytes + length > this.maxBytes) throw this.#wrong(`a message is longer than ${this.maxBytes} bytes`);
  }

  /** How many bytes it took. */
  #readBody(piece: Uint8Array, { length, mask }: Frame): number {
    const count = Math.min(length - this.#got, piece.length);
    const needed = this.#got + count;
    // Room grows with what has come, not with what was announced.
    if (this.#body.length < needed) {
      const grown = new Uint8Array(Math.min(length, Math.max(needed, 2 * this.#got)));
      grown.set(this.#body.subarray(0, this.#got));
      this.#body = grown;
    }
    this.#body.set(piece.subarray(0, count), this.#got);
    if (mask !== undefined) unmask(this.#body.subarray(this.#got, needed), mask, this.#got);
    this.#got = needed;
    return count;
  }

  #finish({ opcode, isFinal, length }: Frame): void {
    const payload = this.#body.subarray(0, length);
    [this.#frame, this.#body, this.#got, this.#head.length] = [undefined, new Uint8Array(0), 0, 0];
    if (opcode === OPCODE.ping) this.#reply = this.#encode(OPCODE.pong, payload);
    else if (opcode === OPCODE.close) {
      [this.#hasEnded, this.#reply] = [true, this.#encode(OPCODE.close, payload.slice(0, 2))];
    } else if (opcode !== OPCODE.pong) this.#take(payload, isFinal);
  }

  #take(payload: Uint8Array, isFinal: boolean): void {
    if (isFinal && this.#pieces === undefined) return this.#found.add(payload);
    const needed = this.#pieceBytes + payload.length;
    if (this.#pieces === undefined || this.#pieces.length < needed) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#pieceBytes));
      if (this.#pieces !== undefined) grown.set(this.#pieces.subarray(0, this.#pieceBytes));
      this.#pieces = grown;
    }
    this.#pieces.set(payload, this.#pieceBytes);
    this.#pieceBytes = needed;
    if (!isFinal) return;
    this.#found.add(this.#pieces.subarray(0, needed));
    [this.#pieces, this.#pieceBytes] = [undefined, 0];
  }

  #wrong(why: string): TinmanError<"PROTOCOL"> {
    return new TinmanError("PROTOCOL", `Cannot read on ${this.#its.name}: ${why}`, { protocol: "websocket" });
  }
}

/** Masks and takes the mask off (§5.3); `from` is where in the payload `bytes` begins. */
function unmask(bytes: Uint8Array, mask: Uint8Array, from: number): void {
  for (let i = 0; i < bytes.length; i++) bytes[i]! ^= mask[(from + i) & 3]!;
}
