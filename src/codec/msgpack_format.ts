/** Deepest nesting of arrays and maps that is written or read. */
export const MAX_DEPTH = 256;

/** The extension type of a point in time. */
export const TIMESTAMP = -1;

/** The body of a timestamp extension: 32-bit seconds, 34-bit seconds with 30-bit nanoseconds, or 64 and 32 bits. */
export function encodeTimestamp(date: Date): Uint8Array {
  const timeMs = date.getTime();
  const seconds = Math.floor(timeMs / 1000);
  const nanos = (timeMs - seconds * 1000) * 1e6;
  if (seconds < 0 || seconds >= 2 ** 34) {
    const bytes = new Uint8Array(12);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, nanos);
    view.setBigInt64(4, BigInt(seconds));
    return bytes;
  }
  const short = nanos === 0 && seconds < 2 ** 32;
  const bytes = new Uint8Array(short ? 4 : 8);
  const view = new DataView(bytes.buffer);
  if (!short) view.setUint32(0, nanos * 4 + Math.floor(seconds / 2 ** 32));
  view.setUint32(bytes.length - 4, seconds % 2 ** 32);
  return bytes;
}

/** The point in time of a timestamp extension, whole milliseconds; a `RangeError` when it has another form. */
export function decodeTimestamp(bytes: Uint8Array): Date {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let seconds: number;
  let nanos = 0;
  switch (bytes.length) {
    case 4:
      seconds = view.getUint32(0);
      break;
    case 8:
      nanos = view.getUint32(0) >>> 2;
      seconds = (view.getUint32(0) & 3) * 2 ** 32 + view.getUint32(4);
      break;
    case 12:
      nanos = view.getUint32(0);
      seconds = Number(view.getBigInt64(4));
      break;
    default:
      throw new RangeError(`a timestamp has ${bytes.length} bytes, expected 4, 8 or 12`);
  }
  const date = new Date(seconds * 1000 + Math.floor(nanos / 1e6));
  if (Number.isNaN(date.getTime())) {
    throw new RangeError(`a timestamp is ${seconds} seconds from 1970, beyond any date`);
  }
  return date;
}
