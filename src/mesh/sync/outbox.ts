import { MAX_RUN_EVENTS } from "../check_run.ts";
import type { MeshEvent } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { Run } from "../run.ts";
import { encodeRuns, type RunContext } from "../wire/mod.ts";
import type { Lack, PeerView } from "./peer_view.ts";

/** What goes first: lower numbers do. */
export const PRIORITY = { ALERT: 0, RETURN: 1, OWN: 2, RELAY: 3, BLOB: 4 } as const;

/** Options of {@linkcode Outbox}. */
export interface OutboxOptions {
  /** The devices of both sides: what the other is missing of its own goes before what is ours. */
  readonly own: string | undefined;
  /** Whether an event must not wait for others. */
  isUrgent?(event: MeshEvent): boolean;
}

/** Runs that are ready to go. */
export interface Batch {
  readonly parts: readonly BatchPart[];
  readonly bytes: Uint8Array;
}

/** A run, and the feed that it is from. */
export interface BatchPart {
  readonly feed: Feed;
  readonly run: Run;
}

/** Cuts what a peer lacks into batches, the most important first. */
export class Outbox {
  /** The other's own device, when it has said so. */
  other: string | undefined;
  readonly #view: PeerView;
  readonly #options: OutboxOptions;
  // What an event took so far, for the first guess.
  #eventBytes = 6;

  constructor(view: PeerView, options: OutboxOptions) {
    [this.#view, this.#options] = [view, options];
  }

  /** What is left to send: events, and about how many bytes. */
  get left(): { readonly events: number; readonly bytes: number } {
    let events = 0;
    for (const lacks of this.#view.lacks().values()) {
      for (const { from, to } of lacks) events += to + 1 - from;
    }
    return { events, bytes: Math.ceil(events * this.#eventBytes) };
  }

  /**
   * The next batch of at most `room` bytes; a number when the least that could go is that long. Undefined when nothing is
   * left, but for devices that have to wait.
   */
  next(room: number, { context, mayGo }: NextOptions): Batch | number | undefined {
    const lacks = this.#inOrder(mayGo);
    if (lacks.length === 0) return undefined;
    for (let events = Math.min(Math.ceil(room / this.#eventBytes), MAX_BATCH_EVENTS);; events >>= 1) {
      const parts = cutRuns(lacks, events);
      const count = parts.reduce((sum, { run }) => sum + run.events.length, 0);
      const bytes = encodeRuns(parts.map(({ run }) => run), { context });
      this.#eventBytes = Math.max(bytes.length / count, 1);
      if (bytes.length <= room) return { parts, bytes };
      if (events <= 1) return bytes.length;
      events = Math.min(events, Math.ceil(2 * count * room / bytes.length));
    }
  }

  #inOrder(mayGo: (device: string) => boolean): Lack[] {
    const lacks = [...this.#view.lacks()].filter(([device]) => mayGo(device)).flatMap(([, lacks]) => lacks);
    const ranks = new Map(lacks.map((lack) => [lack, this.#rankOf(lack)] as const));
    // A branch hangs on what is before it.
    return lacks.sort((a, b) => ranks.get(a)! - ranks.get(b)! || a.feed.base - b.feed.base);
  }

  #rankOf({ feed, from, to }: Lack): number {
    const { own, isUrgent } = this.#options;
    if (isUrgent !== undefined && feed.slice(from, to).some((event) => isUrgent(event))) return PRIORITY.ALERT;
    if (feed.device === this.other) return PRIORITY.RETURN;
    return feed.device === own ? PRIORITY.OWN : PRIORITY.RELAY;
  }
}

/** Options of {@linkcode Outbox.next}. */
export interface NextOptions {
  /** What the reader knows; undefined for the form that needs nothing. */
  readonly context: RunContext | undefined;
  /** Whether something of a device may go now. */
  mayGo(device: string): boolean;
}

const MAX_BATCH_EVENTS = 16_384;
const MAX_BATCH_RUNS = 4096;

/** Runs of about so many events in all; at least one, the shortest that has a signature. */
function cutRuns(lacks: readonly Lack[], events: number): BatchPart[] {
  const parts: BatchPart[] = [];
  for (const { feed, from, to } of lacks) {
    for (let at = from; at <= to && parts.length < MAX_BATCH_RUNS;) {
      const run = cutRun(feed, { from: at, to }, events);
      if (run === undefined || (run.events.length > events && parts.length > 0)) return parts;
      parts.push({ feed, run });
      events -= run.events.length;
      at += run.events.length;
      if (events <= 0) return parts;
    }
  }
  return parts;
}

/** The longest run from `from` on with at most so many events that ends with a signature, or the shortest. */
function cutRun(
  feed: Feed,
  { from, to }: { readonly from: number; readonly to: number },
  events: number,
): Run | undefined {
  let end: Feed["signed"][number] | undefined;
  for (const head of feed.signed) {
    if (head.seq < from) continue;
    if (head.seq > to) break;
    if (end !== undefined && head.seq - from >= Math.min(events, MAX_RUN_EVENTS)) break;
    end = head;
  }
  if (end === undefined) return undefined;
  const { device } = feed;
  return {
    device,
    from,
    after: feed.checkAt(from - 1)!,
    events: feed.slice(from, end.seq),
    signature: end.signature,
  };
}
