import type { Feeds } from "../feeds.ts";
import { endOf } from "./chain.ts";
import type { BatchPart } from "./outbox.ts";
import type { PeerView } from "./peer_view.ts";

/** What a peer has as far as it is known: what it said, and what was given to it and it has read. */
export interface Known {
  /** The number of the last event that it has of each feed that is here, by the name of the feed. */
  readonly has: Readonly<Record<string, number>>;
  /** The number of its last event of each device of which it has more than is here. */
  readonly ahead: Readonly<Record<string, number>>;
  /** Its events of devices that are not here. */
  readonly unknownEvents: number;
}

/** Batches that went to a peer, until it says that it has read them: each `done` says how many messages that were. */
export class Unread {
  readonly #batches: { readonly place: number; readonly from: ReadonlyMap<string, number> }[] = [];

  /** These went; `place` is the number of messages up to there that the other counts. */
  sent(parts: readonly BatchPart[], place: number): void {
    const from = new Map<string, number>();
    for (const { feed: { name }, run } of parts) from.set(name, Math.min(from.get(name) ?? Infinity, run.from));
    this.#batches.push({ place, from });
  }

  /** The other has read so many messages. */
  read(count: number): void {
    while (this.#batches.length > 0 && this.#batches[0]!.place <= count) this.#batches.shift();
  }

  /** The other says anew what it has. */
  forget(): void {
    this.#batches.length = 0;
  }

  /** The first event of a feed that may not have arrived. */
  firstOf(name: string): number {
    return Math.min(Infinity, ...this.#batches.map(({ from }) => from.get(name) ?? Infinity));
  }
}

/** What is known of a peer that has said what it has. A device of which that is still open is left out. */
export function knownOf(feeds: Feeds, { view, unread, unknownEvents }: KnownOptions): Known {
  const lacks = view.lacks();
  const open = new Set([...view.apart().map(({ device }) => device), ...view.cut()]);
  const has: Record<string, number> = {};
  for (const feed of feeds.all()) {
    if (open.has(feed.device)) continue;
    const lack = lacks.get(feed.device)?.find((each) => each.feed === feed);
    const next = Math.min(lack?.from ?? (endOf(feeds, feed) ?? 0) + 1, unread.firstOf(feed.name));
    if (next > feed.base) has[feed.name] = next - 1;
  }
  return { has, ahead: Object.fromEntries(view.ahead()), unknownEvents };
}

/** Options of {@linkcode knownOf}. */
export interface KnownOptions {
  readonly view: PeerView;
  readonly unread: Unread;
  readonly unknownEvents: number;
}

/** What a peer has that has the same as we. */
export function allOf(feeds: Feeds): Known {
  const ends = [...feeds.all()].map((feed) => [feed.name, endOf(feeds, feed)] as const);
  return {
    has: Object.fromEntries(ends.filter((each): each is [string, number] => each[1] !== undefined)),
    ahead: {},
    unknownEvents: 0,
  };
}
