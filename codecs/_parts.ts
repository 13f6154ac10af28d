import { allocateBytes } from "tinman/codec";

// A view costs far more than the byte that claims it, so all empty parts are one.
const EMPTY = new Uint8Array();

/**
 * The layout of codecs that are made of others:
 *
 *     varint n | n × varint (0: missing, else 1 + length) | the parts | zeros up to a multiple of 8
 *
 * A part whose length is a multiple of 8 begins at a multiple of 8, so that an array in it can be read as a view.
 */
export function encodeParts(parts: readonly (Uint8Array | undefined)[]): Uint8Array {
  let at = varintBytes(parts.length);
  for (const part of parts) at += part === undefined ? 1 : varintBytes(part.length + 1);
  const head = at;
  for (const part of parts) if (part !== undefined) at = startOf(part.length, at) + part.length;
  const bytes = allocateBytes(alignUp(at));
  at = putVarint(bytes, 0, parts.length);
  for (const part of parts) at = putVarint(bytes, at, part === undefined ? 0 : part.length + 1);
  at = head;
  for (const part of parts) {
    if (part === undefined) continue;
    at = startOf(part.length, at);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Views of the parts of {@linkcode encodeParts}; a `RangeError` when the bytes have another layout. */
export function decodeParts(bytes: Uint8Array): (Uint8Array | undefined)[] {
  const cursor = new Cursor(bytes);
  const count = cursor.varint();
  // Each part takes at least the byte of its length: a larger count cannot be.
  if (count > bytes.length) throw new RangeError(`${count} parts do not fit into ${bytes.length} bytes`);
  const lengths: number[] = [];
  for (let i = 0; i < count; i++) lengths.push(cursor.varint());
  const parts: (Uint8Array | undefined)[] = [];
  let { at } = cursor;
  for (const claim of lengths) {
    if (claim <= 1) {
      parts.push(claim === 0 ? undefined : EMPTY);
      continue;
    }
    const start = startOf(claim - 1, at);
    at = start + claim - 1;
    if (at > bytes.length) throw new RangeError(`part ${parts.length} ends at ${at}, there are ${bytes.length} bytes`);
    parts.push(bytes.subarray(start, at));
  }
  if (alignUp(at) !== bytes.length) throw new RangeError(`the parts end at ${at}, there are ${bytes.length} bytes`);
  return parts;
}

class Cursor {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError(`a length is cut at ${this.bytes.length} bytes`);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError(`a length at ${this.at} is longer than 7 bytes`);
  }
}

function startOf(length: number, at: number): number {
  return length % 8 === 0 && length > 0 ? alignUp(at) : at;
}

function alignUp(at: number): number {
  return Math.ceil(at / 8) * 8;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (; value >= 128; value /= 128) bytes++;
  return bytes;
}

function putVarint(bytes: Uint8Array, at: number, value: number): number {
  for (; value >= 128; value = Math.floor(value / 128)) bytes[at++] = value % 128 + 128;
  bytes[at++] = value;
  return at;
}
