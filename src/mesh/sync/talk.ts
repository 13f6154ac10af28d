import type { Feeds } from "../feeds.ts";
import type { IngestResult, Run } from "../run.ts";
import { decodeRuns, MissingContext } from "../wire/mod.ts";
import { BareEvents } from "./bare.ts";
import { devicesOf } from "./beacon.ts";
import { chainIdAt, findChain } from "./chain.ts";
import { Common } from "./common.ts";
import { type Credit, MAX_WANTED } from "./credit.ts";
import type { Frontier, Head } from "./frontier.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { encodeMessage, isRequest, type Message } from "./messages.ts";
import { type Batch, Outbox } from "./outbox.ts";
import { PeerView } from "./peer_view.ts";
import { SnapshotParts } from "./snapshot_parts.ts";
import { answerProbe, Probe } from "./probes.ts";
import { refuse, within } from "./refuse.ts";
import type { SyncSessionOptions } from "./session_options.ts";

/** Options of {@linkcode Talk}. */
export interface TalkOptions extends SyncSessionOptions {
  /** Says something to the other; it arrives once, in order. Gives the place behind it. */
  write(message: Uint8Array): number;
  /** Bytes that were said and are not on their way yet. */
  unsentBytes(): number;
  readonly credit: Credit;
  /** Most bytes of a batch. */
  readonly batchBytes: number;
}

/** What two peers tell each other once they have met: what each has, what the other lacks, where histories part. */
export class Talk {
  readonly view: PeerView;
  readonly outbox: Outbox;
  readonly counts = { sentEvents: 0, receivedEvents: 0, appliedEvents: 0 };
  readonly refused: Record<string, number> = {};
  readonly forked = new Set<string>();
  behind: number | undefined;
  /** Up to where it matters that what we said has arrived. */
  mattersTo = 0;
  readonly #feeds: Feeds;
  readonly #options: TalkOptions;
  readonly #common: Common;
  readonly #credit: Credit;
  readonly #bare: BareEvents;
  readonly #snapshot: SnapshotParts;
  readonly #probes: Probe[] = [];
  #said: ReadonlyMap<string, readonly Head[]> | undefined;
  #salt: Uint8Array = new Uint8Array(0);
  #hasFrontier = false;
  #isPlain = false;
  #resets = 0;
  #isReset = false;
  #neededBytes = 0;
  #blockedAt: number | undefined;
  #requestsSent = 0;
  #requestsRead = 0;
  #doneSent = -1;
  #doneRead = -1;
  #hasNoBlobs = false;

  constructor(feeds: Feeds, options: TalkOptions) {
    const { device, isUrgent, credit } = options;
    [this.#feeds, this.#options, this.#credit] = [feeds, options, credit];
    this.view = new PeerView(feeds);
    this.outbox = new Outbox(this.view, { own: device, ...(isUrgent !== undefined && { isUrgent }) });
    this.#common = new Common(feeds);
    this.#bare = new BareEvents(feeds, this.#common);
    this.#snapshot = new SnapshotParts(options.maxSnapshotBytes ?? MAX_SNAPSHOT_BYTES);
  }

  /** Whether both have said that they have nothing more for each other. */
  get isDone(): boolean {
    return this.#doneSent === this.#requestsRead && this.#doneRead === this.#requestsSent &&
      this.#probes.length === 0 && !this.#awaitsBlobs;
  }

  /** Whether the other has said what it has. */
  get hasFrontier(): boolean {
    return this.#hasFrontier;
  }

  /** Events that the other has of devices that are not here. */
  get unknownEvents(): number {
    return this.#common.unknownEvents;
  }

  /** Says what we have, and that we want what is missing. */
  start(salt: Uint8Array, hasTags: boolean): void {
    this.#salt = salt;
    const { device: own, isFull = false } = this.#options;
    this.#say({ type: "frontier", frontier: this.#common.frontier({ salt, hasTags, own, isFull, isPlain: false }) });
    this.#say(this.#credit.grant()!);
  }

  /** Something of a device has changed here. */
  touch(device: string): void {
    const heads = this.#common.learn(device);
    if (heads !== undefined) this.view.says(device, heads);
    else this.view.touch(device);
  }

  /** Our feeds begin behind a snapshot now: says so, as the other may lack other things than it thinks. */
  rebased(): void {
    this.view.refresh();
    // Devices may be here now of which the other has told.
    for (const device of devicesOf(this.#feeds)) this.touch(device);
    if (this.#salt.length > 0) this.#sayPlain();
  }

  /** See `SyncSession.holds`. */
  holds(): Record<string, number> | undefined {
    if (this.#said === undefined || this.view.ahead().size > 0 || this.unknownEvents > 0) return undefined;
    const plain = [...this.#said].filter(([device, heads]) => {
      const isPlain = heads.length === 1 && this.#feeds.of(device).length === 1;
      return isPlain && findChain(this.#feeds, device, heads[0]!) !== undefined;
    });
    return Object.fromEntries(plain.map(([device, [head]]) => [device, head!.seq]));
  }

  /** Takes what the other says. @throws {TinmanError} `PROTOCOL`, and what keeping events throws. */
  handle(message: Message): void {
    if (isRequest(message)) this.#requestsRead++;
    if (!this.#hasFrontier && message.type !== "frontier" && message.type !== "want") {
      within("a message", () => refuse("a frontier comes first"));
    }
    switch (message.type) {
      case "frontier":
        return this.#readFrontier(message.frontier);
      case "want":
        return this.#credit.got(message.bytes, message.isLast);
      case "need":
        return this.#credit.need(message.bytes);
      case "delta":
        this.#credit.consume(message.bytes.length);
        return this.#readDelta(message.bytes, message.hasContext);
      case "snapshot":
        this.#credit.consume(message.bytes.length);
        return this.#readSnapshot(message);
      case "blob":
        this.#credit.consume(message.bytes.length);
        return this.#options.blobs?.receive(message.bytes);
      case "probe":
        return this.#answer(message);
      case "probed":
        return this.#readAnswer(message);
      case "fetch":
        return this.#readFetch(message);
      case "bare":
        return this.#bare.read(message);
      case "done":
        this.#doneRead = message.requests;
        if (!message.hasBlobs || !message.isWhole) this.#hasNoBlobs = true;
    }
  }

  /** Says what is to be said now. */
  advance(mayGo: (device: string) => boolean): void {
    const grant = this.#credit.grant();
    if (grant !== undefined) this.#say(grant);
    if (!this.#hasFrontier) return;
    this.#probe();
    for (const message of this.#bare.ask(this.#options.missing?.() ?? [])) this.#say(message);
    const isEmpty = this.#send(mayGo);
    // What is asked about a fork may lead to more.
    if (isEmpty === undefined || this.#probes.length > 0 || this.#doneSent === this.#requestsRead) return;
    this.#doneSent = this.#requestsRead;
    const hasBlobs = this.#options.blobs !== undefined;
    this.#say({ type: "done", requests: this.#requestsRead, isWhole: isEmpty, hasBlobs });
  }

  get #awaitsBlobs(): boolean {
    return !this.#hasNoBlobs && this.#options.blobs?.isWaiting === true;
  }

  #say(message: Message): void {
    if (isRequest(message)) this.#requestsSent++;
    const end = this.#options.write(encodeMessage(message));
    if (message.type !== "done" && message.type !== "want") this.mattersTo = end;
  }

  #readFrontier(frontier: Frontier): void {
    within("a frontier", () => {
      if (this.#hasFrontier && !frontier.isPlain) refuse("there was one already");
      if (frontier.isPlain && ++this.#resets > 2 * MAX_RESETS) refuse("there were too many");
    });
    this.#isPlain ||= frontier.isPlain;
    if (this.#hasFrontier) this.view.forget();
    this.#hasFrontier = true;
    const { own, heads } = within("a frontier", () => this.#common.read(frontier));
    this.outbox.other = own;
    this.#said ??= heads;
    for (const [device, each] of heads) this.view.says(device, each);
    this.#checkOwn();
  }

  #checkOwn(): void {
    const { device, onBehind } = this.#options;
    const last = device === undefined ? undefined : this.view.ahead().get(device);
    if (last === undefined) return;
    this.behind = last;
    onBehind?.(last);
  }

  #readSnapshot(part: Message & { readonly type: "snapshot" }): void {
    const bytes = this.#snapshot.take(part);
    if (bytes === undefined) return;
    try {
      this.#options.takeSnapshot?.(bytes);
    } catch (error) {
      if (!isTinmanError(error, "CONFIG")) throw error;
      this.refused.V9 = (this.refused.V9 ?? 0) + 1;
    }
  }

  #readDelta(bytes: Uint8Array, hasContext: boolean): void {
    let runs: Run[];
    try {
      const context = hasContext ? this.#common.context("in") : undefined;
      runs = decodeRuns(bytes, { context, maxEvents: 65_536, maxBytes: 96 * 1024 * 1024 });
    } catch (error) {
      // Somebody else may have erased here what the other counts on: then it has to say everything.
      if (!(error instanceof Error && error.cause instanceof MissingContext)) throw error;
      // What is on its way until the other has heard it is no use either.
      return this.#isReset ? undefined : this.#reset();
    }
    let isApart = false;
    for (const run of runs) if (this.#ingest(run) === "apart") isApart = true;
    if (isApart) this.#reset();
  }

  #ingest(run: Run): IngestResult["status"] {
    const { device, from, events } = run;
    this.counts.receivedEvents += events.length;
    const result = this.#feeds.ingest(run);
    if (result.status === "applied") {
      this.counts.appliedEvents += result.count;
      const seq = from + events.length - 1;
      // What waited for it may have forked the feed at once, so its name says nothing any more.
      const prefix = this.#feeds.of(device).find((feed) => feed.at(seq) === events.at(-1))?.idAt(seq);
      if (prefix !== undefined) this.view.has(device, { seq, prefix });
    }
    if (result.status === "refused") {
      this.refused[result.rule] = (this.refused[result.rule] ?? 0) + 1;
      // Who has checked them as we do never has such events.
      if (/^[EK]/.test(result.rule)) within("a run", () => refuse(`${result.reason} (${result.rule})`));
    }
    return result.status;
  }

  /** Says anew what we have, in the form that needs nothing, after which the other begins again. */
  #reset(): void {
    if (this.#resets >= MAX_RESETS) return;
    this.#resets++;
    this.#sayPlain();
  }

  #sayPlain(): void {
    this.#isReset = true;
    const options = { salt: this.#salt, hasTags: true, own: this.#options.device, isFull: true, isPlain: true };
    this.#say({ type: "frontier", frontier: this.#common.frontier(options) });
  }

  #probe(): void {
    for (const { device, head } of this.view.apart()) {
      if (this.#probes.length >= MAX_OPEN_PROBES) return;
      if (this.#probes.some((probe) => probe.head === head)) continue;
      const place = this.#common.devices.indexOf(device);
      if (place < 0) continue;
      const probe = new Probe(this.#feeds, { device, head });
      this.#probes.push(probe);
      this.#follow(probe);
    }
  }

  /** Asks on, or says where the histories part. */
  #follow(probe: Probe): void {
    const { device, head, shared } = probe;
    const place = this.#common.devices.indexOf(device);
    if (shared === undefined) return this.#say(probe.ask(place));
    this.#probes.splice(this.#probes.indexOf(probe), 1);
    this.forked.add(device);
    const id = this.#feeds.of(device).map((feed) => chainIdAt(this.#feeds, feed, shared)).find((each) => each);
    const point = { seq: shared, prefix: id!.slice(0, 8) };
    this.view.settle(device, head);
    this.view.has(device, point);
    this.#say({ type: "fetch", device: place, head: point });
  }

  #answer(probe: Message & { readonly type: "probe" }): void {
    const device = this.#common.devices[probe.device];
    this.#say(answerProbe(this.#feeds, device, probe));
    this.forked.add(device!);
  }

  #readAnswer({ device, head, checks }: Message & { readonly type: "probed" }): void {
    const probe = this.#probes.find((each) =>
      this.#common.devices[device] === each.device && each.head.seq === head.seq &&
      each.head.prefix.toHex() === head.prefix.toHex()
    );
    if (probe?.answer(checks) !== true) return within("a probe", () => refuse("nobody asked for it"));
    this.#follow(probe);
  }

  #readFetch({ device: place, head }: Message & { readonly type: "fetch" }): void {
    const device = this.#common.devices[place];
    if (device === undefined) return within("a fetch", () => refuse("its device is not known"));
    if (findChain(this.#feeds, device, head) !== undefined) this.view.has(device, head);
    this.forked.add(device);
  }

  /** Whether the other has all now; undefined while there is more to say. */
  #send(mayGo: (device: string) => boolean): boolean | undefined {
    const { batchBytes, blobs, unsentBytes, snapshot } = this.#options;
    if (!this.#snapshot.isOffered && this.view.cut().size > 0) {
      const bytes = snapshot?.();
      if (bytes !== undefined) this.#snapshot.offer(bytes);
    }
    // There is no use in trying again until there is more room.
    if (this.#blockedAt === this.#credit.room && this.outbox.left.events > 0) return undefined;
    while (unsentBytes() < batchBytes) {
      const filling = this.#bare.next(this.#credit.room);
      if (filling !== undefined) {
        this.#credit.spend(filling.length);
        this.#say({ type: "delta", hasContext: false, bytes: filling });
        continue;
      }
      const room = Math.min(this.#credit.room, batchBytes);
      if (this.#snapshot.isGoing) {
        const part = this.#snapshot.next(room);
        // It goes on when the other asks for more, if it does.
        if (part === undefined) return this.#credit.isLast ? false : undefined;
        this.#credit.spend(part.bytes.length);
        this.#say(part);
        continue;
      }
      const context = this.#isPlain ? undefined : this.#common.context("out");
      const batch = room > 0 ? this.outbox.next(room, { context, mayGo }) : undefined;
      if (typeof batch === "object") this.#sendBatch(batch);
      else if (batch !== undefined && this.#credit.room >= batch) {
        const long = this.outbox.next(batch, { context, mayGo });
        if (typeof long === "object") this.#sendBatch(long);
      } else if (batch === undefined && room > 0) {
        const blob = blobs?.next(room);
        if (blob === undefined) return this.outbox.left.events === 0 ? this.#endBlobs() : undefined;
        this.#credit.spend(blob.length);
        this.#say({ type: "blob", bytes: blob });
      } else return this.#lackRoom(batch ?? 1);
    }
    return undefined;
  }

  #sendBatch({ parts, bytes }: Batch): void {
    this.#credit.spend(bytes.length);
    this.#say({ type: "delta", hasContext: !this.#isPlain, bytes });
    for (const { feed, run } of parts) {
      const seq = run.from + run.events.length - 1;
      this.counts.sentEvents += run.events.length;
      this.view.has(run.device, { seq, prefix: feed.idAt(seq)! });
    }
  }

  /** Whether all blobs have gone; false when there will be no room for more. */
  #endBlobs(): boolean | undefined {
    if (!this.#awaitsBlobs) return true;
    if (!this.#credit.isLast || this.#credit.room >= LEAST_BLOB_BYTES) return undefined;
    // The other waits for them until it is told.
    [this.#hasNoBlobs, this.#doneSent] = [true, -1];
    return false;
  }

  /** There is no room for what is left: either there will be, or we are done as far as we may. */
  #lackRoom(bytes: number): boolean | undefined {
    if (this.outbox.left.events === 0) return this.#endBlobs();
    if (this.#credit.isLast || bytes > MAX_WANTED) return false;
    this.#blockedAt = this.#credit.room;
    if (bytes > this.#neededBytes && bytes > 1) {
      this.#neededBytes = bytes;
      this.#say({ type: "need", bytes });
    }
    return undefined;
  }
}

const [MAX_RESETS, MAX_OPEN_PROBES] = [2, 16];
/** Room in which a message about blobs always fits. */
const LEAST_BLOB_BYTES = 64;
const MAX_SNAPSHOT_BYTES = 16 * 1024 * 1024;
