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
  #parts: Uint8Array[] = [];
  #kind: "text" | "binary" | undefined;

  /** Takes messages of up to `maxBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Takes in bytes as they come. */
  push(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    this.#bytes = joined;
  }

  /** What is whole by now. @throws {TinmanError} `PROTOCOL` for what no client may send, `TOO_LARGE` */
  *frames(): Generator<SocketFrame> {
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      if (frame !== "part") yield frame;
    }
  }

  #next(): SocketFrame | "part" | undefined {
    const bytes = this.#bytes;
    if (bytes.length < 2) return undefined;
    const [first, second] = [bytes[0]!, bytes[1]!];
    const [opcode, isLast, short] = [first & 15, (first & 0x80) !== 0, second & 127];
    if ((first & 0x70) !== 0 || (second & 0x80) === 0) throw refused("a frame without mask, or with an extension");
    const head = (short < 126 ? 2 : short === 126 ? 4 : 10) + 4;
    if (bytes.length < head) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const length = short < 126 ? short : short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2));
    const kept = this.#parts.reduce((sum, part) => sum + part.length, 0);
    if (opcode >= 8 ? length > CONTROL_BYTES || !isLast : kept + length > this.#maxBytes) {
      throw new TinmanError("TOO_LARGE", `Cannot take a message of ${kept + length} bytes: at most ${this.#maxBytes}`, {
        limit: this.#maxBytes,
        actual: kept + length,
      });
    }
    if (bytes.length < head + length) return undefined;
    const data = bytes.slice(head, head + length);
    for (let i = 0; i < length; i++) data[i]! ^= bytes[head - 4 + (i & 3)]!;
    this.#bytes = bytes.slice(head + length);
    return opcode >= 8 ? control(opcode, data) : this.#join(opcode, data, isLast);
  }

  #join(opcode: number, data: Uint8Array, isLast: boolean): SocketFrame | "part" {
    if (opcode > OPCODES.binary || (opcode === 0) !== (this.#kind !== undefined)) {
      throw refused("a part without a beginning, or an unknown kind");
    }
    if (opcode !== 0) this.#kind = opcode === OPCODES.text ? "text" : "binary";
    // As many as there are bytes, so that empty parts cannot pile up.
    if (data.length > 0) this.#parts.push(data);
    if (!isLast) return "part";
    const kind = this.#kind!;
    const whole = this.#parts.length === 1 ? this.#parts[0]! : concat(this.#parts);
    [this.#parts, this.#kind] = [[], undefined];
    return { kind, data: whole };
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

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
