import { type EventRef, type MeshEvent, payloadHash } from "../event.ts";
import type { Feed } from "../feed.ts";
import type { Feeds } from "../feeds.ts";
import { Erasures, targetOf } from "./erasures.ts";
import { type Place, placeOf } from "./record_state.ts";
import { Records } from "./records.ts";
import type { Register } from "./register.ts";
import type { Snapshot } from "./snapshot.ts";
import { keyOf, replacedBy, type Write } from "./write.ts";

/** What a fold has to know besides events. */
export interface FoldOptions {
  /** The feeds that the events are in. */
  readonly feeds: Feeds;
  /** Whether an event counts: not behind the cut-off of a device that was removed. @default {each does} */
  counts?(feed: Feed, seq: number): boolean;
  /** Whether a device may erase what others wrote. Whoever could once, can for ever. @default {none may} */
  mayErase?(device: string): boolean;
  /** What a sealed event says; undefined while its key is not here. @default {nothing} */
  open?(event: Opened, place: { readonly device: string; readonly seq: number }): Opened | undefined;
  /** Whether a key is here, by its name. @default {none is} */
  hasKey?(key: string): boolean;
}

/** A kind and what it says. */
export type Opened = Required<Pick<MeshEvent, "kind">> & { readonly payload: NonNullable<MeshEvent["payload"]> };

/** What a fold tells. */
export interface FoldHooks {
  /** Something about a record has changed. */
  changed(record: string): void;
  /** What an event said was dropped. */
  erased(feed: Feed, seq: number): void;
}

/**
 * The state that events add up to: which of them count, are erased, sealed or without what they say, and the records that
 * the others make. Takes and leaves single events, each at the cost of what it touches. (SPEC V2)
 */
export class Fold {
  /** What is said of records. */
  readonly records: Records;
  /** What is erased. */
  readonly erasures: Erasures;
  /** Events that came without what they say, though nobody erased it. */
  readonly missing: Map<string, EventRef> = new Map();
  /** Events that are sealed with a key that is not here. */
  readonly closed: Map<string, EventRef> = new Map();
  /** The sum without carry of the ids of all that counts. */
  readonly digest: Uint8Array = new Uint8Array(32);
  readonly #options: FoldOptions;
  readonly #hooks: FoldHooks;
  // What does not count, by its key.
  readonly #ignored = new Set<string>();
  // What came by a snapshot, and is in no feed.
  #snapshot: Snapshot | undefined;
  #loaded: Map<string, Write> | undefined;
  // What of that is erased.
  readonly #unloaded = new Map<string, Write>();

  constructor(options: FoldOptions, hooks: FoldHooks) {
    [this.#options, this.#hooks] = [options, hooks];
    this.erasures = new Erasures((device) => options.mayErase?.(device) ?? false);
    const isReplaced = (write: EventRef) => this.erasures.hadReplaced(write);
    const isErased = (write: EventRef) => this.erasures.of(write).length > 0;
    this.records = new Records({ feeds: options.feeds, isReplaced, isErased }, (record) => hooks.changed(record));
  }

  /** Begins with what a snapshot says. */
  restore(snapshot: Snapshot): void {
    const { registers, erasures, digest } = snapshot;
    this.#snapshot = snapshot;
    for (const write of erasures) this.erasures.restore(write);
    for (const start of registers) this.records.restore(start);
    this.digest.set(digest);
  }

  /** Takes an event that comes after all that its branch has here, if it counts. */
  take(feed: Feed, seq: number): void {
    const counts = this.#options.counts?.(feed, seq) ?? true;
    if (counts) this.#take(feed, seq);
    else this.#ignore(feed, seq);
  }

  /** Asks again whether an event counts, and what it may do. */
  retake(feed: Feed, seq: number): void {
    const key = keyOf(refAt(feed, seq));
    const isErasure = feed.at(seq)!.kind === "event.erase";
    const [did, does] = [!this.#ignored.has(key), this.#options.counts?.(feed, seq) ?? true];
    if (did && (!does || isErasure)) this.#leave(feed, seq);
    if (does) this.#ignored.delete(key);
    if (does && (!did || isErasure)) this.#take(feed, seq, true);
    if (!does && did) this.#ignore(feed, seq);
  }

  /** Takes what an event says that had come without it. */
  fill(feed: Feed, seq: number): void {
    const key = keyOf(refAt(feed, seq));
    this.missing.delete(key);
    if (this.#isErased(feed, seq)) this.#drop(feed, seq);
    else if (!this.#ignored.has(key)) this.#say(feed, seq, true);
  }

  /** Tries again to open what is sealed. */
  reopen(): void {
    const closed = [...this.closed.values()];
    this.closed.clear();
    for (const ref of closed) {
      const found = this.#options.feeds.find(ref);
      if (found?.event.payload !== undefined) this.#place(found.feed, ref.seq, true);
    }
  }

  #take(feed: Feed, seq: number, isLate = false): void {
    const event = feed.at(seq)!;
    this.#mix(feed.idAt(seq)!);
    if (this.erasures.size > 0 && this.#isErased(feed, seq)) this.#drop(feed, seq);
    else if (event.payload !== undefined) this.#say(feed, seq, isLate);
    else this.missing.set(keyOf(refAt(feed, seq)), refAt(feed, seq));
  }

  #say(feed: Feed, seq: number, isLate: boolean): void {
    const event = feed.at(seq)!;
    if (event.kind !== "event.erase") return this.#place(feed, seq, isLate);
    this.#erase({ event, source: event, ...refAt(feed, seq) });
  }

  #place(feed: Feed, seq: number, isLate: boolean): void {
    const write = this.#writeAt(feed, seq);
    if (write === undefined) return;
    if (isLate) this.records.addLate(write);
    else this.records.add(write);
  }

  /** Takes an event out again; what it said may still be in its feed. */
  #leave(feed: Feed, seq: number): void {
    this.#mix(feed.idAt(seq)!);
    if (feed.at(seq)!.payload === undefined) this.missing.delete(keyOf(refAt(feed, seq)));
    else this.#unsay(feed, seq);
  }

  #unsay(feed: Feed, seq: number): void {
    const event = feed.at(seq)!;
    // Its key may be here by now, but what it says is not.
    if (this.closed.delete(keyOf(refAt(feed, seq)))) return;
    const write = this.#writeAt(feed, seq)!;
    if (event.kind === "event.erase") {
      this.erasures.remove(write);
      this.#miss(targetOf(write));
      return this.#lookAgain(replacedBy(event));
    }
    this.records.remove(write);
  }

  #erase(write: Write): void {
    if (!this.erasures.add(write)) return;
    const target = targetOf(write);
    for (const feed of this.#options.feeds.of(target.device)) {
      const event = feed.at(target.seq);
      if (event === undefined || feed.checkAt(target.seq) !== target.check || !Erasures.reaches(event.kind)) continue;
      this.missing.delete(keyOf(target));
      if (event.payload !== undefined && !this.#ignored.has(keyOf(target))) this.#unsay(feed, target.seq);
      this.#drop(feed, target.seq);
    }
    this.#unload(target);
    this.#lookAgain(replacedBy(write.event));
  }

  #unload(ref: EventRef): void {
    const [key, write] = [keyOf(ref), this.#loadedBy(ref)];
    if (write === undefined) return;
    this.#loaded!.delete(key);
    this.#unloaded.set(key, write);
    this.records.remove(write);
  }

  /** What was dropped for an erasure that does not count after all is wanted again, or still in the snapshot. */
  #miss(ref: EventRef): void {
    const write = this.#unloaded.get(keyOf(ref));
    if (write !== undefined && this.erasures.of(ref).length === 0) {
      this.#unloaded.delete(keyOf(ref));
      this.#loaded!.set(keyOf(ref), write);
      return this.records.addLate(write);
    }
    const found = this.#options.feeds.find(ref);
    if (found?.event.payload !== undefined || !found || this.#ignored.has(keyOf(ref))) return;
    if (!this.#isErased(found.feed, ref.seq)) this.missing.set(keyOf(ref), ref);
  }

  #ignore(feed: Feed, seq: number): void {
    this.#ignored.add(keyOf(refAt(feed, seq)));
    // What was erased is not kept either.
    if (this.erasures.size > 0 && this.#isErased(feed, seq)) this.#drop(feed, seq);
  }

  #isErased(feed: Feed, seq: number): boolean {
    return Erasures.reaches(feed.at(seq)!.kind) && this.erasures.of(refAt(feed, seq)).length > 0;
  }

  #drop(feed: Feed, seq: number): void {
    const event = feed.at(seq)!;
    if (event.payload === undefined) return;
    feed.erase(seq, payloadHash(event));
    this.#hooks.erased(feed, seq);
  }

  /** Finds anew what stands where these were written. */
  #lookAgain(refs: readonly EventRef[]): void {
    for (const ref of refs) {
      const found = this.find(ref);
      if (found !== undefined) this.records.rebuild(found.place);
    }
  }

  /** A write by its name, and where it is; undefined when it is not here, or says nothing about a record. */
  find(ref: EventRef): FoundWrite | undefined {
    const found = this.#options.feeds.find(ref);
    const write = found?.event.payload ? this.#writeAt(found.feed, ref.seq) : this.#loadedBy(ref);
    const place = write && placeOf(write);
    const register = place && this.records.at(place);
    return register && { write: write!, place: place!, register, feed: found?.feed };
  }

  /** What is here and does not count. */
  *ignored(): Generator<Write, void> {
    for (const key of this.#ignored) {
      const [device, seq, check] = key.split(":");
      const found = this.#options.feeds.find({ device: device!, seq: Number(seq), check: Number(check) });
      const write = found?.event.payload && this.#opened(found.feed, Number(seq));
      if (write) yield write;
    }
  }

  #writeAt(feed: Feed, seq: number): Write | undefined {
    const opened = this.#opened(feed, seq);
    if (opened === undefined) this.closed.set(keyOf(refAt(feed, seq)), refAt(feed, seq));
    return opened;
  }

  #opened(feed: Feed, seq: number): Write | undefined {
    const source = feed.at(seq)!;
    const ref = refAt(feed, seq);
    if (source.kind !== "sealed") return { event: source, source, ...ref };
    const opened = this.#options.open?.(source as Opened, { device: ref.device, seq });
    return opened && { event: { ...source, ...opened }, source, ...ref };
  }

  #loadedBy(ref: EventRef): Write | undefined {
    // Only erasures ask for it, and most datasets have none.
    this.#loaded ??= new Map(
      this.#snapshot?.registers.flatMap(({ heads, past }) => [...heads, ...past].map((write) => [keyOf(write), write])),
    );
    return this.#loaded.get(keyOf(ref));
  }

  #mix(id: Uint8Array): void {
    for (let i = 0; i < 32; i++) this.digest[i]! ^= id[i]!;
  }
}

/** A write, and where it is. */
export interface FoundWrite {
  readonly write: Write;
  readonly place: Place;
  readonly register: Register;
  /** Its feed; undefined for what came by a snapshot. */
  readonly feed: Feed | undefined;
}

function refAt(feed: Feed, seq: number): EventRef {
  return { device: feed.device, seq, check: feed.checkAt(seq)! };
}
