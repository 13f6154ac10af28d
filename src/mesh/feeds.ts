import { findUnfitRun, unordered } from "./check_run.ts";
import { headMessage, isSigned } from "./device.ts";
import { checkOf, type EventRef, type MeshEvent, sameId } from "./event.ts";
import { Feed } from "./feed.ts";
import { FeedSet, type FeedStart, type Fork } from "./feed_set.ts";
import type { IngestResult, Run } from "./run.ts";
import type { Stamp } from "./stamp.ts";
import type { Snapshot } from "./view/mod.ts";
import { Waiting, type WaitingLimits } from "./waiting.ts";

/** Whether events of a device are taken: yes, not until its membership is known, or only up to the event `cutoff`. */
export type Admission = "yes" | "wait" | { readonly cutoff: number };

/** Options of {@linkcode Feeds}. */
export interface FeedsOptions {
  /** The id of the dataset: what comes before each first event. */
  readonly dataset: Uint8Array;
  /** The time of day in milliseconds since 1970. */
  nowMs(): number;
  /** Whether a stamp is near enough to our own time to be believed, or before it: `Hlc.accepts`. */
  accepts(stamp: Stamp): boolean;
  /** Whose events are taken. @default {everybody's} */
  admits?(device: string, run: Run): Admission;
  /** The last event of a device that can count, if it was removed. */
  endOf?(device: string): number | undefined;
  /** Keeps what is checked and new before it counts; when it throws, nothing has changed. */
  keep?(run: Run): void;
  /** Whether what an event said was erased; what was not and is missing is taken from who has it. @default {nothing was} */
  isErased?(event: EventRef): boolean;
  /** Most branches of one device. @default {16} */
  readonly maxBranches?: number;
  /** What may wait for something that is missing. */
  readonly waiting?: WaitingLimits;
}

/** What somebody hears of {@linkcode Feeds}. */
export interface FeedsListener {
  /** `count` events of `feed` from `from` on are new. */
  applied?(feed: Feed, from: number, count: number): void;
  /** An event that had come without what it says has it now. */
  filled?(feed: Feed, seq: number): void;
  /** A device was found to have forked. Called before `applied`; feeds may have changed their names, events did not. */
  forked?(fork: Fork): void;
  /** Feeds begin behind a snapshot now, or a newer one, and hold nothing from before. */
  rebased?(snapshot: Snapshot): void;
  /** All that one call brought was told; now is the time for what changes feeds again. */
  settled?(): void;
}

/** All feeds of a dataset, and the rules by which events enter them: SPEC F1–F8. */
export class Feeds {
  /** The id of the dataset. */
  readonly dataset: Uint8Array;
  /** What waits for something that is missing. */
  readonly waiting: Waiting;
  readonly #set = new FeedSet();
  readonly #options: FeedsOptions;
  readonly #listeners = new Set<FeedsListener>();
  #source: "peer" | "disk" | "us" = "peer";

  constructor(options: FeedsOptions) {
    this.#options = options;
    this.dataset = options.dataset;
    this.waiting = new Waiting(options.waiting);
  }

  /** Tells `listener` from now on; returns what ends that. */
  listen(listener: FeedsListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All feeds, in the order in which they came. */
  all(): Iterable<Feed> {
    return this.#set.all();
  }

  /** A feed by its name. */
  get(name: string): Feed | undefined {
    return this.#set.get(name);
  }

  /** The branches of a device: one if it has not forked, none if nothing of it is here. */
  of(device: string): readonly Feed[] {
    return this.#set.of(device);
  }

  /** Devices that forked, the first found first. */
  get forks(): readonly Fork[] {
    return this.#set.forks;
  }

  /** An event and the feed that it is in; undefined while it is not here. */
  find(ref: EventRef): { readonly feed: Feed; readonly event: MeshEvent } | undefined {
    return this.#set.find(ref);
  }

  /** Begins the feeds of a dataset behind a snapshot, before anything else came: what is up to there is not asked for. */
  begin(frontier: Iterable<readonly [string, FeedStart]>): void {
    this.#set.begin(frontier);
  }

  /** Begins anew behind a snapshot, with `runs` of what was here: see `runsBehind`. */
  rebase(snapshot: Snapshot, runs: Iterable<Run>): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    this.#set.clear();
    this.begin(snapshot.frontier);
    for (const run of runs) this.load(run);
    for (const listener of listeners) this.#listeners.add(listener);
    for (const listener of listeners) listener.rebased?.(snapshot);
  }

  /**
   * Takes what somebody sent. What is wrong with the run is in the answer, not thrown.
   *
   * @throws What `keep` throws; nothing has changed then.
   */
  ingest(run: Run): IngestResult {
    const result = this.#ingest(run);
    if (result.status === "applied") {
      this.#retry(run.device);
      this.#settle();
    }
    return result;
  }

  /**
   * Takes a run that this device has kept before: the chain is checked, signatures are not, as the last one of a feed
   * holds for all before it. See {@linkcode Feeds.findUnsigned}.
   */
  load(run: Run): IngestResult {
    return this.#from("disk", () => this.#ingest(run));
  }

  /** Takes a run that this device has just signed: its clock is behind nobody's, also when the time of day was set back. */
  write(run: Run): IngestResult {
    const result = this.#from("us", () => this.#ingest(run));
    if (result.status === "applied") this.#settle();
    return result;
  }

  #from<T>(source: "disk" | "us", action: () => T): T {
    this.#source = source;
    try {
      return action();
    } finally {
      this.#source = "peer";
    }
  }

  /** A feed whose last signature does not hold: what was loaded is not what its device wrote. */
  findUnsigned(): Feed | undefined {
    return this.#set.all().find((feed) => {
      const last = feed.signed.at(-1);
      // What is left of a feed that was split is held by the signatures of its branches.
      if (last === undefined) return false;
      const message = headMessage(feed.idAt(last.seq)!);
      return !isSigned(message, { device: feed.device, signature: last.signature });
    });
  }

  /**
   * The last event of a feed that others are given: of a device that was removed no more than they would take, up to the
   * first signature there.
   */
  endOf({ base, device, last, signed }: Feed): number {
    const end = this.#options.endOf?.(device);
    if (end === undefined || end >= last) return last;
    return end < base ? base - 1 : signed.find(({ seq }) => seq >= end)?.seq ?? last;
  }

  /** Looks again at all that waits: time has passed, or somebody has become a member. */
  retry(): void {
    for (const device of this.waiting.devices()) this.#retry(device);
    this.#settle();
  }

  #settle(): void {
    for (const listener of this.#listeners) listener.settled?.();
  }

  #retry(device: string): void {
    // What cannot be used yet goes back by itself; a round that applies nothing is the last.
    for (let progress = true; progress;) {
      progress = false;
      for (const run of this.waiting.take(device)) if (this.#ingest(run).status === "applied") progress = true;
    }
  }

  #ingest(run: Run): IngestResult {
    const unfit = findUnfitRun(run);
    if (unfit !== undefined) return { status: "refused", ...unfit };
    const admission = this.#source !== "peer" ? "yes" : this.#options.admits?.(run.device, run) ?? "yes";
    if (admission === "wait") return this.#wait(run, { status: "waiting", next: 1 });
    const cutoff = admission === "yes" ? Infinity : admission.cutoff;
    // A run that begins before that is evidence; what is behind does not count.
    if (run.from > cutoff) return refused("M4", `its device was removed at event ${cutoff}`);
    const branches = this.of(run.device);
    const all = branches.length > 0 ? branches : [new Feed(run.device, { base: 1, prev: this.dataset })];
    // Two branches share the event that they part from; it belongs to the one that goes on.
    const feed = all.find((each) =>
      (each.parent === undefined || run.from > each.base) && each.checkAt(run.from - 1) === run.after
    );
    if (feed !== undefined) return this.#follow(run, feed);
    const next = Math.max(...all.map((each) => each.next));
    if (run.from > next) return this.#wait(run, { status: "waiting", next });
    return { status: "apart", next };
  }

  /** A run that begins behind an event of `feed`: finds what is new in it, and on which branch that is. */
  #follow(run: Run, feed: Feed): IngestResult {
    const ids = feed.idsAfter(run.from - 1, run.events);
    let known = 0;
    let branch = feed;
    const bare: { readonly branch: Feed; readonly seq: number; readonly event: MeshEvent }[] = [];
    while (known < ids.length) {
      const seq = run.from + known;
      if (seq >= branch.next) break;
      if (!sameId(ids[known]!, branch.idAt(seq)!)) {
        const sibling = this.of(run.device).find((each) =>
          each.parent === branch.name && each.base === seq && sameId(each.idAt(seq)!, ids[known]!)
        );
        if (sibling === undefined) break;
        branch = sibling;
      }
      const event = run.events[known++]!;
      if (branch.at(seq)!.payload === undefined && event.payload !== undefined) bare.push({ branch, seq, event });
    }
    if (bare.length > 0) this.#fill(run, bare);
    if (known === ids.length) return { status: "known" };
    const from = run.from + known;
    const rest = {
      ...run,
      from,
      after: branch.checkAt(from - 1) ?? checkOf(ids[known - 1]!),
      events: run.events.slice(known),
    };
    return this.#apply(rest, branch, ids.slice(known));
  }

  /** Somebody who passed these on had left out what they say. Their ids hold it, so it can come from anybody. */
  #fill(run: Run, bare: readonly { readonly branch: Feed; readonly seq: number; readonly event: MeshEvent }[]): void {
    const { isErased, keep } = this.#options;
    const wanted = bare.filter(({ branch, seq }) =>
      !isErased?.({ device: run.device, seq, check: branch.checkAt(seq)! })
    );
    if (wanted.length === 0) return;
    if (this.#source !== "disk") keep?.(run);
    for (const { branch, seq, event } of wanted) {
      branch.fill(seq, event);
      for (const listener of this.#listeners) listener.filled?.(branch, seq);
    }
  }

  /** A run that is all new, behind an event of `feed`; at its end, or where it forks. */
  #apply(run: Run, feed: Feed, ids: readonly Uint8Array[]): IngestResult {
    const { device, from, events, signature } = run;
    const { maxBranches = MAX_BRANCHES, keep } = this.#options;
    const order = unordered(feed.at(from - 1) ?? (from === feed.base ? feed.before : undefined), events);
    if (order !== undefined) return refused("E5", order);
    if (this.#source === "peer") {
      const message = headMessage(ids.at(-1)!);
      if (!isSigned(message, { device, signature })) return refused("E6", "its signature does not hold");
      const last = events.at(-1)!;
      if (!this.#options.accepts(last)) return this.#wait(run, { status: "future", wallMs: last.wallMs });
    }
    const isFork = from < feed.next;
    if (isFork && this.of(device).length >= maxBranches) return refused("F8", "its device has forked too often");
    if (this.#source !== "disk") keep?.(run);
    const target = isFork ? this.#set.fork(feed, from, ids[0]!) : feed;
    target.append(events, ids);
    target.sign({ seq: target.last, signature });
    this.#set.add(target);
    if (isFork) this.#tell(device, from);
    for (const listener of this.#listeners) listener.applied?.(target, from, events.length);
    return { status: "applied", feed: target.name, from, count: events.length };
  }

  #tell(device: string, seq: number): void {
    const fork = this.#set.noteFork(device, seq);
    for (const listener of this.#listeners) listener.forked?.(fork);
  }

  #wait(run: Run, result: IngestResult): IngestResult {
    return this.waiting.add(run, this.#options.nowMs()) ? result : refused("F5", "too much waits already");
  }
}

const MAX_BRANCHES = 16;

function refused(rule: string, reason: string): IngestResult {
  return { status: "refused", rule, reason };
}
