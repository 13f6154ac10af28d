import { checkOf } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import type { RunContext, RunPlace } from "../wire/mod.ts";
import { devicesOf } from "./beacon.ts";
import { chainIdAt, findChain, wholeBefore } from "./chain.ts";
import { type Frontier, type FrontierEntry, type Head, headsOf, PREFIX_BYTES, tagOf } from "./frontier.ts";
import { refuse } from "./refuse.ts";

/** What both sides of a contact know of each other: which devices, and where each asked the other to begin. */
export class Common {
  /** Devices that both have, in an order that both know; empty until both have said theirs. */
  devices: readonly string[] = [];
  readonly #feeds: Feeds;
  readonly #mine: readonly string[];
  readonly #unknown = new Map<number, readonly Head[]>();
  readonly #iAsked = new Map<string, Asked>();
  readonly #otherAsked = new Map<string, Asked>();
  #salt: Uint8Array = new Uint8Array(0);

  constructor(feeds: Feeds) {
    [this.#feeds, this.#mine] = [feeds, devicesOf(feeds)];
  }

  /** What we have. Tags are left out when both have the same devices. */
  frontier({ salt, hasTags, own, isFull, isPlain }: FrontierOptions): Frontier {
    this.#salt = salt;
    const devices = isPlain ? devicesOf(this.#feeds) : this.#mine;
    const entries = devices.map((device): FrontierEntry => {
      const heads = headsOf(this.#feeds, device, isFull ? 32 : PREFIX_BYTES);
      if (!isPlain && heads.length === 1) {
        const [{ seq, prefix }] = headsOf(this.#feeds, device, 4) as [Head];
        this.#iAsked.set(device, { from: seq + 1, after: checkOf(prefix) });
      }
      return { tag: hasTags ? tagOf(device, salt) : undefined, heads };
    });
    const at = own === undefined ? -1 : devices.indexOf(own);
    return { own: at < 0 ? undefined : at, isPlain, entries };
  }

  /** What the other has, by device; of devices that are not here it is kept for later. */
  read(
    { own, entries, isPlain }: Frontier,
  ): { readonly own: string | undefined; readonly heads: Map<string, readonly Head[]> } {
    const hasTags = entries[0] === undefined || entries[0].tag !== undefined;
    if (!hasTags && entries.length !== this.#mine.length) refuse("its devices are not ours");
    const mine = hasTags ? this.#byTag(isPlain ? devicesOf(this.#feeds) : this.#mine) : undefined;
    const named = mine === undefined ? this.#mine : namesOf(entries, mine);
    const heads = new Map<string, readonly Head[]>();
    this.#unknown.clear();
    for (const [i, entry] of entries.entries()) {
      const device = named[i];
      if (device !== undefined) heads.set(device, entry.heads);
      else if (entry.tag !== undefined) this.#unknown.set(entry.tag, entry.heads);
    }
    if (!isPlain) this.#agree(named, heads);
    return { own: own === undefined ? undefined : named[own], heads };
  }

  /** What the other said of a device that has just come here. */
  learn(device: string): readonly Head[] | undefined {
    if (this.#unknown.size === 0) return undefined;
    const tag = tagOf(device, this.#salt);
    const heads = this.#unknown.get(tag);
    this.#unknown.delete(tag);
    return heads;
  }

  /** Events that the other has of devices that are not here. */
  get unknownEvents(): number {
    return this.#unknown.values().reduce((sum, heads) => sum + Math.max(0, ...heads.map(({ seq }) => seq)), 0);
  }

  /** For runs to the other, or from it. */
  context(way: "out" | "in"): RunContext {
    const feeds = this.#feeds;
    const asked = way === "out" ? this.#otherAsked : this.#iAsked;
    return {
      devices: this.devices,
      asked: (device) => asked.get(device),
      before: (place, count) => wholeBefore(feeds, place, way === "out" ? MAX_CONTEXT : count)?.slice(-count),
    };
  }

  #agree(named: readonly (string | undefined)[], heads: ReadonlyMap<string, readonly Head[]>): void {
    const known = named.filter((device) => device !== undefined);
    const order = new Map(known.map((device) => [device, tagOf(device, this.#salt)]));
    this.devices = known.toSorted((a, b) => order.get(a)! - order.get(b)!);
    for (const [device, [head, other]] of heads) {
      const feed = head === undefined || other !== undefined ? undefined : findChain(this.#feeds, device, head);
      const id = feed && chainIdAt(this.#feeds, feed, head!.seq);
      if (id !== undefined) this.#otherAsked.set(device, { from: head!.seq + 1, after: checkOf(id) });
    }
  }

  /** Two devices with one tag are left out: both sides see that. */
  #byTag(devices: readonly string[]): Map<number, string> {
    const byTag = new Map<number, string>();
    const twice = new Set<number>();
    for (const device of devices) {
      const tag = tagOf(device, this.#salt);
      if (byTag.has(tag)) twice.add(tag);
      byTag.set(tag, device);
    }
    for (const tag of twice) byTag.delete(tag);
    return byTag;
  }
}

/** The devices that tags stand for; for none when there are two with one tag. */
function namesOf(entries: readonly FrontierEntry[], mine: ReadonlyMap<number, string>): (string | undefined)[] {
  const counts = new Map<number, number>();
  for (const { tag } of entries) counts.set(tag!, (counts.get(tag!) ?? 0) + 1);
  return entries.map(({ tag }) => (counts.get(tag!) === 1 ? mine.get(tag!) : undefined));
}

type Asked = Omit<RunPlace, "device">;

/** Options of {@linkcode Common.frontier}. */
export interface FrontierOptions {
  /** The same for both, and for no other contact. */
  readonly salt: Uint8Array;
  readonly hasTags: boolean;
  readonly own: string | undefined;
  readonly isFull: boolean;
  readonly isPlain: boolean;
}

/** As many as are ever learnt from one feed. */
const MAX_CONTEXT = 256;
