import { crc32 } from "../../bytes/mod.ts";
import { type AirBatch, encodeAir, PART_HEAD_BYTES } from "./air_packets.ts";
import { keyOf } from "./parts.ts";

/** Options of {@linkcode AirQueue}. */
export interface AirQueueOptions {
  /** The first four bytes of the dataset's id. */
  readonly dataset: number;
  /** Most bytes of a packet. */
  readonly maxBytes: number;
  /** So long what was put in is not put in again: two have asked for it at the same time. */
  readonly quietMs: number;
}

/** A run that is to go out; of two the one with the lower rank goes first. */
export interface AirRun extends Pick<AirBatch, "place" | "hasContext"> {
  readonly bytes: Uint8Array;
  readonly rank: number;
}

interface Sent {
  readonly rank: number;
  readonly parts: readonly Uint8Array[];
  readonly atMs: number;
}

/** Runs in parts that are to go out, and those that went lately, for who has missed parts. */
export class AirQueue {
  readonly #options: AirQueueOptions;
  readonly #waiting: { readonly rank: number; readonly part: Uint8Array }[] = [];
  readonly #sent = new Map<string, Sent>();

  constructor(options: AirQueueOptions) {
    this.#options = options;
  }

  /** The rank of what goes next; Infinity when nothing does. */
  get rank(): number {
    return this.#waiting[0]?.rank ?? Infinity;
  }

  /** Bytes of the packets that wait. */
  get bytes(): number {
    return this.#waiting.reduce((sum, { part }) => sum + part.length, 0);
  }

  /** The next part. */
  shift(): Uint8Array | undefined {
    return this.#waiting.shift()?.part;
  }

  /** Puts a run behind what is as important; one that has too many parts, or was there just now, is not sent. */
  add({ bytes, rank, ...about }: AirRun, nowMs: number): void {
    const { dataset, maxBytes, quietMs } = this.#options;
    const size = maxBytes - PART_HEAD_BYTES;
    const count = Math.ceil(bytes.length / size);
    if (count > 255) return;
    const batch = { ...about, parts: count, crc: crc32(bytes) };
    const key = keyOf(batch);
    const known = this.#sent.get(key);
    if (known !== undefined && (known.atMs > nowMs - quietMs || this.#isWaiting(known))) return;
    const parts = Array.from({ length: count }, (_, index) => {
      const part = bytes.subarray(index * size, (index + 1) * size);
      return encodeAir({ type: "part", dataset, batch, index, bytes: part });
    });
    this.#push(rank, parts);
    this.#sent.set(key, { rank, parts, atMs: nowMs });
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > MAX_SENT) this.#sent.delete(oldest!);
  }

  /** Somebody lacks parts of a run, a bit each. */
  again(batch: AirBatch, lacks: Uint8Array): void {
    const sent = this.#sent.get(keyOf(batch));
    if (sent === undefined || this.#waiting.length > MAX_WAITING) return;
    const waiting = new Set(this.#waiting.map(({ part }) => part));
    const isLacked = (i: number) => (lacks[i >> 3]! >> (i & 7) & 1) === 1;
    this.#push(sent.rank, sent.parts.filter((part, i) => isLacked(i) && !waiting.has(part)));
  }

  #isWaiting({ parts }: Sent): boolean {
    return this.#waiting.some(({ part }) => parts.includes(part));
  }

  #push(rank: number, parts: readonly Uint8Array[]): void {
    const after = this.#waiting.findIndex((each) => each.rank > rank);
    this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, ...parts.map((part) => ({ rank, part })));
  }
}

const MAX_SENT = 16;
const MAX_WAITING = 512;
