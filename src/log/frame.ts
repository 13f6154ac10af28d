/** Bytes in front of each payload: `u64le time_ns ‖ u64le length`. */
export const FRAME_HEADER_BYTES = 16;

/** Longest payload that is written or taken when nothing else is said. */
export const MAX_PAYLOAD_BYTES = 2 ** 30;

/** Upper and lower half of a time: hot paths carry it as two numbers, `bigint` only appears where it leaves the log. */
export function splitTime(timeNs: bigint): { readonly hi: number; readonly lo: number } {
  return { hi: Number(timeNs >> 32n), lo: Number(timeNs & 0xffffffffn) };
}

/** The two halves of a time put together. */
export function joinTime(hi: number, lo: number): bigint {
  return (BigInt(hi) << 32n) | BigInt(lo);
}

/** Puts the 16 bytes in front of a payload at `at`. */
export function putFrameHeader(view: DataView, frame: { at: number; hi: number; lo: number; length: number }): void {
  const { at, hi, lo, length } = frame;
  view.setUint32(at, lo, true);
  view.setUint32(at + 4, hi, true);
  view.setUint32(at + 8, length, true);
  view.setUint32(at + 12, 0, true);
}

/** The length of the payload behind the header at `at`; above 2^53 it is not exact, and far above any limit. */
export function lengthAt(view: DataView, at: number): number {
  return view.getUint32(at + 8, true) + view.getUint32(at + 12, true) * 2 ** 32;
}

/** A view over the same bytes. */
export function viewOf(bytes: Uint8Array): DataView<ArrayBufferLike> {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One entry of a log. `data` stays valid for as long as it is held. */
export class Frame {
  /** The channel it was written to. */
  readonly channel: string;
  /** Its number in the channel, from 0; the codec header is not counted. */
  readonly index: number;
  /** The payload: a view of the file's bytes. */
  readonly data: Uint8Array;
  readonly #hi: number;
  readonly #lo: number;

  /** Made by readers. */
  constructor(channel: string, index: number, data: Uint8Array, hi: number, lo: number) {
    this.channel = channel;
    this.index = index;
    this.data = data;
    this.#hi = hi;
    this.#lo = lo;
  }

  /** When it was written, in nanoseconds since 1970. */
  get timeNs(): bigint {
    return joinTime(this.#hi, this.#lo);
  }
}
