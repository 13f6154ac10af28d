import { plainText } from "../../errors/mod.ts";
import { eventValue, type OriginalEvent } from "./event.ts";
import { compareText } from "./value.ts";
import { WaitingEvents } from "./waiting.ts";
import { writeJson } from "./write_json.ts";

/** Options of {@linkcode OriginalFeeds}. */
export interface OriginalFeedsOptions {
  /** Whose events are taken. @default {everybody's} */
  readonly accept?: ((author: string) => boolean) | undefined;
  /** Most authors to hold. @default {4096} */
  readonly maxAuthors?: number | undefined;
  /** Most events to hold. @default {1000000} */
  readonly maxEvents?: number | undefined;
  /** How far an event may be ahead of its feed to wait for what is between. @default {1024} */
  readonly maxGap?: number | undefined;
  /** Most events that wait, of all authors. @default {4096} */
  readonly maxWaiting?: number | undefined;
  /** Most bytes that wait. @default {4194304} */
  readonly maxWaitingBytes?: number | undefined;
}

/** Proof that two devices write as one author: ours goes on, theirs is kept to be shown. */
export interface OriginalFork {
  /** Who writes twice. */
  readonly author: string;
  /** In our feed: the event in the same place, or the one that `theirs` should follow. */
  readonly ours: OriginalEvent;
  /** What is not of the same history. */
  readonly theirs: OriginalEvent;
}

/** Why an event was not taken. */
export type IngestRefusal = "fork" | "gap" | "author" | "full";

/** What became of an event: `appended` with those that had waited for it, or not. */
export type Ingested =
  | { readonly outcome: "appended"; readonly events: readonly OriginalEvent[] }
  | { readonly outcome: "known" | "waiting" }
  | { readonly outcome: "refused"; readonly reason: IngestRefusal; readonly message: string };

/** The feeds of the original: unbroken from 1, one branch each, bounded. Takes events whose ids are true. */
export class OriginalFeeds {
  readonly #feeds = new Map<string, OriginalEvent[]>();
  readonly #forks = new Map<string, OriginalFork>();
  readonly #waiting: WaitingEvents;
  readonly #accept: (author: string) => boolean;
  readonly #limits: { readonly maxAuthors: number; readonly maxEvents: number; readonly maxGap: number };
  #count = 0;

  constructor(options: OriginalFeedsOptions = {}) {
    const { accept = () => true, maxAuthors = 4096, maxEvents = 1_000_000, maxGap = 1024 } = options;
    const { maxWaiting = 4096, maxWaitingBytes = 4 << 20 } = options;
    [this.#accept, this.#limits] = [accept, { maxAuthors, maxEvents, maxGap }];
    this.#waiting = new WaitingEvents({ maxEvents: maxWaiting, maxBytes: maxWaitingBytes });
  }

  /** How many events are in feeds. */
  get count(): number {
    return this.#count;
  }

  /** How many wait for others. */
  get waiting(): number {
    return this.#waiting.count;
  }

  /** The first proof for each author who writes twice. */
  get forks(): readonly OriginalFork[] {
    return [...this.#forks.values()];
  }

  /** How many events there are of each author. */
  frontier(): Map<string, number> {
    return new Map([...this.#feeds].map(([author, feed]) => [author, feed.length]));
  }

  /** The last event of a feed. */
  head(author: string): OriginalEvent | undefined {
    return this.#feeds.get(author)?.at(-1);
  }

  /** All events, feed by feed. */
  *events(): Generator<OriginalEvent> {
    for (const feed of this.#feeds.values()) yield* feed;
  }

  /** What `remote` lacks, feed by feed; `turn` says which feed is first, so that no feed is always last. */
  *delta(remote: ReadonlyMap<string, number>, turn: number = 0): Generator<OriginalEvent> {
    const authors = [...this.#feeds.keys()].sort(compareText);
    const first = authors.length === 0 ? 0 : turn % authors.length;
    for (const author of [...authors.slice(first), ...authors.slice(0, first)]) {
      const feed = this.#feeds.get(author)!;
      for (let at = remote.get(author) ?? 0; at < feed.length; at++) yield feed[at]!;
    }
  }

  /** Takes an event in any order; says what became of it. */
  ingest(event: OriginalEvent): Ingested {
    const { author, seq } = event;
    const feed = this.#feeds.get(author) ?? [];
    const held = feed[seq - 1];
    if (held?.id === event.id) return { outcome: "known" };
    if (held !== undefined) return this.#fork(held, event);
    const refusal = this.#refusal(event, feed.length);
    if (refusal !== undefined) return refusal;
    if (seq > feed.length + 1) {
      const bytes = writeJson(eventValue(event)).length;
      return this.#waiting.add(event, bytes)
        ? { outcome: "waiting" }
        : refuse(event, "gap", "there is no room for it to wait");
    }
    if (event.prev !== (feed.at(-1)?.id ?? "")) return this.#fork(feed.at(-1)!, event);
    // An author without an event has no feed, or any name that is sent would grow all frontiers.
    this.#feeds.set(author, feed);
    return { outcome: "appended", events: this.#append(event, feed) };
  }

  /** Appends, and all that had waited for it. */
  #append(event: OriginalEvent, feed: OriginalEvent[]): OriginalEvent[] {
    const appended: OriginalEvent[] = [];
    for (let next: OriginalEvent | undefined = event; next !== undefined;) {
      const head: OriginalEvent = next;
      feed.push(head);
      appended.push(head);
      const claims: readonly OriginalEvent[] = this.#waiting.take(head.author, head.seq + 1);
      next = claims.find(({ prev }) => prev === head.id);
      for (const claim of claims) if (claim !== next) this.#fork(next ?? head, claim);
    }
    this.#count += appended.length;
    return appended;
  }

  #refusal(event: OriginalEvent, length: number): Ingested | undefined {
    const { maxAuthors, maxEvents, maxGap } = this.#limits;
    if (!this.#accept(event.author)) return refuse(event, "author", "its author is not one of those that are taken");
    if (length === 0 && this.#feeds.size >= maxAuthors) return refuse(event, "full", `${maxAuthors} authors are held`);
    if (this.#count >= maxEvents) return refuse(event, "full", `${maxEvents} events are held`);
    if (event.seq - length > maxGap) return refuse(event, "gap", `only ${length} of its feed are here`);
    return undefined;
  }

  #fork(ours: OriginalEvent, theirs: OriginalEvent): Ingested {
    const { author } = theirs;
    if (!this.#forks.has(author)) this.#forks.set(author, { author, ours, theirs });
    return refuse(theirs, "fork", `it does not belong to the history that is here: two devices write as this author`);
  }
}

function refuse(event: OriginalEvent, reason: IngestRefusal, why: string): Ingested {
  const message = `Cannot take event ${event.seq} of ${plainText(event.author, 40)}: ${why}`;
  return { outcome: "refused", reason, message };
}
