import type { Change } from "../change.ts";
import { type EventRef } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { FeedsListener } from "../feeds.ts";
import { MAX_REPLACED, MAX_SUPERSEDES } from "../kinds.ts";
import { canonicalView } from "./canonical.ts";
import { compareConflicts, type Conflict, conflictAt } from "./conflict.ts";
import { Erasures } from "./erasures.ts";
import { Fold, type FoldOptions } from "./fold.ts";
import { type HistoryEntry, historyOf } from "./history.ts";
import { isBefore } from "./lineage.ts";
import { type RecordView, viewRecord } from "./read.ts";
import { type Place, placeOf, type RecordState } from "./record_state.ts";
import { ownBefore } from "./register.ts";
import { type SaidAbout, saidAbout } from "./said_about.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Unread, unreadUpTo } from "./unread.ts";
import { compareText, distinct, isNamed, refOf, replacedBy, type Write } from "./write.ts";

/** Options of {@linkcode createView}. */
export interface ViewOptions extends FoldOptions {
  /** What the feeds begin behind. */
  readonly snapshot?: Snapshot;
  /** Opens what of a snapshot is sealed; undefined while its key is not here. @default {that stays closed} */
  openSnapshot?(snapshot: Snapshot): Snapshot | undefined;
}

/** What somebody hears of a {@linkcode View}. */
export interface ViewListener {
  /** Something about these records is new, or they are. Told once for all events that came together. */
  changed?(records: ReadonlySet<string>): void;
  /** What an event said was dropped from its feed; it may be elsewhere, such as on a disk. */
  erased?(feed: Feed, seq: number): void;
}

/** A view of what is in `feeds`; it wants to hear of what comes: `feeds.listen(view)`. */
export function createView(options: ViewOptions): View {
  return new View(options);
}

/**
 * What all events say. It depends on which there are and which count, not on the order in which they came (SPEC V1), never
 * throws for what entered the feeds, and an event costs what it touches (V2).
 */
export class View implements FeedsListener {
  readonly #options: ViewOptions;
  #snapshot: Snapshot | undefined;
  #fold: Fold;
  readonly #listeners = new Set<ViewListener>();
  #changed = new Set<string>();
  #sorted: { readonly version: number; readonly states: readonly RecordState[] } = { version: 0, states: [] };

  constructor(options: ViewOptions) {
    this.#options = options;
    this.#snapshot = options.snapshot && this.#opened(options.snapshot);
    this.#fold = this.#begin();
    this.#takeAll();
  }

  /** What the feeds begin behind, as far as it can be read here. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  #opened(snapshot: Snapshot): Snapshot {
    return snapshot.closed === undefined ? snapshot : this.#options.openSnapshot?.(snapshot) ?? snapshot;
  }

  #begin(): Fold {
    const fold = new Fold(this.#options, {
      changed: (record) => {
        if (this.#listeners.size > 0) this.#changed.add(record);
      },
      erased: (feed, seq) => {
        for (const listener of this.#listeners) listener.erased?.(feed, seq);
      },
    });
    if (this.#snapshot !== undefined) fold.restore(this.#snapshot);
    return fold;
  }

  /** Takes what is there already: branches behind what they hang on, and erasures when all that they can reach is taken. */
  #takeAll(): void {
    const inOrder = [...this.#options.feeds.all()].sort((a, b) => a.base - b.base);
    for (const areErasures of [false, true]) {
      for (const feed of inOrder) {
        for (let seq = feed.base; seq < feed.next; seq++) {
          if ((feed.at(seq)!.kind === "event.erase") === areErasures) this.#fold.take(feed, seq);
        }
      }
    }
    this.#changed.clear();
  }

  /** Tells `listener` from now on; returns what ends that. */
  listen(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes what is new in a feed. For `Feeds`. */
  applied(feed: Feed, from: number, count: number): void {
    for (let seq = from; seq < from + count; seq++) this.#fold.take(feed, seq);
    this.#tell();
  }

  /** Begins anew with a snapshot, and what is behind it. For `Feeds`. */
  rebased(snapshot: Snapshot): void {
    const before = this.#fold.records.states.keys();
    this.#snapshot = this.#opened(snapshot);
    this.#fold = this.#begin();
    this.#sorted = { version: -1, states: [] };
    this.#takeAll();
    this.#changed = new Set([...before, ...this.#fold.records.states.keys()]);
    this.#tell();
  }

  /** Takes what an event says that had come without it. For `Feeds`. */
  filled(feed: Feed, seq: number): void {
    this.#fold.fill(feed, seq);
    this.#tell();
  }

  /** Looks again at a device: its cut-off has changed, or what it may do. Costs what the device has written. */
  recount(device: string): void {
    for (const feed of this.#options.feeds.of(device)) {
      for (let seq = feed.base; seq < feed.next; seq++) this.#fold.retake(feed, seq);
    }
    this.#tell();
  }

  /**
   * Whether the snapshot that the view began with does not hold any more: a device was removed at an event that is in it,
   * or came back. The feeds are to be fetched whole then, or a newer snapshot.
   */
  get isOutdated(): boolean {
    const { counts = () => true, feeds } = this.#options;
    return [...this.#snapshot?.frontier ?? []].some(([device, { seq, counted }]) => {
      const feed = feeds.of(device).find(({ parent }) => parent === undefined);
      if (feed === undefined || feed.base === 1) return true;
      return (counted > 0 && !counts(feed, counted)) || (counted < seq && counts(feed, counted + 1));
    });
  }

  /** Tries again to open what is sealed: keys have come. Costs what is still sealed. */
  reopen(): void {
    const snapshot = this.#snapshot && this.#opened(this.#snapshot);
    if (snapshot !== this.#snapshot) return this.rebased(snapshot!);
    this.#fold.reopen();
    this.#tell();
  }

  /** How many records there are, deleted ones among them. */
  get size(): number {
    return this.#fold.records.size;
  }

  /** A record, also a deleted one; undefined when nothing speaks of it. */
  record(id: string): RecordView | undefined {
    const state = this.#fold.records.states.get(id);
    return state && state.standing > 0 ? viewRecord(state) : undefined;
  }

  /** Records by their names, in the order of those. */
  *records({ form, includeDeleted = false }: RecordsOptions = {}): Generator<RecordView, void> {
    for (const state of this.#inOrder()) {
      if (state.isDeleted && !includeDeleted) continue;
      if (form === undefined || state.form === form) yield viewRecord(state);
    }
  }

  /** All that was written apart and differs, by record. */
  conflicts(record?: string): Conflict[] {
    const { contested, states } = this.#fold.records;
    const own = record === undefined ? [...contested.values()] : [contested.get(record) ?? new Map<string, Place>()];
    return own.flatMap((places) => [...places.values()]).map((place) => conflictAt(states.get(place.record)!, place))
      .filter((conflict) => conflict !== undefined).sort(compareConflicts);
  }

  /** Each write of a record, or of one field of it, the latest first. */
  history(record: string, field?: string): HistoryEntry[] {
    const state = this.#fold.records.states.get(record);
    return state === undefined ? [] : historyOf(state, { field, feeds: this.#options.feeds });
  }

  /** All that is here about a record, the earliest first; also what does not count: for who wants it erased. */
  said(record: string): SaidAbout[] {
    return saidAbout(record, { fold: this.#fold, feeds: this.#options.feeds });
  }

  /**
   * The events that a change which is written now has to name, as the writer sees what they say (SPEC O1): at most 64, and
   * none that `feed`, to which it will be added, holds itself.
   */
  superseded(change: Change, feed?: Feed): EventRef[] {
    if (change.kind === "event.erase") return this.#replacedByErased(change.event as EventRef);
    if (!SUPERSEDING.has(change.kind)) return [];
    const place = placeOf({ ...NOWHERE, event: { wallMs: 0, counter: 0, kind: change.kind, payload: change } })!;
    const heads = this.#fold.records.at(place)?.heads ?? [];
    const { feeds } = this.#options;
    return heads.filter((head) => feed === undefined || !isBefore(head, feed, feeds)).map(refOf)
      .filter((ref) => change.kind !== "note.edit" || !isNamed(change.note as EventRef, ref)).slice(0, MAX_SUPERSEDES);
  }

  /** What keeps this device from saying what an event had replaced, as who erases it has to; undefined when nothing does. */
  unreadUpTo(event: EventRef): Unread | undefined {
    return unreadUpTo(event, { fold: this.#fold, snapshot: this.#snapshot, options: this.#options });
  }

  /** Whether an event was erased, here or not. */
  isErased(event: EventRef): boolean {
    const found = this.#options.feeds.find(event);
    return this.#fold.erasures.of(event).length > 0 && (found === undefined || Erasures.reaches(found.event.kind));
  }

  /** Events that came without what they say, though nobody erased it: to be had from others, see `Feeds`. */
  missing(): EventRef[] {
    return [...this.#fold.missing.values()];
  }

  /** How many events are sealed with a key that is not here; a snapshot counts as one. */
  get sealed(): number {
    return this.#fold.closed.size + (this.#snapshot?.closed === undefined ? 0 : 1);
  }

  /** The bytes of all that it shows: the same for the same events, whatever order they came in. Costs as much as there is. */
  canonical(): Uint8Array {
    return canonicalView(this.#inOrder(), this.#fold.erasures.all());
  }

  /**
   * 32 bytes that differ when the events differ that count here. No proof against a member who looks for two sets with the
   * same digest: it is the sum of ids without carry.
   */
  get digest(): Uint8Array {
    return this.#fold.digest.slice();
  }

  /** What an event had replaced by itself, so that an erasure can keep it replaced. */
  #replacedByErased(ref: EventRef): EventRef[] {
    const found = this.#fold.find(ref);
    // Whoever erased it before has said it, and may be removed.
    if (found === undefined) return this.#saidToBeReplaced(ref);
    const before = ownBefore(found.write, found.register, this.#fold.records.rules);
    return [...(before ? [before] : []), ...replacedBy(found.write.event)];
  }

  #saidToBeReplaced(erased: EventRef): EventRef[] {
    return distinct(this.#fold.erasures.of(erased).flatMap(({ event }) => replacedBy(event))).slice(0, MAX_REPLACED);
  }

  #tell(): void {
    if (this.#changed.size === 0) return;
    const changed = this.#changed;
    this.#changed = new Set();
    for (const listener of this.#listeners) listener.changed?.(changed);
  }

  #inOrder(): readonly RecordState[] {
    const { states, version } = this.#fold.records;
    if (this.#sorted.version !== version) {
      this.#sorted = {
        version,
        states: [...states.values()].filter(({ standing }) => standing > 0).sort((a, b) => compareText(a.id, b.id)),
      };
    }
    return this.#sorted.states;
  }
}

/** Options of {@linkcode View.records}. */
export interface RecordsOptions {
  /** Only those of this form. */
  readonly form?: string;
  /** Also those that were deleted. @default {false} */
  readonly includeDeleted?: boolean;
}

const NOTHING = { wallMs: 0, counter: 0, kind: "", payload: undefined };
const NOWHERE: Write = { event: NOTHING, source: NOTHING, device: "", seq: 0, check: 0 };
const SUPERSEDING: ReadonlySet<string> = new Set(["field.set", "record.delete", "record.restore", "note.edit"]);
