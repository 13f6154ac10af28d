import { crc32 } from "../../bytes/mod.ts";
import type { AirBatch } from "./air_packets.ts";

/** Runs that come in parts, in bounds: so many at once, so long. */
export class Parts {
  readonly #open = new Map<string, OpenBatch>();

  /** Takes a part; gives the whole when it was the last one. */
  add(
    batch: AirBatch,
    { index, bytes, nowMs }: { index: number; bytes: Uint8Array; nowMs: number },
  ): Uint8Array | undefined {
    const key = keyOf(batch);
    let open = this.#open.get(key);
    if (open === undefined) {
      this.#makeRoom(nowMs);
      open = { batch, parts: new Array(batch.parts), left: batch.parts, heardMs: nowMs, gapMs: 0, asked: 0 };
      this.#open.set(key, open);
    }
    // Whoever sends may be slow, or allowed to send but little.
    open.gapMs = Math.max(open.gapMs, nowMs - open.heardMs);
    open.heardMs = nowMs;
    if (open.parts[index] !== undefined) return undefined;
    open.asked = 0;
    open.parts[index] = bytes;
    if (--open.left > 0) return undefined;
    this.#open.delete(key);
    const whole = new Uint8Array(open.parts.reduce((sum, part) => sum + part!.length, 0));
    let at = 0;
    for (const part of open.parts) {
      whole.set(part!, at);
      at += part!.length;
    }
    return crc32(whole) === batch.crc ? whole : undefined;
  }

  /** Forgets a run: it came in another way. */
  drop(device: number, last: number): void {
    for (const [key, { batch: { place } }] of this.#open) {
      if (place.device === device && place.from <= last) this.#open.delete(key);
    }
  }

  /** A run of which nothing was heard for a while, and what is missing; it is given up when it was asked for too often. */
  stalled(nowMs: number, quietMs: number): { readonly batch: AirBatch; readonly parts: Uint8Array } | undefined {
    for (const [key, open] of this.#open) {
      if (nowMs < dueMs(open, quietMs)) continue;
      open.askedMs = nowMs;
      if (++open.asked > MAX_ASKED) {
        this.#open.delete(key);
        continue;
      }
      const parts = new Uint8Array(Math.ceil(open.batch.parts / 8));
      for (let i = 0; i < open.batch.parts; i++) if (open.parts[i] === undefined) parts[i >> 3]! |= 1 << (i & 7);
      return { batch: open.batch, parts };
    }
    return undefined;
  }

  /** When {@linkcode Parts.stalled} may have something. */
  nextMs(quietMs: number): number {
    return Math.min(Infinity, ...this.#open.values().map((open) => dueMs(open, quietMs)));
  }

  #makeRoom(nowMs: number): void {
    for (const [key, { heardMs }] of this.#open) if (heardMs + MAX_QUIET_MS < nowMs) this.#open.delete(key);
    if (this.#open.size < MAX_OPEN) return;
    const [oldest] = this.#open.keys();
    this.#open.delete(oldest!);
  }
}

interface OpenBatch {
  readonly batch: AirBatch;
  readonly parts: (Uint8Array | undefined)[];
  left: number;
  heardMs: number;
  /** The longest time between two parts. */
  gapMs: number;
  asked: number;
  askedMs?: number;
}

/** When parts of a run are asked for: when they are late by what was usual so far, and ever more rarely. */
function dueMs({ heardMs, gapMs, asked, askedMs = -Infinity }: OpenBatch, quietMs: number): number {
  return Math.max(heardMs, askedMs) + Math.max(quietMs, 3 * gapMs) * 2 ** asked;
}

const MAX_OPEN = 16;
const MAX_ASKED = 8;
const MAX_QUIET_MS = 600_000;

/** What tells a run on the air apart from others. */
export function keyOf({ place, parts, crc }: AirBatch): string {
  return `${place.device} ${place.from} ${parts} ${crc}`;
}
