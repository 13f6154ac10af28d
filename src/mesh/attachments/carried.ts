import type { EventRef, Payload } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { Replica } from "../replica.ts";
import type { BlobStore } from "./blob_store.ts";
import type { BlobRef } from "./tree.ts";

/** Options of {@linkcode Carried}. */
export interface CarriedOptions {
  readonly replica: Replica;
  readonly store: Pick<BlobStore, "version" | "held" | "accepts">;
  /** What is attached, as far as it can be read here: that is not carried but ours. */
  readonly attached: () => ReadonlySet<string>;
  /** Most bytes of what is carried; one member has a quarter of that. */
  readonly maxBytes: number;
  /** How long after an event its file is carried. */
  readonly maxMs: number;
}

/**
 * Files of events that are sealed with a key that is not here: only what names and sizes their sealed content can be read
 * of them, and that is enough to pass it on. (SPEC A13)
 */
export class Carried {
  readonly #options: CarriedOptions;
  #files: Carriable[] = [];
  #isSorted = true;
  #chosen: Chosen = { refs: [], names: new Set(), version: -1, untilMs: -1 };

  /** Lives as long as the replica does. */
  constructor(options: CarriedOptions) {
    this.#options = options;
    const { replica: { info, feeds, view } } = options;
    if (info.privacy !== "sealed") return;
    for (const feed of feeds.all()) this.#note(feed, feed.base, feed.last - feed.base + 1);
    feeds.listen({
      applied: (feed, from, count) => this.#note(feed, from, count),
      filled: (feed, seq) => this.#note(feed, seq, 1),
      rebased: () => this.#forget(),
    });
    view.listen({ erased: () => this.#forget() });
  }

  /** What is here and what is to come, the newest first. The same array while nothing changes. */
  refs(): readonly BlobRef[] {
    return this.#now().refs;
  }

  /** Their names. */
  names(): ReadonlySet<string> {
    return this.#now().names;
  }

  #now(): Chosen {
    if (this.#files.length === 0) return NOTHING;
    const { replica, store } = this.#options;
    const nowMs = replica.nowMs();
    const { version, untilMs } = this.#chosen;
    if (store.version !== version || nowMs >= untilMs) this.#chosen = this.#choose(nowMs);
    return this.#chosen;
  }

  #forget(): void {
    this.#chosen = { ...this.#chosen, version: -1 };
  }

  #note(feed: Feed, from: number, count: number): void {
    for (let seq = from; seq < from + count; seq++) {
      const { kind, payload, wallMs } = feed.at(seq)!;
      if (kind !== "sealed" || payload?.blob === undefined || payload.size === undefined) continue;
      if (this.#hasKey(payload)) continue;
      const { blob, size } = payload as unknown as BlobRef;
      this.#files.push({ ref: { device: feed.device, seq, check: feed.checkAt(seq)! }, blob, size, wallMs });
      this.#isSorted = false;
    }
    // What is to be carried changes also when a key comes, or somebody is let out.
    this.#forget();
  }

  /** What was carried goes on being carried, also when somebody names a lot that is newer. */
  #choose(nowMs: number): Chosen {
    const { replica, store, attached, maxBytes, maxMs } = this.#options;
    const { version } = store;
    const held = new Map(store.held().map(({ blob, size }) => [blob, size]));
    let used = [...held].reduce((sum, [blob, size]) => attached().has(blob) ? sum : sum + size, 0);
    const shares = new Map<string, number>();
    const chosen = new Map<string, BlobRef>();
    let untilMs = Infinity;
    this.#sort((file) => file.wallMs + maxMs > nowMs);
    const files = this.#files.filter((file) => this.#counts(file));
    for (const isHeld of [true, false]) {
      for (const { ref: { device }, blob, size, wallMs } of files) {
        if (chosen.has(blob) || attached().has(blob) || (held.get(blob) === size) !== isHeld) continue;
        const member = replica.members.of(device)?.id ?? device;
        const share = (shares.get(member) ?? 0) + size;
        const hasRoom = used + size <= maxBytes && share <= maxBytes * SHARE && store.accepts({ blob, size });
        if (!isHeld && !hasRoom) continue;
        shares.set(member, share);
        if (!isHeld) used += size;
        untilMs = Math.min(untilMs, wallMs + maxMs);
        chosen.set(blob, { blob, size });
      }
    }
    return { refs: [...chosen.values()], names: new Set(chosen.keys()), version, untilMs };
  }

  /** The newest first; the time of what is left out, or the key of it, has come for good. */
  #sort(isNow: (file: Carriable) => boolean): void {
    const { feeds } = this.#options.replica;
    this.#files = this.#files.filter((file) => isNow(file) && !this.#hasKey(feeds.find(file.ref)?.event.payload));
    if (!this.#isSorted) this.#files.sort((a, b) => b.wallMs - a.wallMs || (a.blob < b.blob ? -1 : 1));
    this.#isSorted = true;
  }

  /** Whether the event counts, and was not erased. */
  #counts({ ref, blob }: Carriable): boolean {
    const { feeds, members } = this.#options.replica;
    const found = feeds.find(ref);
    return found?.event.payload?.blob === blob && members.counts(found.feed, ref.seq);
  }

  #hasKey(payload: Payload | undefined): boolean {
    return payload !== undefined && this.#options.replica.keyring.has(String(payload.key));
  }
}

/** Most bytes of what is carried, where nobody says otherwise. */
export const MAX_CARRIED_BYTES = 2 ** 28;
/** How long after an event its file is carried, where nobody says otherwise: 30 days. */
export const CARRY_MS = 30 * 86_400_000;

/** What one member may take of it, so that no one can crowd the others out. */
const SHARE = 0.25;

/** A file of an event that may be sealed with a key that is not here. */
interface Carriable extends BlobRef {
  readonly ref: EventRef;
  readonly wallMs: number;
}

interface Chosen {
  readonly refs: readonly BlobRef[];
  readonly names: ReadonlySet<string>;
  /** Of the store when it was chosen. */
  readonly version: number;
  readonly untilMs: number;
}

const NOTHING: Chosen = { refs: [], names: new Set(), version: -1, untilMs: -1 };
