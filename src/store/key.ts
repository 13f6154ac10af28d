/*
 * Keys as bytes in the same order, after the tuple layer of FoundationDB
 * (https://github.com/apple/foundationdb/blob/main/design/tuple.md). Each part begins with what it is:
 *
 *   01 bytes 00      bytes, in which 00 is written 00 ff
 *   02 text 00       UTF-8, in which 00 is written 00 ff
 *   21 8 bytes       double, highest byte first; the sign is turned over, in a negative one all bits are
 */
import { TinmanError } from "../errors/mod.ts";
import type { StoreKey, StoreKeyPart, StoreRange } from "./store.ts";

/** The longest key as bytes. */
export const MAX_KEY_BYTES = 2048;

const BYTES = 0x01;
const TEXT = 0x02;
const NUMBER = 0x21;
/** Above everything that a part begins with, or continues with behind its end. */
const ABOVE = 0xff;

/** The bytes of a key, in the order of keys; of no parts where it is a prefix. */
export function encodeKey(key: StoreKey): Uint8Array {
  let at = 0;
  for (const part of key) {
    at = typeof part === "number" ? writeNumber(part, at) : writeRun(part, at);
    if (at > MAX_KEY_BYTES) throw tooLong(at);
  }
  return scratch.slice(0, at);
}

/** The bytes of a key that a value is under: one part at least. */
export function encodeFullKey(key: StoreKey): Uint8Array {
  if (key.length === 0) throw new TypeError("Cannot use a key without parts");
  return encodeKey(key);
}

/**
 * The parts of a key that {@linkcode encodeKey} made.
 *
 * @throws {RangeError} For bytes that it did not make.
 */
export function decodeKey(bytes: Uint8Array): StoreKeyPart[] {
  const parts: StoreKeyPart[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at++];
    if (tag === NUMBER) {
      parts.push(readNumber(view.getBigUint64(at)));
      at += 8;
      continue;
    }
    const start = at;
    let escapes = 0;
    for (; bytes[at] !== 0 || bytes[at + 1] === ABOVE; at++) {
      if (at >= bytes.length || (tag !== TEXT && tag !== BYTES)) {
        throw new RangeError("Cannot read a key: no part of one");
      }
      if (bytes[at] === 0) escapes++, at++;
    }
    const run = escapes === 0 ? bytes.slice(start, at) : unescape(bytes.subarray(start, at), escapes);
    parts.push(tag === TEXT ? utf8.decode(run) : run);
    at++;
  }
  return parts;
}

/** Bytes that keys of a range lie between: the first is in it, the second is not. */
export function boundsOf(
  { prefix = [], start, end }: StoreRange,
): { readonly from: Uint8Array; readonly to: Uint8Array } {
  const low = encodeKey(prefix);
  const high = Uint8Array.of(...low, ABOVE);
  const [from, to] = [start && encodeKey(start), end && encodeKey(end)];
  return {
    from: from !== undefined && compareBytes(from, low) > 0 ? from : low,
    to: to !== undefined && compareBytes(to, high) < 0 ? to : high,
  };
}

/** Which bytes come first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

const encoder = new TextEncoder();
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const SIGN = 1n << 63n;
const ALL = (1n << 64n) - 1n;

/** Where keys are put together; with room to see that one is too long. */
const scratch = new Uint8Array(MAX_KEY_BYTES + 16);
const view = new DataView(scratch.buffer);

function writeNumber(part: number, at: number): number {
  if (Number.isNaN(part)) throw new TypeError("Cannot use NaN in a key: it has no place in an order");
  scratch[at] = NUMBER;
  // Zero has no sign here, as nobody finds -0 under 0.
  view.setFloat64(at + 1, part === 0 ? 0 : part);
  const high = view.getUint32(at + 1);
  if (high < 0x80000000) view.setUint32(at + 1, high | 0x80000000);
  else {
    view.setUint32(at + 1, ~high);
    view.setUint32(at + 5, ~view.getUint32(at + 5));
  }
  return at + 9;
}

function writeRun(part: string | Uint8Array, at: number, tag = typeof part === "string" ? TEXT : BYTES): number {
  const isText = typeof part === "string";
  if (part.length > MAX_KEY_BYTES) throw tooLong(part.length);
  scratch[at] = tag;
  let to = at + 1;
  for (let i = 0; i < part.length; i++) {
    const byte = isText ? part.charCodeAt(i) : part[i]!;
    if (isText && byte >= 0x80) return writeRun(encodeText(part), at, TEXT);
    if (to > MAX_KEY_BYTES) throw tooLong(to);
    scratch[to++] = byte;
    if (byte === 0) scratch[to++] = ABOVE;
  }
  scratch[to] = 0;
  return to + 1;
}

function unescape(run: Uint8Array, escapes: number): Uint8Array {
  const out = new Uint8Array(run.length - escapes);
  for (let from = 0, to = 0; from < run.length; from++) {
    out[to++] = run[from]!;
    if (run[from] === 0) from++;
  }
  return out;
}

function readNumber(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits & SIGN ? bits ^ SIGN : bits ^ ALL);
  return view.getFloat64(0);
}

function encodeText(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text);
  throw new TypeError(`Cannot use ${JSON.stringify(text)} in a key: it has half a surrogate pair`);
}

function tooLong(length: number): TinmanError {
  return new TinmanError("TOO_LARGE", `Cannot use a key of ${length} bytes or more: the limit is ${MAX_KEY_BYTES}`, {
    limit: MAX_KEY_BYTES,
    actual: length,
    hint: "use the hash of the key, or of its longest part",
  });
}
