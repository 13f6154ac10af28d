import { TinmanError } from "../../errors/mod.ts";

/** A message, or what keeps a connection alive (RFC 6455, §5). */
export type SocketFrame =
  | { readonly kind: "text" | "binary" | "ping" | "pong"; readonly data: Uint8Array }
  | { readonly kind: "close"; readonly code: number };

const OPCODES = { text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;
const CONTROL_BYTES = 125;

/** One frame as a server sends it: whole and without a mask. */
export function encodeSocketFrame(kind: keyof typeof OPCODES, data: Uint8Array): Uint8Array {
  const { length } = data;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = new Uint8Array(head + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | OPCODES[kind];
  frame[1] = head === 2 ? length : head === 4 ? 126 : 127;
  if (head === 4) view.setUint16(2, length);
  if (head === 10) view.setBigUint64(2, BigInt(length));
  frame.set(data, head);
  return frame;
}

/** A frame that says why the connection ends. */
export function encodeSocketClose(code: number, reason = ""): Uint8Array {
  const text = new TextEncoder().encode(reason).subarray(0, CONTROL_BYTES - 2);
  return encodeSocketFrame("close", Uint8Array.of(code >> 8, code & 255, ...text));
}

/**
 * What a client sends: bytes in, messages out. Messages in parts are put together. A message over `maxBytes` is refused by what
 * its head says, before its bytes have come; so memory is bounded whatever is announced.
 */
export class SocketDecoder {
  readonly #maxBytes: number;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Where the next frame begins: what was read is not moved for each. */
  #at = 0;
  /** The parts of a message so far, in one piece with room behind them: an array for each byte would be a hundred times as much. */
  #message: Uint8Array = new Uint8Array(0);
  #kept = 0;
  #kind: "text" | "binary" | undefined;

  /** Takes messages of up to `maxBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes in bytes as they come. */
  push(bytes: Uint8Array): void {
    const rest = this.#bytes.subarray(this.#at);
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    [this.#bytes, this.#at] = [joined, 0];
  }

  /** What is whole by now. @throws {TinmanError} `PROTOCOL` for what no client may send, `TOO_LARGE` */
  *frames(): Generator<SocketFrame> {
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      if (frame !== "part") yield frame;
    }
  }

  #next(): SocketFrame | "part" | undefined {
    const bytes = this.#bytes.subarray(this.#at);
    if (bytes.length < 2) return undefined;
    const [first, second] = [bytes[0]!, bytes[1]!];
    const [opcode, isLast, short] = [first & 15, (first & 0x80) !== 0, second & 127];
    if ((first & 0x70) !== 0 || (second & 0x80) === 0) throw refused("a frame without mask, or with an extension");
    const head = (short < 126 ? 2 : short === 126 ? 4 : 10) + 4;
    if (bytes.length < head) return undefined;
    const length = short < 126 ? short : short === 126 ? bytes[2]! << 8 | bytes[3]! : longLength(bytes);
    const kept = this.#kept;
    if (opcode >= 8 ? length > CONTROL_BYTES || !isLast : kept + length > this.#maxBytes) {
      throw new TinmanError("TOO_LARGE", `Cannot take a message of ${kept + length} bytes: at most ${this.#maxBytes}`, {
        limit: this.#maxBytes,
        actual: kept + length,
      });
    }
    if (bytes.length < head + length) return undefined;
    const data = bytes.slice(head, head + length);
    for (let i = 0; i < length; i++) data[i]! ^= bytes[head - 4 + (i & 3)]!;
    this.#at += head + length;
    return opcode >= 8 ? control(opcode, data) : this.#join(opcode, data, isLast);
  }

  #join(opcode: number, data: Uint8Array, isLast: boolean): SocketFrame | "part" {
    if (opcode > OPCODES.binary || (opcode === 0) !== (this.#kind !== undefined)) {
      throw refused("a part without a beginning, or an unknown kind");
    }
    if (opcode !== 0) this.#kind = opcode === OPCODES.text ? "text" : "binary";
    const kind = this.#kind!;
    const whole = isLast && this.#kept === 0 ? data : this.#append(data);
    if (!isLast) return "part";
    [this.#message, this.#kept, this.#kind] = [new Uint8Array(0), 0, undefined];
    return { kind, data: whole };
  }

  #append(data: Uint8Array): Uint8Array {
    const length = this.#kept + data.length;
    if (length > this.#message.length) {
      const wider = new Uint8Array(Math.max(length, 2 * this.#message.length));
      wider.set(this.#message.subarray(0, this.#kept));
      this.#message = wider;
    }
    this.#message.set(data, this.#kept);
    this.#kept = length;
    return this.#message.subarray(0, length);
  }
}

function control(opcode: number, data: Uint8Array): SocketFrame {
  if (opcode === OPCODES.ping) return { kind: "ping", data };
  if (opcode === OPCODES.pong) return { kind: "pong", data };
  if (opcode === OPCODES.close) return { kind: "close", code: data.length < 2 ? 1005 : data[0]! << 8 | data[1]! };
  throw refused("an unknown kind");
}

function refused(what: string): TinmanError<"PROTOCOL"> {
  return new TinmanError("PROTOCOL", `Cannot read a WebSocket: ${what}`, { protocol: "websocket" });
}

function longLength(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(2));
}
