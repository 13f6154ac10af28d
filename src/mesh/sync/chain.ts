import type { MeshEvent } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { Feeds } from "../feeds.ts";
import type { RunPlace } from "../wire/mod.ts";

/** The feed that holds the event `seq` of the history that `feed` is the end of. */
export function holderOf(feeds: Feeds, feed: Feed, seq: number): Feed {
  while (seq < feed.base && feed.parent !== undefined) feed = feeds.get(feed.parent)!;
  return feed;
}

/** The last event of a feed that others are told of, and given; undefined for none. */
export function endOf(feeds: Feeds, feed: Feed): number | undefined {
  const end = feeds.endOf(feed);
  const first = feed.parent === undefined ? feed.base - 1 : feed.base;
  return end < Math.max(first, 1) ? undefined : end;
}

/** The id of an event in the history of a feed; undefined when it is not that long. */
export function chainIdAt(feeds: Feeds, feed: Feed, seq: number): Uint8Array | undefined {
  if (seq === 0) return feeds.dataset;
  return seq > feed.last ? undefined : holderOf(feeds, feed, seq).idAt(seq);
}

/** The branch of a device whose history has an event with this number and these first bytes of its id. */
export function findChain(feeds: Feeds, device: string, { seq, prefix }: ChainPoint): Feed | undefined {
  return feeds.of(device).find((feed) => {
    const id = chainIdAt(feeds, feed, seq);
    return id !== undefined && startsWith(id, prefix);
  });
}

/** Whether these are the first bytes of an id. */
export function startsWith(id: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, i) => byte === id[i]);
}

/** A place in a history. */
export interface ChainPoint {
  readonly seq: number;
  readonly prefix: Uint8Array;
}

/** The number of the last event that two branches of a device share. */
export function lastShared(feeds: Feeds, a: Feed, b: Feed): number {
  const parts = new Map<Feed, number>();
  for (const [feed, to] of partsOf(feeds, a)) parts.set(feed, to);
  let shared = 0;
  for (const [feed, to] of partsOf(feeds, b)) shared = Math.max(shared, Math.min(parts.get(feed) ?? 0, to));
  return shared;
}

/** Up to `count` events below `from` in the history of a feed. */
export function chainBefore(feeds: Feeds, feed: Feed, { from, count }: { from: number; count: number }): MeshEvent[] {
  const events: MeshEvent[] = [];
  for (let to = from - 1; to > 0 && events.length < count;) {
    const holder = holderOf(feeds, feed, to);
    // What is before a snapshot is not here.
    if (to < holder.base) break;
    const first = Math.max(holder.base, to + 1 - (count - events.length));
    events.unshift(...holder.slice(first, to));
    to = first - 1;
  }
  return events;
}

/**
 * The last `count` events below `from` of the history in which the id before `from` begins with `after`, fewer at the very
 * beginning; undefined when one of them is not here, or what it said.
 */
export function wholeBefore(feeds: Feeds, { device, from, after }: RunPlace, count: number): MeshEvent[] | undefined {
  const prefix = Uint8Array.of(after >>> 24, after >>> 16, after >>> 8, after);
  const feed = from < 2 ? undefined : findChain(feeds, device, { seq: from - 1, prefix });
  const events = feed && chainBefore(feeds, feed, { from, count });
  // What was erased here may still be there, and the other way round; the same is true of what is before a snapshot.
  const isWhole = events?.length === Math.min(count, from - 1) && events.every(({ payload }) => payload !== undefined);
  return isWhole ? events : undefined;
}

/** The feeds that hold a history, and up to which event each does. */
function* partsOf(feeds: Feeds, feed: Feed): Iterable<[Feed, number]> {
  for (let to = feed.last;;) {
    yield [feed, to];
    if (feed.parent === undefined) return;
    to = feed.base - 1;
    feed = holderOf(feeds, feeds.get(feed.parent)!, to);
  }
}
