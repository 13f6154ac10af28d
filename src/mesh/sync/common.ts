import { checkOf } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import type { RunContext, RunPlace } from "../wire/mod.ts";
import { devicesOf } from "./beacon.ts";
import { chainIdAt, findChain, wholeBefore } from "./chain.ts";
import { type Frontier, type FrontierEntry, type Head, headsOf, MAX_ENTRIES, PREFIX_BYTES } from "./frontier.ts";
import { refuse } from "./refuse.ts";
import { Tags } from "./tags.ts";

/** What both sides of a contact know of each other: which devices, and where each asked the other to begin. */
export class Common {
  /** Devices that both have, in an order that both know; empty until both have said theirs. */
  devices: readonly string[] = [];
  readonly #feeds: Feeds;
  /** When both said first whether they have the same devices. */
  readonly #first: readonly string[];
  /** What we have told. */
  #mine: readonly string[];
  #isOther = false;
  readonly #unknown = new Map<number, readonly Head[]>();
  readonly #shared = new Set<string>();
  readonly #iAsked = new Map<string, Asked>();
  readonly #otherAsked = new Map<string, Asked>();
  #tags = new Tags([], new Uint8Array(0));

  constructor(feeds: Feeds) {
    this.#feeds = feeds;
    this.#first = this.#mine = devicesOf(feeds);
  }

  /** From now on devices have tags; the salt is the same for both, and for no other contact. */
  begin(salt: Uint8Array): void {
    this.#mine = devicesOf(this.#feeds);
    this.#isOther = this.#mine.length !== this.#first.length || this.#mine.some((each, i) => each !== this.#first[i]);
    this.#tags = new Tags(this.#mine, salt);
  }

  /** How many devices we have told, or are to tell. */
  get count(): number {
    return this.#mine.length;
  }

  /** What we have. Tags are left out when both have the same devices. */
  frontier({ hasTags, own, isFull, isPlain }: FrontierOptions): Frontier {
    const devices = isPlain ? devicesOf(this.#feeds) : this.#mine;
    // Somebody else has brought one since both seemed to have the same.
    const isTagged = hasTags || this.#isOther;
    const entries = devices.map((device): FrontierEntry => {
      const heads = headsOf(this.#feeds, device, isFull ? 32 : PREFIX_BYTES);
      if (!isPlain && heads.length === 1) {
        const [{ seq, prefix }] = headsOf(this.#feeds, device, 4) as [Head];
        this.#iAsked.set(device, { from: seq + 1, after: checkOf(prefix) });
      }
      return { tag: isTagged ? this.#tags.add(device) : undefined, heads };
    });
    const at = own === undefined ? -1 : devices.indexOf(own);
    return { own: at < 0 ? undefined : at, isPlain, entries };
  }

  /** What we have now of some devices, as far as one tag stands for one of them. */
  some(devices: Iterable<string>): Frontier {
    const entries = [...devices].flatMap((device): FrontierEntry[] => {
      const [tag, heads] = [this.#tags.of(device), headsOf(this.#feeds, device, PREFIX_BYTES)];
      return tag === undefined || heads.length === 0 ? [] : [{ tag, heads }];
    });
    return { own: undefined, isPlain: false, entries };
  }

  /** What the other has, by device; of devices that are not here it is kept for later. */
  read({ own, entries, isPlain }: Frontier): FrontierRead {
    const hasTags = entries[0] === undefined || entries[0].tag !== undefined;
    if (!hasTags && entries.length !== this.#first.length) refuse("its devices are not ours");
    const named = hasTags ? this.#namesOf(entries, isPlain ? undefined : new Set(this.#mine)) : this.#first;
    const heads = new Map<string, readonly Head[]>();
    this.#unknown.clear();
    for (const [i, entry] of entries.entries()) {
      const device = named[i];
      if (device !== undefined) heads.set(device, entry.heads);
      else if (entry.tag !== undefined && entry.heads.length > 0) this.#unknown.set(entry.tag, entry.heads);
    }
    if (!isPlain) this.#agree(named, heads);
    for (const device of heads.keys()) this.#shared.add(device);
    return { own: own === undefined ? undefined : named[own], heads };
  }

  /** What the other has now of some devices. */
  readSome({ entries }: Frontier): Map<string, readonly Head[]> {
    const heads = new Map<string, readonly Head[]>();
    for (const { tag, heads: each } of entries) {
      if (tag === undefined) refuse("its devices have no tags");
      const device = this.#tags.deviceOf(tag);
      if (device !== undefined) {
        heads.set(device, each);
        this.#shared.add(device);
      } else if (each.length > 0) this.#unknown.set(tag, each);
    }
    if (this.#unknown.size > MAX_ENTRIES) refuse("it has too many devices");
    return heads;
  }

  /** What the other said of a device that has just come here. */
  learn(device: string): readonly Head[] | undefined {
    const tag = this.#tags.add(device);
    const heads = this.#unknown.get(tag);
    if (heads === undefined) return undefined;
    this.#unknown.delete(tag);
    this.#shared.add(device);
    return heads;
  }

  /** Events that the other has of devices that are not here. */
  get unknownEvents(): number {
    return this.#unknown.values().reduce((sum, heads) => sum + Math.max(0, ...heads.map(({ seq }) => seq)), 0);
  }

  /** Whether the other has devices that are not here. */
  get hasUnknown(): boolean {
    return this.#unknown.size > 0;
  }

  /** What stands for a device that the other knows as well; undefined for one that it does not. */
  tagOf(device: string): number | undefined {
    return this.#shared.has(device) ? this.#tags.of(device) : undefined;
  }

  /** The device of ours that a tag stands for. */
  deviceOf(tag: number): string | undefined {
    return this.#tags.deviceOf(tag);
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
    const order = new Map(known.map((device) => [device, this.#tags.add(device)]));
    this.devices = known.toSorted((a, b) => order.get(a)! - order.get(b)!);
    for (const [device, [head, other]] of heads) {
      const feed = head === undefined || other !== undefined ? undefined : findChain(this.#feeds, device, head);
      const id = feed && chainIdAt(this.#feeds, feed, head!.seq);
      if (id !== undefined) this.#otherAsked.set(device, { from: head!.seq + 1, after: checkOf(id) });
    }
  }

  /** The devices that tags stand for, of those that we have said; for none when there are two with one tag. */
  #namesOf(entries: readonly FrontierEntry[], mine: ReadonlySet<string> | undefined): (string | undefined)[] {
    const counts = new Map<number, number>();
    for (const { tag } of entries) counts.set(tag!, (counts.get(tag!) ?? 0) + 1);
    return entries.map(({ tag }) => {
      const device = counts.get(tag!) === 1 ? this.#tags.deviceOf(tag!) : undefined;
      return device !== undefined && (mine?.has(device) ?? true) ? device : undefined;
    });
  }
}

type Asked = Omit<RunPlace, "device">;

/** Options of {@linkcode Common.frontier}. */
export interface FrontierOptions {
  readonly hasTags: boolean;
  readonly own: string | undefined;
  readonly isFull: boolean;
  readonly isPlain: boolean;
}

/** What {@linkcode Common.read} gives. */
export interface FrontierRead {
  /** The other's own device, if it is here. */
  readonly own: string | undefined;
  readonly heads: Map<string, readonly Head[]>;
}

/** As many as are ever learnt from one feed. */
const MAX_CONTEXT = 256;
