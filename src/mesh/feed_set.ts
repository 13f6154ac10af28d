import { compareIds, type EventRef, type MeshEvent } from "./event.ts";
import { Feed } from "./feed.ts";

/** A device that wrote two events with one number; each branch is a feed. */
export interface Fork {
  /** The public key of the device. */
  readonly device: string;
  /** The first number that is there twice. */
  readonly seq: number;
  /** The names of the feeds that part there. */
  readonly feeds: readonly string[];
}

/** The last event of a device that is in a snapshot. */
export interface FeedStart {
  readonly seq: number;
  readonly id: Uint8Array;
  /** Its stamp; without it what comes next may have any. */
  readonly wallMs?: number;
  readonly counter?: number;
}

/** Feeds by name and by device, and where those part. What is in them was checked before. (SPEC F6, F7) */
export class FeedSet {
  readonly #byName = new Map<string, Feed>();
  // Almost always one for each device.
  readonly #byDevice = new Map<string, readonly Feed[]>();
  readonly #forks: Fork[] = [];

  /** All feeds, in the order in which they came. */
  all(): MapIterator<Feed> {
    return this.#byName.values();
  }

  /** A feed by its name. */
  get(name: string): Feed | undefined {
    return this.#byName.get(name);
  }

  /** The branches of a device: one if it has not forked, none if nothing of it is here. */
  of(device: string): readonly Feed[] {
    return this.#byDevice.get(device) ?? [];
  }

  /** Devices that forked, the first found first. */
  get forks(): readonly Fork[] {
    return this.#forks;
  }

  /** An event and the feed that it is in; undefined while it is not here. */
  find({ device, seq, check }: EventRef): { readonly feed: Feed; readonly event: MeshEvent } | undefined {
    for (const feed of this.of(device)) {
      const event = feed.at(seq);
      if (event !== undefined && feed.checkAt(seq) === check) return { feed, event };
    }
    return undefined;
  }

  /** Adds a feed; one that is here already stays as it is. */
  add(feed: Feed): void {
    if (this.#byName.has(feed.name)) return;
    this.#byName.set(feed.name, feed);
    this.#byDevice.set(feed.device, [...this.of(feed.device), feed]);
  }

  /** Begins feeds behind a snapshot; those that are here stay as they are. */
  begin(frontier: Iterable<readonly [string, FeedStart]>): void {
    for (const [device, { seq, id, wallMs, counter = 0 }] of frontier) {
      if (this.of(device).length > 0) continue;
      const before = wallMs === undefined ? {} : { before: { wallMs, counter } };
      this.add(new Feed(device, { base: seq + 1, prev: id, ...before }));
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#byName.clear();
    this.#byDevice.clear();
    this.#forks.length = 0;
  }

  /**
   * The feed for a branch that begins with the event `id`, still without it. The branch with the smallest first id goes on
   * as the feed itself, so that all name them alike, whichever came first.
   */
  fork(feed: Feed, seq: number, id: Uint8Array): Feed {
    const { device, name } = feed;
    if (compareIds(id, feed.idAt(seq)!) > 0) {
      return new Feed(device, { base: seq, prev: feed.idAt(seq - 1)!.slice(), branch: { parent: name, id } });
    }
    const tail = feed.split(seq);
    for (const each of this.of(device)) if (each.parent === name && each.base > seq) each.moveTo(tail.name);
    this.add(tail);
    return feed;
  }

  /** Notes that a device has two events with this number, which are here now. */
  noteFork(device: string, seq: number): Fork {
    const fork = { device, seq, feeds: this.of(device).filter((each) => each.at(seq)).map(({ name }) => name) };
    this.#forks.push(fork);
    return fork;
  }
}
