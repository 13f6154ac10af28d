import type { Feeds } from "../feeds.ts";
import { endOf } from "./chain.ts";
import { Coder, mix } from "../wire/coder.ts";
import { codeBytes, codeWhole } from "../wire/numbers.ts";
import { refuse, within } from "./refuse.ts";

/** How far a peer has a branch of a device: the number of the last event, and the first bytes of its id. */
export interface Head {
  readonly seq: number;
  readonly prefix: Uint8Array;
}

/** What a peer has of one device. */
export interface FrontierEntry {
  /** Four bytes that stand for the device in this session; undefined when both know the same devices in the same order. */
  readonly tag: number | undefined;
  /** One for each branch; none for a device of which nothing is shown. */
  readonly heads: readonly Head[];
}

/** What a peer has. */
export interface Frontier {
  /** Which of the entries is the peer's own device, if any. */
  readonly own: number | undefined;
  /** Whether runs are to be sent in the form that needs no context. */
  readonly isPlain: boolean;
  /** Of devices in the order of their keys, or of anything when they have tags. */
  readonly entries: readonly FrontierEntry[];
}

/** Usual length of {@linkcode Head.prefix}. */
export const PREFIX_BYTES = 3;
/** Most devices of a frontier, and most branches of each. */
export const MAX_ENTRIES = 65_536;
export const MAX_HEADS = 16;

/** What `feeds` have of a device. */
export function headsOf(feeds: Feeds, device: string, prefixBytes = PREFIX_BYTES): Head[] {
  return feeds.of(device).flatMap((feed) => {
    const seq = endOf(feeds, feed);
    return seq === undefined ? [] : [{ seq, prefix: feed.idAt(seq)!.slice(0, prefixBytes) }];
  });
}

/** A frontier on the air: about four bytes for each device. */
export function encodeFrontier(frontier: Frontier): Uint8Array {
  const coder = new Coder("write", { tableBits: TABLE_BITS });
  codeFrontier(coder, frontier);
  return coder.finish();
}

/** What {@linkcode encodeFrontier} wrote. @throws {TinmanError} `PROTOCOL` */
export function decodeFrontier(bytes: Uint8Array): Frontier {
  return within("a frontier", () => {
    const coder = new Coder("read", { tableBits: TABLE_BITS, bytes });
    const frontier = codeFrontier(coder, undefined);
    coder.end();
    return frontier;
  });
}

function codeFrontier(coder: Coder, given: Frontier | undefined): Frontier {
  const entries: FrontierEntry[] = [];
  const hasTags = coder.bit(mix(HEAD, 0), given?.entries[0]?.tag === undefined ? 0 : 1) === 1;
  const isPlain = coder.bit(mix(HEAD, 1), given?.isPlain ? 1 : 0) === 1;
  const prefixBytes = coder.symbol(mix(HEAD, 2), 6, prefixBytesOf(given));
  if (prefixBytes < PREFIX_BYTES || prefixBytes > 32) refuse(`ids of ${prefixBytes} bytes`);
  const own = codeWhole(coder, mix(HEAD, 3), (given?.own ?? -1) + 1) - 1;
  const count = codeWhole(coder, mix(HEAD, 4), given?.entries.length ?? 0);
  if (count > MAX_ENTRIES) refuse(`it has ${count} devices`);
  let last = 0;
  for (let i = 0; i < count; i++) {
    const entry = given?.entries[i];
    const tag = hasTags ? coder.direct(32, entry?.tag ?? 0) : undefined;
    const branches = codeWhole(coder, mix(HEAD, 5), entry?.heads.length ?? 0);
    if (branches > MAX_HEADS) refuse(`a device has ${branches} branches`);
    const heads: Head[] = [];
    for (let at = 0; at < branches; at++) {
      const head = entry?.heads[at];
      const isSame = coder.bit(mix(HEAD, 6), head?.seq === last ? 1 : 0) === 1;
      const seq = isSame ? last : codeWhole(coder, mix(HEAD, 7), head?.seq ?? 0);
      if (seq < 1 || seq >= 2 ** 32) refuse(`an event has number ${seq}`);
      heads.push({ seq, prefix: codeBytes(coder, head?.prefix, prefixBytes) });
      last = seq;
    }
    entries.push({ tag, heads });
  }
  if (own >= count) refuse("its own device is none of them");
  return { own: own < 0 ? undefined : own, isPlain, entries };
}

function prefixBytesOf(frontier: Frontier | undefined): number {
  return frontier?.entries.find(({ heads }) => heads.length > 0)?.heads[0]?.prefix.length ?? PREFIX_BYTES;
}

const TABLE_BITS = 12;
const HEAD = 0x66726f6e;
