import type { Feed } from "../feed.ts";
import type { Feeds } from "../feeds.ts";
import { chainIdAt, type ChainPoint, endOf, findChain, lastShared, startsWith } from "./chain.ts";
import type { Head } from "./frontier.ts";

/** Events of one feed that a peer does not have. */
export interface Lack {
  readonly feed: Feed;
  readonly from: number;
  /** The last that it may have. */
  readonly to: number;
}

/**
 * What a peer has of each device, by what it said and what was sent: places in histories that are ours as well. A head
 * that is in none of ours either is ahead of us, or on a branch that we do not know.
 */
export class PeerView {
  readonly #feeds: Feeds;
  readonly #points = new Map<string, ChainPoint[]>();
  readonly #strange = new Map<string, Head[]>();
  readonly #lacks = new Map<string, readonly Lack[]>();
  readonly #stale = new Set<string>();
  readonly #cut = new Set<string>();

  constructor(feeds: Feeds) {
    this.#feeds = feeds;
    this.forget();
  }

  /** Starts again: the peer says anew what it has. */
  forget(): void {
    this.#points.clear();
    this.#strange.clear();
    this.#lacks.clear();
    for (const { device } of this.#feeds.all()) this.#stale.add(device);
  }

  /** The peer said that it has this. */
  says(device: string, heads: readonly Head[]): void {
    this.#strange.set(device, [...this.#strange.get(device) ?? [], ...heads]);
    this.touch(device);
  }

  /** The peer said that it has this now, in place of what it said before. */
  saysAnew(device: string, heads: readonly Head[]): void {
    this.#strange.delete(device);
    // What is ahead of us may have all that is here, so nothing is sent until that is known.
    if (heads.some(({ seq }) => seq > this.#lastOf(device))) this.#points.delete(device);
    this.says(device, heads);
  }

  /** The peer has this event, and all before it. */
  has(device: string, point: ChainPoint): void {
    const feed = findChain(this.#feeds, device, point);
    const isBefore = ({ seq, prefix }: ChainPoint) => {
      const id = feed === undefined || seq > point.seq ? undefined : chainIdAt(this.#feeds, feed, seq);
      return id !== undefined && startsWith(id, prefix);
    };
    // It counts for all before it.
    const others = (this.#points.get(device) ?? []).filter((each) => !isBefore(each));
    this.#points.set(device, [...others, { seq: point.seq, prefix: point.prefix.slice(0, 8) }].slice(-MAX_POINTS));
    this.touch(device);
  }

  /** Something of the device has changed here. */
  touch(device: string): void {
    this.#stale.add(device);
  }

  /** Our feeds are others, with the same events. */
  refresh(): void {
    this.#lacks.clear();
    for (const { device } of this.#feeds.all()) this.#stale.add(device);
  }

  /** What the peer lacks, by device. */
  lacks(): ReadonlyMap<string, readonly Lack[]> {
    for (const device of this.#stale) {
      const lacks = this.#find(device);
      if (lacks.length > 0) this.#lacks.set(device, lacks);
      else this.#lacks.delete(device);
    }
    this.#stale.clear();
    return this.#lacks;
  }

  /** Devices of which the peer lacks what is before our snapshot. */
  cut(): ReadonlySet<string> {
    this.lacks();
    return this.#cut;
  }

  /** Whether the peer has more than we have of some device. */
  get isBehind(): boolean {
    this.lacks();
    return this.#strange.entries().some(([device, heads]) => heads.some(({ seq }) => seq > this.#lastOf(device)));
  }

  /** Whether the peer has said something of a device that was not here when that was looked at last. */
  isStrange(device: string): boolean {
    return this.#strange.has(device);
  }

  /** Devices of which the peer has more than we have, and the number of its last event. */
  ahead(): ReadonlyMap<string, number> {
    this.lacks();
    const ahead = new Map<string, number>();
    for (const [device, heads] of this.#strange) {
      const last = this.#lastOf(device);
      const highest = Math.max(0, ...heads.map(({ seq }) => seq));
      if (highest > last) ahead.set(device, highest);
    }
    return ahead;
  }

  /** Heads that are not ahead of us and yet none of ours: the device has forked. */
  apart(): { readonly device: string; readonly head: Head }[] {
    this.lacks();
    return [...this.#strange].flatMap(([device, heads]) => {
      const last = this.#lastOf(device);
      const first = this.#firstOf(device);
      return heads.filter(({ seq }) => seq <= last && seq >= first).map((head) => ({ device, head }));
    });
  }

  /** What such a head has in common with us was found. */
  settle(device: string, head: Head): void {
    const left = (this.#strange.get(device) ?? []).filter((each) => each !== head);
    if (left.length > 0) this.#strange.set(device, left);
    else this.#strange.delete(device);
    this.touch(device);
  }

  /** The first event that can be compared: what is before a snapshot cannot. */
  #firstOf(device: string): number {
    const bases = this.#feeds.of(device).filter(({ parent }) => parent === undefined).map(({ base }) => base);
    return Math.min(...bases) - 1;
  }

  #lastOf(device: string): number {
    return Math.max(0, ...this.#feeds.of(device).map(({ last }) => last));
  }

  #find(device: string): Lack[] {
    const feeds = this.#feeds;
    for (const head of this.#strange.get(device) ?? []) {
      if (findChain(feeds, device, head) === undefined) continue;
      this.settle(device, head);
      this.has(device, head);
    }
    this.#cut.delete(device);
    // While it is open what the peer has, nothing is sent to it.
    const points = this.#points.get(device) ?? [];
    const isOpen = this.#strange.get(device)?.some(({ seq }) => seq >= this.#firstOf(device)) ?? false;
    if (isOpen && points.length === 0) return [];
    return feeds.of(device).flatMap((feed) => {
      const known = points.reduce((most, point) => Math.max(most, this.#sharedWith(feed, point)), 0);
      const to = endOf(feeds, feed) ?? 0;
      const from = Math.max(feed.base, known + 1);
      // Who lacks what is before our snapshot cannot use what is behind it.
      const isCut = feed.parent === undefined && known + 1 < feed.base;
      if (isCut) this.#cut.add(device);
      return isCut || from > to ? [] : [{ feed, from, to }];
    });
  }

  #sharedWith(feed: Feed, point: ChainPoint): number {
    const id = chainIdAt(this.#feeds, feed, point.seq);
    if (id !== undefined && startsWith(id, point.prefix)) return point.seq;
    const other = findChain(this.#feeds, feed.device, point);
    return other === undefined ? 0 : Math.min(lastShared(this.#feeds, feed, other), point.seq);
  }
}

const MAX_POINTS = 32;
