import type { Change } from "../change.ts";
import { checkOf, type EventRef, payloadHash } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { Feeds, FeedsListener } from "../feeds.ts";
import { MAX_SUPERSEDES } from "../kinds.ts";
import { canonicalView } from "./canonical.ts";
import { compareConflicts, type Conflict, conflictAt } from "./conflict.ts";
import { Erasures, targetOf } from "./erasures.ts";
import { type HistoryEntry, historyOf } from "./history.ts";
import { isBefore } from "./lineage.ts";
import { type RecordView, viewRecord } from "./read.ts";
import { type Place, placeOf, RecordState } from "./record_state.ts";
import type { Register, RegisterRules } from "./register.ts";
import { compareText, isNamed, refOf, replacedBy, type Write } from "./write.ts";

/** Options of {@linkcode createView}. */
export interface ViewOptions {
  /** The feeds that the view is of: what is in them counts at once, what comes is told by `feeds.listen(view)`. */
  readonly feeds: Feeds;
  /** Whether an event counts: not behind the cut-off of a device that was removed. @default {each does} */
  counts?(device: string, seq: number): boolean;
  /** Whether a device may erase what others wrote. Whoever could once, can for ever. @default {none may} */
  mayErase?(device: string): boolean;
}

/** What somebody hears of a {@linkcode View}. */
export interface ViewListener {
  /** Something about these records is new, or they are. Told once for all events that came together. */
  changed?(records: ReadonlySet<string>): void;
  /** What an event said was dropped from its feed; it may be elsewhere, such as on a disk. */
  erased?(feed: Feed, seq: number): void;
}

/** A view of nothing but `feeds`, up to date; from now on it wants to hear: `feeds.listen(view)`. */
export function createView(options: ViewOptions): View {
  return new View(options);
}

/**
 * What all events say. It depends on which there are and which count, not on the order in which they came (SPEC V1), never
 * throws for what entered the feeds, and an event costs what it touches (V2).
 */
export class View implements FeedsListener {
  readonly #feeds: Feeds;
  readonly #counts: (device: string, seq: number) => boolean;
  readonly #records = new Map<string, RecordState>();
  readonly #contested = new Map<Register, Place>();
  readonly #erasures: Erasures;
  readonly #ignored = new Set<object>();
  readonly #digest = new Uint8Array(32);
  readonly #rules: RegisterRules;
  readonly #listeners = new Set<ViewListener>();
  #changed = new Set<string>();
  #sorted: readonly RecordState[] | undefined;

  constructor({ feeds, counts = () => true, mayErase = () => false }: ViewOptions) {
    [this.#feeds, this.#counts, this.#erasures] = [feeds, counts, new Erasures(mayErase)];
    this.#rules = { feeds, isReplaced: (write) => this.#erasures.hadReplaced(write) };
    for (const feed of feeds.all()) this.applied(feed, feed.base, feed.next - feed.base);
  }

  /** Tells `listener` from now on; returns what ends that. */
  listen(listener: ViewListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes what is new in a feed. For `Feeds`. */
  applied(feed: Feed, from: number, count: number): void {
    for (let seq = from; seq < from + count; seq++) {
      if (this.#counts(feed.device, seq)) this.#take(feed, seq);
      else this.#ignore(feed, seq);
    }
    this.#tell();
  }

  /** Looks again at a device: its cut-off has changed, or what it may do. Costs what the device has written. */
  recount(device: string): void {
    for (const feed of this.#feeds.of(device)) {
      for (let seq = feed.base; seq < feed.next; seq++) {
        const event = feed.at(seq)!;
        const isErasure = event.kind === "event.erase";
        const [did, does] = [!this.#ignored.has(event), this.#counts(device, seq)];
        if (did && (!does || isErasure)) this.#leave(feed, seq);
        if (does && (!did || isErasure)) this.#take(feed, seq, true);
        if (does) this.#ignored.delete(event);
        else if (did) this.#ignore(feed, seq);
      }
    }
    this.#tell();
  }

  /** How many records there are, deleted ones among them. */
  get size(): number {
    return this.#records.size;
  }

  /** A record, also a deleted one; undefined when nothing speaks of it. */
  record(id: string): RecordView | undefined {
    const state = this.#records.get(id);
    return state && viewRecord(state);
  }

  /** Records by their names, in the order of those. */
  *records({ form, includeDeleted = false }: RecordsOptions = {}): Generator<RecordView, void> {
    for (const state of this.#inOrder()) {
      if (state.isDeleted && !includeDeleted) continue;
      if (form !== undefined && state.get("form", "")?.heads[0]?.event.payload?.form !== form) continue;
      yield viewRecord(state);
    }
  }

  /** All that was written apart and differs, by record. */
  conflicts(record?: string): Conflict[] {
    const places = [...this.#contested.values()].filter((place) => record === undefined || place.record === record);
    return places.map((place) => conflictAt(this.#records.get(place.record)!, place))
      .filter((conflict) => conflict !== undefined).sort(compareConflicts);
  }

  /** Each write of a record, or of one field of it, the latest first. */
  history(record: string, field?: string): HistoryEntry[] {
    const state = this.#records.get(record);
    return state === undefined ? [] : historyOf(state, { field, feeds: this.#feeds });
  }

  /**
   * The events that a change which is written now has to name, as the writer sees what they say (SPEC O1): at most 64, and
   * none that `feed`, to which it will be added, holds itself.
   */
  superseded(change: Change, feed?: Feed): EventRef[] {
    if (change.kind === "event.erase") return this.#replacedByErased(change.event as EventRef);
    const place = placeOf({ wallMs: 0, counter: 0, kind: change.kind, payload: change }, NOWHERE);
    const heads = place && this.#records.get(place.record)?.get(place.what, place.key)?.heads;
    if (heads === undefined || !SUPERSEDING.has(change.kind)) return [];
    return heads.filter((head) => feed === undefined || !isBefore(head, feed, this.#feeds)).map(refOf)
      .filter((ref) => change.kind !== "note.edit" || !isNamed(change.note as EventRef, ref)).slice(0, MAX_SUPERSEDES);
  }

  /** What is erased: who did it, and the reason. */
  erasures(): Iterable<Write> {
    return this.#erasures.all();
  }

  /** The bytes of all that it shows: the same for the same events, whatever order they came in. Costs as much as there is. */
  canonical(): Uint8Array {
    return canonicalView(this.#inOrder(), this.#erasures.all());
  }

  /**
   * 32 bytes that differ when the events differ that count here. No proof against a member who looks for two sets with the
   * same digest: it is the sum of ids without carry.
   */
  get digest(): Uint8Array {
    return this.#digest.slice();
  }

  #ignore(feed: Feed, seq: number): void {
    this.#ignored.add(feed.at(seq)!);
    // What was erased is not kept either.
    const { device } = feed;
    if (this.#erasures.of({ device, seq, check: feed.checkAt(seq)! }).length > 0) this.#drop(feed, seq);
  }

  #take(feed: Feed, seq: number, isLate = false): void {
    const event = feed.at(seq)!;
    const { kind, payload } = event;
    if (payload === undefined) return;
    const id = feed.idAt(seq)!;
    const write: Write = { event, device: feed.device, seq, check: checkOf(id) };
    if (Erasures.reaches(kind) && this.#erasures.of(write).length > 0) return this.#drop(feed, seq);
    this.#mix(id);
    if (kind === "event.erase") return this.#erase(write);
    const place = placeOf(event, write);
    if (place === undefined) return;
    const state = this.#records.get(place.record) ?? this.#begin(place.record);
    state.writes++;
    const register = state.at(place);
    if (isLate) register.rebuild(this.#rules, [...register.all(), write]);
    else register.add(write, this.#rules);
    this.#note(place, register);
  }

  /** Takes an event out again; what it said may still be in its feed. */
  #leave(feed: Feed, seq: number): void {
    const event = feed.at(seq)!;
    if (event.payload === undefined) return;
    const id = feed.idAt(seq)!;
    this.#mix(id);
    const write: Write = { event, device: feed.device, seq, check: checkOf(id) };
    if (event.kind === "event.erase") {
      this.#erasures.remove(write);
      return this.#lookAgain(replacedBy(event));
    }
    const place = placeOf(event, write);
    if (place === undefined) return;
    const state = this.#records.get(place.record)!;
    const register = state.at(place);
    register.remove(write, this.#rules);
    this.#note(place, register);
    if (register.isEmpty) state.drop(place);
    if (--state.writes > 0) return;
    this.#records.delete(state.id);
    this.#sorted = undefined;
  }

  #erase(write: Write): void {
    if (!this.#erasures.add(write)) return;
    const target = targetOf(write);
    for (const feed of this.#feeds.of(target.device)) {
      const event = feed.at(target.seq);
      if (event === undefined || feed.checkAt(target.seq) !== target.check || !Erasures.reaches(event.kind)) continue;
      if (!this.#ignored.has(event)) this.#leave(feed, target.seq);
      this.#drop(feed, target.seq);
    }
    this.#lookAgain(replacedBy(write.event));
  }

  #drop(feed: Feed, seq: number): void {
    const event = feed.at(seq)!;
    if (event.payload === undefined || !Erasures.reaches(event.kind)) return;
    const wasIgnored = this.#ignored.delete(event);
    feed.erase(seq, payloadHash(event));
    if (wasIgnored) this.#ignored.add(feed.at(seq)!);
    for (const listener of this.#listeners) listener.erased?.(feed, seq);
  }

  /** Finds anew what stands where these were written. */
  #lookAgain(refs: readonly EventRef[]): void {
    for (const ref of refs) {
      const found = this.#feeds.find(ref);
      const place = found && placeOf(found.event, ref);
      const register = place && this.#records.get(place.record)?.get(place.what, place.key);
      if (register === undefined) continue;
      register.rebuild(this.#rules);
      this.#note(place!, register);
    }
  }

  /** What an event had replaced by itself, so that an erasure can keep it replaced. */
  #replacedByErased(ref: EventRef): EventRef[] {
    const found = this.#feeds.find(ref);
    const place = found && placeOf(found.event, ref);
    if (found === undefined || place === undefined) return [];
    const { past = [] } = this.#records.get(place.record)?.get(place.what, place.key) ?? {};
    const own = past.filter((write) => write.seq < ref.seq && isBefore(write, found.feed, this.#feeds));
    const before = own.reduce<Write | undefined>((last, each) => last && last.seq > each.seq ? last : each, undefined);
    return [...(before ? [refOf(before)] : []), ...replacedBy(found.event)].slice(0, MAX_SUPERSEDES);
  }

  #begin(id: string): RecordState {
    const state = new RecordState(id);
    this.#records.set(id, state);
    this.#sorted = undefined;
    return state;
  }

  #note(place: Place, register: Register): void {
    if (register.heads.length > 1) this.#contested.set(register, place);
    else if (this.#contested.size > 0) this.#contested.delete(register);
    if (this.#listeners.size > 0) this.#changed.add(place.record);
  }

  #tell(): void {
    if (this.#changed.size === 0) return;
    const changed = this.#changed;
    this.#changed = new Set();
    for (const listener of this.#listeners) listener.changed?.(changed);
  }

  #mix(id: Uint8Array): void {
    for (let i = 0; i < 32; i++) this.#digest[i]! ^= id[i]!;
  }

  #inOrder(): readonly RecordState[] {
    return this.#sorted ??= [...this.#records.values()].sort((a, b) => compareText(a.id, b.id));
  }
}

/** Options of {@linkcode View.records}. */
export interface RecordsOptions {
  /** Only those of this form. */
  readonly form?: string;
  /** Also those that were deleted. @default {false} */
  readonly includeDeleted?: boolean;
}

const NOWHERE: EventRef = { device: "", seq: 0, check: 0 };
const SUPERSEDING: ReadonlySet<string> = new Set(["field.set", "record.delete", "record.restore", "note.edit"]);
