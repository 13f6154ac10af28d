import { TinmanError } from "../../errors/mod.ts";
import type { EventRef } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { Feeds } from "../feeds.ts";
import { Erasures } from "./erasures.ts";
import { Fold, type FoldOptions, type Opened } from "./fold.ts";
import { type Place, placeOf } from "./record_state.ts";
import { ownBefore, type RegisterStart } from "./register.ts";
import type { ClosedContent } from "./snapshot_seal.ts";
import { compareText, compareWrites, type Write } from "./write.ts";

/** What all events up to a frontier say: enough to go on from there without them. (SPEC V8) */
export interface Snapshot {
  /** The id of the dataset. */
  readonly dataset: Uint8Array;
  /** Where it ends, by device. A device that is not here is not in it, as one that forked. */
  readonly frontier: ReadonlyMap<string, SnapshotEnd>;
  /** What stands at each place, and what of that is still wanted. */
  readonly registers: readonly (RegisterStart & { readonly place: Place })[];
  /** What erases something. */
  readonly erasures: readonly Write[];
  /** Events that are not about records, such as those about members. */
  readonly others: readonly { readonly write: Write; readonly id: Uint8Array }[];
  /** See `View.digest`. */
  readonly digest: Uint8Array;
  /** In a sealed dataset, what this device has no key for: what records say, and events of kinds that are not known. */
  readonly closed?: ClosedContent;
}

/** Where a snapshot ends in the feed of a device. */
export interface SnapshotEnd {
  /** The number of the last event in it. */
  readonly seq: number;
  /** The id of that. */
  readonly id: Uint8Array;
  /** The last one that counted: less for a device that was removed. */
  readonly counted: number;
  /** Its stamp: what comes behind it is later. */
  readonly wallMs: number;
  readonly counter: number;
}

/** Options of {@linkcode createSnapshot}. */
export interface SnapshotOptions extends FoldOptions {
  /** Up to where, by device, such as what all members have; devices that are not here are left out. @default {all there is} */
  readonly upTo?: ReadonlyMap<string, number>;
  /** The snapshot that the feeds begin behind. */
  readonly base?: Snapshot;
}

/**
 * The snapshot of feeds. The same events give the same one, whoever makes it. Costs as much as there is.
 *
 * @throws {TinmanError} `CONFIG` for events that are sealed with a key that is not here, or came without what they say.
 */
export function createSnapshot(options: SnapshotOptions): Snapshot {
  const { feeds, counts = () => true, base } = options;
  const fold = new Fold(options, { changed: () => {}, erased: () => {} });
  if (base?.closed !== undefined) throw refused("the one before it is sealed with a key that is not here");
  if (base !== undefined) fold.restore(base);
  const frontier = new Map<string, SnapshotEnd>(base?.frontier);
  const others = [...base?.others ?? []];
  for (const { feed, to } of partsOf(feeds, options)) {
    let counted = frontier.get(feed.device)?.counted ?? feed.base - 1;
    for (let seq = feed.base; seq <= to; seq++) {
      const event = feed.at(seq)!;
      fold.take(feed, seq);
      if (!counts(feed, seq)) continue;
      counted = seq;
      const write = openWrite(feed, seq, options);
      if (write === undefined) continue;
      const isOther = event.payload !== undefined && event.kind !== "event.erase" && placeOf(write) === undefined;
      if (isOther) others.push({ write, id: feed.idAt(seq)!.slice() });
    }
    const { wallMs, counter } = feed.at(to)!;
    frontier.set(feed.device, { seq: to, id: feed.idAt(to)!.slice(), counted, wallMs, counter });
  }
  const closed = fold.closed.values().find((ref) => isWanted(ref, options));
  if (closed !== undefined) {
    throw refused(`event ${closed.seq} of ${closed.device} is sealed with a key that is not here`);
  }
  const missing = fold.missing.size === 0 ? 0 : countMissing(fold, options);
  if (missing > 0) throw refused(`${missing} events came without what they say`);
  return {
    dataset: feeds.dataset,
    frontier: new Map([...frontier].sort(([a], [b]) => compareText(a, b))),
    registers: registersOf(fold, frontier),
    erasures: [...fold.erasures.all()].sort(compareWrites),
    others: others.filter(({ write }) => !Erasures.reaches(write.event.kind) || fold.erasures.of(write).length === 0)
      .sort(inFeedOrder),
    digest: fold.digest.slice(),
  };
}

/** What an event says, opened if it is sealed; undefined for what cannot be. */
function openWrite(feed: Feed, seq: number, { open }: SnapshotOptions): Write | undefined {
  const { device } = feed;
  const source = feed.at(seq)!;
  const write = { event: source, source, device, seq, check: feed.checkAt(seq)! };
  if (source.kind !== "sealed" || source.payload === undefined) return write;
  const opened = open?.(source as Opened, { device, seq });
  return opened && { ...write, event: { ...source, ...opened } };
}

/** Whether an event may be opened some day: one that its key does not open says nothing to anybody. */
function isWanted(ref: EventRef, { feeds, hasKey = () => false }: SnapshotOptions): boolean {
  const payload = feeds.find(ref)?.event.payload;
  return payload !== undefined && !hasKey(payload.key as string);
}

/** What is missing and not erased by something that is not in the snapshot, such as by a device that forked. */
function countMissing(fold: Fold, options: SnapshotOptions): number {
  const whole = new Fold(options, { changed: () => {}, erased: () => {} });
  for (const feed of options.feeds.all()) for (let seq = feed.base; seq < feed.next; seq++) whole.take(feed, seq);
  return [...fold.missing.keys()].filter((key) => whole.missing.has(key)).length;
}

function partsOf(feeds: Feeds, { upTo }: SnapshotOptions) {
  const whole = [...feeds.all()].filter(({ device }) => feeds.of(device).length === 1);
  return whole.map((feed) => ({
    feed,
    to: Math.min(feed.last, upTo === undefined ? Infinity : upTo.get(feed.device) ?? 0),
  }))
    .filter(({ feed, to }) => to >= feed.base);
}

function registersOf(fold: Fold, frontier: Snapshot["frontier"]): Snapshot["registers"] {
  // What comes later and is named by an erasure needs nobody else to name it, and who did may be erased.
  const isLeft = (key: string) => {
    const ref = refOfKey(key);
    return ref.seq > (frontier.get(ref.device)?.seq ?? 0) && !fold.records.rules.isReplaced(ref);
  };
  const rows: (RegisterStart & { readonly place: Place })[] = [];
  for (const state of [...fold.records.states.values()].sort((a, b) => compareText(a.id, b.id))) {
    for (const what of WHATS) {
      for (const [key, register] of [...state.all(what)].sort(([a], [b]) => compareText(a, b))) {
        const heads = register.heads.map((head) => {
          const before = ownBefore(head, register, fold.records.rules);
          if (before === undefined && head.before === undefined) return head;
          const { before: _, ...write } = head;
          return before === undefined ? write : { ...write, before };
        });
        const early = [...new Set(register.early)].filter(isLeft).sort(compareText);
        // What a note said first gives it its place among others, also when it was edited since.
        const origin = what === "note" ? state.origin(what, key) : undefined;
        const past = origin === undefined || register.heads.includes(origin) ? [] : [origin];
        if (heads.length + early.length + past.length === 0) continue;
        rows.push({ place: { record: state.id, what, key }, heads, past, early });
      }
    }
  }
  return rows;
}

/** By device, then by number. */
export function inFeedOrder({ write: a }: { readonly write: Write }, { write: b }: { readonly write: Write }): number {
  return compareText(a.device, b.device) || a.seq - b.seq;
}

function refused(why: string): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot make a snapshot: ${why}`, {});
}

/** The name of a write as {@linkcode EventRef}, from its key. */
export function refOfKey(key: string): EventRef {
  const [device, seq, check] = key.split(":") as [string, string, string];
  return { device, seq: Number(seq), check: Number(check) };
}

/** What records have, in the order of the bytes. */
export const WHATS: readonly Place["what"][] = ["form", "state", "field", "note", "noteGone", "file", "fileGone"];
