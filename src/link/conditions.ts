import { TinmanError } from "../errors/mod.ts";
import type { Random } from "../random/mod.ts";

/** How good one direction of a simulated link is. Left out is perfect: at once, whole, in order. */
export interface Conditions {
  /** How long a piece is on its way. @default {0} */
  readonly delayMs?: number | undefined;
  /** At most this much longer, by chance; order is kept. @default {0} */
  readonly jitterMs?: number | undefined;
  /** Chance of each datagram to be lost; a piece of a stream comes later instead, as if it was sent again. @default {0} */
  readonly loss?: number | undefined;
  /** Chance of each datagram to arrive twice. @default {0} */
  readonly duplicate?: number | undefined;
  /** Chance of each datagram to be overtaken by those behind it. @default {0} */
  readonly reorder?: number | undefined;
  /** Chance of each datagram to arrive with one bit flipped. @default {0} */
  readonly damage?: number | undefined;
  /** Chance of each piece of a stream to arrive in two. @default {0.25} */
  readonly split?: number | undefined;
  /** Bits a second that the wire takes. @default {Infinity} */
  readonly bitsPerSecond?: number | undefined;
  /** Bytes that may wait for the wire or for the reader; then `send()` waits, and datagrams nobody reads are lost. @default {65536} */
  readonly queueBytes?: number | undefined;
}

/** All of {@linkcode Conditions}, checked. */
export type FullConditions = { readonly [Key in keyof Conditions]-?: number };

const PERFECT: FullConditions = {
  delayMs: 0,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  damage: 0,
  split: 0.25,
  bitsPerSecond: Infinity,
  queueBytes: 65_536,
};

/** The later ones win. @throws {TinmanError} `CONFIG` for a chance outside 0…1, or something negative. */
export function fillConditions(...given: readonly (Conditions | undefined)[]): FullConditions {
  const full: Record<keyof Conditions, number> = { ...PERFECT };
  for (const key of Object.keys(PERFECT) as (keyof Conditions)[]) {
    for (const each of given) full[key] = each?.[key] ?? full[key];
    const [least, most] = LIMITS[key];
    if (!(full[key] >= least && full[key] <= most)) {
      throw new TinmanError("CONFIG", `Cannot simulate ${key} ${full[key]}: it is not from ${least} to ${most}`, {});
    }
  }
  return full;
}

/** Whether this time it is so. Nothing is drawn for what never happens, so that most pieces cost nothing. */
export function happens(random: Random, chance: number): boolean {
  return chance > 0 && random.next() < chance;
}

const CHANCE = [0, 1] as const;
const YEAR_MS = 366 * 86_400_000;

const LIMITS: Readonly<Record<keyof Conditions, readonly [least: number, most: number]>> = {
  delayMs: [0, YEAR_MS],
  jitterMs: [0, YEAR_MS],
  loss: CHANCE,
  duplicate: CHANCE,
  reorder: CHANCE,
  damage: CHANCE,
  split: CHANCE,
  bitsPerSecond: [Number.MIN_VALUE, Infinity],
  queueBytes: [1, Infinity],
};

/** What went over a link, or over all links of a peer, so far. */
export interface Traffic {
  /** Pieces that `send()` took. */
  sent: number;
  /** Their bytes. */
  sentBytes: number;
  /** Pieces that arrived, doubled ones twice. */
  received: number;
  /** Their bytes. */
  receivedBytes: number;
  /** Pieces that this end sent and nobody got: lost, cut off, collided, or not read in time. */
  lost: number;
  /** How long this end held the wire or the medium. */
  airtimeMs: number;
}

/** Nothing yet. */
export function noTraffic(): Traffic {
  return { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0, lost: 0, airtimeMs: 0 };
}
