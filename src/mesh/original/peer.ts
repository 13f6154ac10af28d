import type { Clock } from "../../clock/mod.ts";
import { isTinmanError, plainText, TinmanError } from "../../errors/mod.ts";
import { Hlc } from "../hlc.ts";
import { STAMP_COUNTER_LIMIT, STAMP_WALL_LIMIT } from "../stamp.ts";
import { createOriginalEvent, eventValue, type OriginalEvent } from "./event.ts";
import { type IngestRefusal, OriginalFeeds, type OriginalFeedsOptions, type OriginalFork } from "./feeds.ts";
import { isObject, toOriginal } from "./value.ts";
import { materializeOriginal, type OriginalView } from "./view.ts";
import { encodeOriginalFrontier, type OriginalMessage, packOriginalEvents, readOriginalMessage } from "./wire.ts";
import { writeJson } from "./write_json.ts";

/** Longest event that we write: it fits into a message of 64 kB. */
const MAX_EVENT_BYTES = 65_000;

/** Options of {@linkcode OriginalPeer}. */
export interface OriginalPeerOptions extends OriginalFeedsOptions {
  /** The name that we write under; one device each, see {@linkcode OriginalPeer.forks}. */
  readonly author: string;
  /** Time of day. */
  readonly clock: Pick<Clock, "now">;
  /** What was held before, such as all of a log. */
  readonly events?: Iterable<OriginalEvent> | undefined;
  /**
   * How far a stamp may be ahead of the clock to move it. The original orders by stamp alone, so what we write should be
   * stamped after what we saw; a day covers a clock that was set to the wrong time zone. @default {86400000}
   */
  readonly maxAheadMs?: number | undefined;
}

/** Options of {@linkcode OriginalPeer.receive}. */
export interface ReceiveOptions {
  /** Most bytes to answer with, so that few bytes do not draw many. @default {65536} */
  readonly creditBytes?: number | undefined;
  /** Longest message to answer with. @default {65536} */
  readonly maxMessageBytes?: number | undefined;
}

/** Something that was not taken, and why, for people. */
export interface OriginalRefusal {
  /** `malformed`: not what the protocol says, or an id that is not true. */
  readonly reason: "malformed" | "too-large" | "too-long" | IngestRefusal;
  /** What was tried, and why it was not done. */
  readonly message: string;
}

/** What a message led to. */
export interface OriginalReceived {
  /** To be sent to where it came from. */
  readonly replies: readonly Uint8Array[];
  /** New events, in the order of their feeds: to be kept, see `writeOriginalLine()`. */
  readonly appended: readonly OriginalEvent[];
  /** What was not taken. */
  readonly refused: readonly OriginalRefusal[];
  /** Those of `appended` whose stamps are too far ahead to move the clock. Many of them: our own clock is behind. */
  readonly ahead: readonly OriginalEvent[];
  /** How many events of ours the other has and we do not: we were restored from a backup, and should not write yet. */
  readonly behind: number;
}

/**
 * A peer that speaks with the Python original: the same messages, ids and view. It does no I/O: messages go in by
 * {@linkcode OriginalPeer.receive}, and what comes out is to be sent and kept by the caller.
 */
export class OriginalPeer {
  /** The name that we write under. */
  readonly author: string;
  readonly #feeds: OriginalFeeds;
  readonly #hlc: Hlc;
  /** The highest stamp that set each field. */
  readonly #set = new Map<string, readonly [number, number]>();
  #checked = 0;
  #answered = 0;

  /** Holds `events`, and goes on writing where those of `author` end. */
  constructor({ author, clock, events = [], maxAheadMs = 86_400_000, ...limits }: OriginalPeerOptions) {
    this.author = author;
    const { accept = () => true } = limits;
    this.#feeds = new OriginalFeeds({ ...limits, accept: (name) => name === author || accept(name) });
    this.#hlc = new Hlc({ clock, maxAheadMs });
    // As the original does: a log that was put together from others may have them in any order.
    for (const event of [...events].sort((a, b) => a.seq - b.seq)) this.#ingest(event);
    for (const event of this.#feeds.events()) if (event.author === author) this.#restore(event);
  }

  /** How many events there are of each author. */
  frontier(): ReadonlyMap<string, number> {
    return this.#feeds.frontier();
  }

  /** All events, feed by feed: a log in this order can be loaded. */
  events(): Iterable<OriginalEvent> {
    return this.#feeds.events();
  }

  /** How many events wait for others that have not come. */
  get waiting(): number {
    return this.#feeds.waiting;
  }

  /** Authors that two devices write as, with proof. The original never sees it: their views differ for ever. */
  get forks(): readonly OriginalFork[] {
    return this.#feeds.forks;
  }

  /** All records as the original shows them. Costs as much as there are events. */
  view(): OriginalView {
    return materializeOriginal(this.#feeds.events());
  }

  /**
   * Writes an event, which is to be kept by the caller before it is sent. To set a field wins over all that is known of
   * it, also when the stamp of that lies in the future.
   *
   * @throws {TypeError} for a payload that has no JSON form, see `toOriginal()`.
   * @throws {TinmanError} `TOO_LARGE` for a payload near 64 kB, or when `maxEvents` are held.
   */
  emit(kind: string, payload: unknown): OriginalEvent {
    const fields = toOriginal(payload);
    if (!isObject(fields)) throw new TypeError("the payload of an event is an object");
    const head = this.#feeds.head(this.author);
    const { wallMs, counter } = this.#hlc.now();
    const key = fieldKey({ kind, payload: fields });
    const hlc = laterOf([wallMs, counter], key === undefined ? undefined : this.#set.get(key));
    const place = { author: this.author, seq: (head?.seq ?? 0) + 1, prev: head?.id ?? "" };
    const event = createOriginalEvent({ ...place, hlc, kind, payload: fields });
    const bytes = writeJson(eventValue(event)).length;
    // Nobody could be sent what is after it, either.
    if (bytes > MAX_EVENT_BYTES) throw tooLarge("Cannot write an event", bytes, MAX_EVENT_BYTES);
    if (this.#ingest(event).outcome !== "appended") {
      throw tooLarge("Cannot write an event: no more are held", this.#feeds.count + 1, this.#feeds.count);
    }
    return event;
  }

  /**
   * The message that makes others send what we lack. Each time it claims one event less of one feed in turn: what comes
   * back is the same event, or shows that somebody else writes as its author, which equal counts hide.
   */
  gossip(): Uint8Array {
    const frontier = this.#feeds.frontier();
    const checked = [...frontier.keys()][this.#checked++ % Math.max(frontier.size, 1)];
    if (checked !== undefined) frontier.set(checked, frontier.get(checked)! - 1);
    return encodeOriginalFrontier(frontier);
  }

  /** Takes a message from anybody. Whatever is in it, this does not throw: what is wrong is in `refused`. */
  receive(bytes: Uint8Array, options: ReceiveOptions = {}): OriginalReceived {
    const received = { replies: [], appended: [], refused: [], ahead: [], behind: 0 };
    let message: OriginalMessage;
    try {
      message = readOriginalMessage(bytes);
    } catch (error) {
      if (!isTinmanError(error)) throw error;
      const reason = error.code === "TOO_LARGE" ? "too-large" : "malformed";
      return { ...received, refused: [{ reason, message: error.message }] };
    }
    return { ...received, ...message.type === "events" ? this.#take(message) : this.#answer(message, options) };
  }

  #take({ events, refused }: OriginalMessage & { type: "events" }): Partial<OriginalReceived> {
    const appended: OriginalEvent[] = [];
    const refusals: OriginalRefusal[] = refused.map((message) => ({ reason: "malformed", message }));
    for (const event of events) {
      const found = this.#ingest(event);
      if (found.outcome === "appended") appended.push(...found.events);
      if (found.outcome === "refused") refusals.push({ reason: found.reason, message: found.message });
    }
    return { appended, refused: refusals, ahead: appended.filter((event) => !this.#hlc.accepts(stampOf(event))) };
  }

  #answer({ frontier }: OriginalMessage & { type: "frontier" }, options: ReceiveOptions): Partial<OriginalReceived> {
    const { creditBytes = 65536, maxMessageBytes = 65536 } = options;
    const lacking = this.#feeds.delta(frontier, this.#answered++);
    const { messages, tooLong } = packOriginalEvents(lacking, { creditBytes, maxMessageBytes });
    const refused = tooLong.map(({ author, seq }): OriginalRefusal => {
      const message = `Cannot send event ${seq} of ${
        plainText(author, 40)
      }: it does not fit into ${maxMessageBytes} bytes`;
      return { reason: "too-long", message };
    });
    const own = this.#feeds.head(this.author)?.seq ?? 0;
    return { replies: messages, refused, behind: Math.max(0, (frontier.get(this.author) ?? 0) - own) };
  }

  /** Whatever the clock says now: after it was set back, our writes would lose to our own older ones. */
  #restore(event: OriginalEvent): void {
    const stamp = stampOf(event);
    // There are no signatures: somebody else may have written it, and must not bring the clock to its end.
    if (stamp.wallMs < STAMP_WALL_LIMIT / 2) this.#hlc.restore(stamp);
  }

  #ingest(event: OriginalEvent): ReturnType<OriginalFeeds["ingest"]> {
    const found = this.#feeds.ingest(event);
    for (const event of found.outcome === "appended" ? found.events : []) {
      this.#hlc.observe(stampOf(event));
      const key = fieldKey(event);
      if (key !== undefined && !isLater(this.#set.get(key), event.hlc)) this.#set.set(key, event.hlc);
    }
    return found;
  }
}

/** A counter of the original may be longer than ours: then the next millisecond is the first stamp after it. */
function stampOf({ hlc: [wallMs, counter] }: OriginalEvent): { wallMs: number; counter: number } {
  if (counter < STAMP_COUNTER_LIMIT) return { wallMs, counter };
  return { wallMs: Math.min(wallMs + 1, STAMP_WALL_LIMIT), counter: 0 };
}

function fieldKey({ kind, payload }: Pick<OriginalEvent, "kind" | "payload">): string | undefined {
  const [id, field] = [payload.get("record_id"), payload.get("field")];
  if (kind !== "field.set" || typeof id !== "string" || typeof field !== "string") return undefined;
  return `${id.length} ${id}${field}`;
}

type OriginalStamp = readonly [wallMs: number, counter: number];

function isLater(a: OriginalStamp | undefined, b: OriginalStamp): boolean {
  return a !== undefined && (a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]));
}

/** `ours`, or the first after `known` when that is not earlier. */
function laterOf(ours: OriginalStamp, known: OriginalStamp | undefined): OriginalStamp {
  if (known === undefined || isLater(ours, known)) return ours;
  if (known[1] < Number.MAX_SAFE_INTEGER) return [known[0], known[1] + 1];
  return known[0] < Number.MAX_SAFE_INTEGER ? [known[0] + 1, 0] : ours;
}

function tooLarge(what: string, actual: number, limit: number): TinmanError<"TOO_LARGE"> {
  return new TinmanError("TOO_LARGE", `${what}: ${actual}, at most ${limit}`, { actual, limit });
}
