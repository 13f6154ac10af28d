import { type Coder, mix } from "./coder.ts";

/** A whole number from 0 to 2^53 - 1: its length by what is usual, three more bits of it too, the rest as it is. */
export function codeWhole(coder: Coder, context: number, value: number): number {
  const length = coder.symbol(context, 6, bitLength(value));
  if (length <= 1) return length;
  if (length > 53) throw new RangeError("a number is too large");
  const rest = Math.max(length - 1 - MODELLED, 0);
  let top = 1;
  const place = context + 64 + length * (1 << MODELLED);
  const known = Math.floor(value / POWERS[rest]!);
  for (let i = length - 2 - rest; i >= 0; i--) top = top << 1 | coder.bit(place + top, known >>> i & 1);
  return rest === 0 ? top : top * POWERS[rest]! + coder.direct(rest, value % POWERS[rest]!);
}

/** A whole number with a sign; there is no zero below zero. */
export function codeSigned(coder: Coder, context: number, value: number): number {
  const isNegative = coder.bit(mix(context, 0), value < 0 ? 1 : 0);
  const size = codeWhole(coder, mix(context, 1 + isNegative), Math.abs(value));
  return isNegative === 1 && size !== 0 ? -size : size;
}

/** Bits of a whole number below 2^53. */
export function bitLength(value: number): number {
  return value < 0x100000000 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / 0x100000000);
}

/** Bytes that nobody can guess. */
export function codeBytes(coder: Coder, bytes: Uint8Array | undefined, length: number): Uint8Array {
  const read = coder.isReading ? new Uint8Array(length) : bytes!;
  for (let i = 0; i < length; i++) {
    const byte = coder.direct(8, read[i]!);
    if (coder.isReading) read[i] = byte;
  }
  return read;
}

const MODELLED = 3;
const POWERS = Array.from({ length: 54 }, (_, i) => 2 ** i);
