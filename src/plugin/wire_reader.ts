import type { WireError } from "./wire.ts";

/** Makes messages of bytes, see {@linkcode createWireReader}. */
export interface WireReader {
  /** Adds bytes that have come, in pieces of any size. They belong to the reader; bytes in messages are views of them. */
  push(chunk: Uint8Array<ArrayBuffer>): void;
  /** The next whole message of what has come, or undefined. Throws a {@linkcode WireError} for bytes that are none. */
  next(): unknown;
}

/**
 * The receiving half of the wire, see `wire.ts`. `maxBytes` is the longest message.
 *
 * This text runs on both sides, here and beside the plugin, so nothing in it may refer to anything outside but types.
 */
export function createWireReader(maxBytes: number): WireReader {
  const MAX_DEPTH = 128;
  const KEY_SLOTS = 512;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  class Failure extends Error implements WireError {
    override readonly name = "WireError";
    at = "";
    constructor(readonly code: WireError["code"], message: string) {
      super(message);
    }
  }
  const malformed = (what: string) => new Failure("CODEC", what);
  const tooLarge = (bytes: number) =>
    new Failure("TOO_LARGE", `a message of ${bytes} bytes is more than the ${maxBytes} that are allowed`);

  let bytes = new Uint8Array(0);
  let view = new DataView(bytes.buffer);
  let at = 0;
  let end = 0;
  const keys: ({ readonly bytes: Uint8Array; readonly text: string } | undefined)[] = new Array(KEY_SLOTS).fill(
    undefined,
  );

  function readMessage(body: Uint8Array<ArrayBuffer>): unknown {
    [bytes, at, end] = [body, 0, body.length];
    view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    const value = readValue(0);
    if (at !== end) throw malformed(`${end - at} bytes are left over after a message`);
    return value;
  }

  function readValue(depth: number): unknown {
    const code = bytes[need(1)]!;
    if (code < 0x80) return code;
    if (code >= 0xe0) return code - 0x100;
    if (code >= 0xa0 && code < 0xc0) return readText(code & 0x1f);
    if (code < 0x90) return readObject(code & 0x0f, depth);
    if (code < 0xa0) return readList(code & 0x0f, depth);
    switch (code) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6: {
        const length = readSize(code - 0xc4);
        const start = need(length);
        return bytes.subarray(start, start + length);
      }
      case 0xcb:
        return view.getFloat64(need(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return readSize(code - 0xcc);
      case 0xcf:
        return view.getBigUint64(need(8));
      case 0xd0:
        return view.getInt8(need(1));
      case 0xd1:
        return view.getInt16(need(2));
      case 0xd2:
        return view.getInt32(need(4));
      case 0xd3:
        return view.getBigInt64(need(8));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return readText(readSize(code - 0xd9));
      case 0xdc:
      case 0xdd:
        return readList(readSize(code - 0xdc + 1), depth);
      case 0xde:
      case 0xdf:
        return readObject(readSize(code - 0xde + 1), depth);
      default:
        throw malformed(`no value begins with the byte 0x${code.toString(16)}`);
    }
  }

  function readList(length: number, depth: number): unknown[] {
    enter(length, depth);
    // A long list grows with what is there: its length is only a claim.
    const items: unknown[] = new Array(length <= 256 ? length : 0);
    for (let i = 0; i < length; i++) items[i] = readValue(depth + 1);
    return items;
  }

  function readObject(length: number, depth: number): Record<string, unknown> {
    enter(length * 2, depth);
    const fields: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = readKey();
      if (key === "__proto__") throw malformed("a field is called __proto__");
      fields[key] = readValue(depth + 1);
    }
    return fields;
  }

  // The same few keys come again and again: each is decoded once and found by its bytes.
  function readKey(): string {
    const code = bytes[need(1)]!;
    const isShort = code >= 0xa0 && code < 0xc0;
    if (!isShort && (code < 0xd9 || code > 0xdb)) throw malformed("the name of a field is not text");
    const length = isShort ? code & 0x1f : readSize(code - 0xd9);
    if (!isShort) return readText(length);
    const start = need(length);
    // FNV-1a (Fowler, Noll, Vo).
    let hash = 0x811c9dc5;
    for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & (KEY_SLOTS - 1);
    const known = keys[slot];
    if (known !== undefined && known.bytes.length === length && isAt(known.bytes, bytes, start)) return known.text;
    const copy = bytes.slice(start, start + length);
    const text = decode(copy);
    keys[slot] = { bytes: copy, text };
    return text;
  }

  function readText(length: number): string {
    const start = need(length);
    if (length <= 16) {
      let text = "";
      let i = start;
      for (; i < start + length && bytes[i]! < 0x80; i++) text += String.fromCharCode(bytes[i]!);
      if (i === start + length) return text;
    }
    return decode(bytes.subarray(start, start + length));
  }

  // A size of 1, 2 or 4 bytes.
  function readSize(log2: number): number {
    if (log2 === 0) return bytes[need(1)]!;
    return log2 === 1 ? view.getUint16(need(2)) : view.getUint32(need(4));
  }

  function enter(values: number, depth: number): void {
    if (depth === MAX_DEPTH) throw malformed(`a message is nested deeper than ${MAX_DEPTH} levels`);
    if (values > end - at) throw malformed("a message ends early");
  }

  function need(length: number): number {
    const start = at;
    if (length > end - start) throw malformed("a message ends early");
    at = start + length;
    return start;
  }

  // The strict decoder is much slower; what it would refuse shows as a replacement character.
  function decode(bytes: Uint8Array): string {
    const text = decoder.decode(bytes);
    if (!text.includes("\ufffd")) return text;
    try {
      return strictDecoder.decode(bytes);
    } catch {
      throw malformed("a text is not UTF-8");
    }
  }

  function isAt(wanted: Uint8Array, bytes: Uint8Array, start: number): boolean {
    for (let i = 0; i < wanted.length; i++) if (wanted[i] !== bytes[start + i]) return false;
    return true;
  }

  let rest = new Uint8Array(0);
  /** A message of which only a part has come; its length is only a claim, so it grows with what comes. */
  let part: { bytes: Uint8Array<ArrayBuffer>; readonly length: number; filled: number } | undefined;

  function begin(): Uint8Array<ArrayBuffer> | undefined {
    if (rest.length < 4) return undefined;
    const length = (rest[0]! | rest[1]! << 8 | rest[2]! << 16 | rest[3]! << 24) >>> 0;
    if (length > maxBytes) throw tooLarge(length);
    rest = rest.subarray(4);
    if (rest.length < length) {
      part = { bytes: new Uint8Array(Math.min(length, rest.length * 2)), length, filled: 0 };
      return fill(part);
    }
    const body = rest.subarray(0, length);
    rest = rest.subarray(length);
    return body;
  }

  function fill(into: NonNullable<typeof part>): Uint8Array<ArrayBuffer> | undefined {
    const more = rest.subarray(0, into.length - into.filled);
    const filled = into.filled + more.length;
    if (filled > into.bytes.length) {
      const larger = new Uint8Array(Math.min(into.length, filled * 2));
      larger.set(into.bytes.subarray(0, into.filled));
      into.bytes = larger;
    }
    into.bytes.set(more, into.filled);
    into.filled = filled;
    rest = rest.subarray(more.length);
    if (filled < into.length) return undefined;
    part = undefined;
    return into.bytes;
  }

  return {
    push(chunk) {
      if (rest.length === 0) return void (rest = chunk);
      const both = new Uint8Array(rest.length + chunk.length);
      both.set(rest);
      both.set(chunk, rest.length);
      rest = both;
    },
    next() {
      const body = part === undefined ? begin() : fill(part);
      return body === undefined ? undefined : readMessage(body);
    },
  };
}
