import { allocateBytes, copyBytes } from "./slab.ts";

/** Texts up to this length are written unit by unit, or to a common buffer first: calling out costs more. */
const MAX_SHORT = 64;
const MAX_COMMON = 1024;

const encoder = new TextEncoder();
// A byte order mark is a character like any other: what was written comes back.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const common = new Uint8Array(MAX_COMMON * 3);

/** The UTF-8 of `text`; half a surrogate pair has none and is a `TypeError`. The result is the caller's. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  if (text.length <= MAX_SHORT) {
    const bytes = tryAscii(text);
    if (bytes !== undefined) return bytes;
  }
  if (!text.isWellFormed()) throw new TypeError("the text has half a surrogate pair");
  if (text.length > MAX_COMMON) return encoder.encode(text);
  return copyBytes(common.subarray(0, encoder.encodeInto(text, common).written));
}

/** The text of UTF-8 bytes; malformed ones are a `TypeError`. */
export function decodeUtf8(bytes: Uint8Array): string {
  if (bytes.length <= 16) {
    const text = tryShort(bytes);
    if (text !== undefined) return text;
  }
  // The strict decoder is much slower; what it would refuse shows as a replacement character.
  const text = decoder.decode(bytes);
  return text.includes("\ufffd") ? strictDecoder.decode(bytes) : text;
}

function tryAscii(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = allocateBytes(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return undefined;
    bytes[i] = unit;
  }
  return bytes;
}

function tryShort(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}
