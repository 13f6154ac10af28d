import type { Feeds } from "../feeds.ts";
import { Asking } from "./asking.ts";
import { BareEvents } from "./bare.ts";
import { devicesOf } from "./beacon.ts";
import { findChain } from "./chain.ts";
import { Common } from "./common.ts";
import type { Credit } from "./credit.ts";
import { Forks } from "./forks.ts";
import type { Frontier, Head } from "./frontier.ts";
import { Giving } from "./giving.ts";
import { type Known, knownOf, Unread } from "./known.ts";
import { encodeMessage, isRequest, type Message } from "./messages.ts";
import { type Beginning, Opening } from "./opening.ts";
import { type Batch, Outbox } from "./outbox.ts";
import { PeerView } from "./peer_view.ts";
import { refuse, within } from "./refuse.ts";
import type { SyncSessionOptions } from "./session_options.ts";
import { SnapshotParts } from "./snapshot_parts.ts";
import { Taking } from "./taking.ts";
import { Turns } from "./turns.ts";

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
  readonly forks: Forks;
  readonly taking: Taking;
  readonly giving: Giving;
  readonly asking: Asking;
  behind: number | undefined;
  /** Up to where it matters that what we said has arrived. */
  mattersTo = 0;
  readonly #feeds: Feeds;
  readonly #options: TalkOptions;
  readonly #common: Common;
  readonly #credit: Credit;
  readonly #bare: BareEvents;
  readonly #opening: Opening;
  readonly #unread = new Unread();
  #said: ReadonlyMap<string, readonly Head[]> | undefined;
  #isMet = false;
  #isTaking = false;
  #hasFrontier = false;
  #resets = 0;
  #isReset = false;
  #requestsSent = 0;
  #requestsRead = 0;
  #doneSent = -1;
  #doneRead = -1;

  constructor(feeds: Feeds, options: TalkOptions) {
    const { device, isUrgent, credit, batchBytes, blobs, snapshot, takeSnapshot, unsentBytes } = options;
    [this.#feeds, this.#options, this.#credit] = [feeds, options, credit];
    const say = (message: Message) => this.#say(message);
    const view = this.view = new PeerView(feeds);
    const outbox = this.outbox = new Outbox(view, { own: device, ...(isUrgent !== undefined && { isUrgent }) });
    const common = this.#common = new Common(feeds);
    const bare = this.#bare = new BareEvents(feeds, common);
    const parts = new SnapshotParts(options.maxSnapshotBytes ?? MAX_SNAPSHOT_BYTES);
    this.forks = new Forks(feeds, { view, common, say });
    this.taking = new Taking(feeds, { view, common, parts, takeSnapshot, reset: (why) => this.#reset(why) });
    const turns = Turns.of(feeds);
    this.asking = new Asking({ turns, view, common, credit, say, wake: () => options.wake?.() });
    const { isFull = false, maxPlainDevices = MAX_PLAIN_DEVICES } = options;
    this.#opening = new Opening({ common, own: device, isFull, maxPlainDevices, say });
    const sent = (parts: Batch["parts"]) => this.#unread.sent(parts, this.#requestsSent);
    const rest = { batchBytes, blobs, snapshot, unsentBytes, say, sent };
    this.giving = new Giving({ view, outbox, common, credit, bare, parts, ...rest });
  }

  /** Whether both have said that they have nothing more for each other. */
  get isDone(): boolean {
    return this.#doneSent === this.#requestsRead && this.#doneRead === this.#requestsSent &&
      !this.forks.isAsking && !this.giving.awaitsBlobs;
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
  start(beginning: Beginning, nowMs: number): void {
    this.#isMet = true;
    this.asking.begin();
    this.#opening.begin(beginning);
    this.#ask(nowMs);
  }

  /** Something of a device has changed here. */
  touch(device: string): void {
    const heads = this.#common.learn(device);
    const isTheirs = !this.#hasFrontier || heads !== undefined || this.view.isStrange(device);
    if (!this.#isTaking) this.asking.note(device, isTheirs);
    if (heads !== undefined) this.view.says(device, heads);
    else this.view.touch(device);
  }

  /** Our feeds begin behind a snapshot now: says so, as the other may lack other things than it thinks. */
  rebased(): void {
    this.view.refresh();
    // Devices may be here now of which the other has told.
    for (const device of devicesOf(this.#feeds)) this.touch(device);
    if (this.#isMet) this.#sayPlain();
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

  /** See `SyncSession.known`. */
  known(): Known | undefined {
    if (!this.#hasFrontier) return undefined;
    return knownOf(this.#feeds, { view: this.view, unread: this.#unread, unknownEvents: this.unknownEvents });
  }

  /** Takes what the other says. @throws {TinmanError} `PROTOCOL`, and what keeping events throws. */
  handle(message: Message, nowMs: number): void {
    if (isRequest(message)) this.#requestsRead++;
    if (!this.#hasFrontier && !BEFORE_FRONTIER.has(message.type)) {
      within("a message", () => refuse("a frontier comes first"));
    }
    switch (message.type) {
      case "frontier":
        this.#opening.heardAll();
        return this.#readFrontier(message.frontier);
      case "ranges":
        return this.#readRanges(message.bytes);
      case "want":
        return this.#credit.got(message.bytes, message.isLast);
      case "need":
        return this.#credit.need(message.bytes);
      case "delta":
        this.#credit.consume(message.bytes.length);
        return this.#take(() => this.taking.readDelta(message));
      case "snapshot":
        this.#credit.consume(message.bytes.length);
        return this.#take(() => this.taking.readSnapshot(message));
      case "blob":
        this.#credit.consume(message.bytes.length);
        return this.#options.blobs?.receive(message.bytes);
      case "probe":
        return this.forks.answer(message);
      case "probed":
        return this.forks.readAnswer(message);
      case "fetch":
        return this.forks.readFetch(message);
      case "bare":
        return this.#bare.read(message);
      case "heads":
        return this.#readHeads(message.frontier);
      case "pause":
        return this.asking.readPause(message.isAnswer, nowMs);
      case "done":
        this.#doneRead = message.requests;
        this.#unread.read(message.requests);
        if (this.#doneRead === this.#requestsSent) this.asking.settle();
        if (!message.hasBlobs || !message.isWhole) this.giving.hasNoBlobs = true;
    }
  }

  /** Says what is to be said now. */
  advance(nowMs: number, mayGo: (device: string) => boolean): void {
    this.#ask(nowMs);
    if (!this.#hasFrontier) return;
    this.forks.ask();
    for (const message of this.#bare.ask(this.#options.missing?.() ?? [])) this.#say(message);
    const { hasNoBlobs } = this.giving;
    const isEmpty = this.giving.go(mayGo);
    // Who waits for blobs is told that there will be none.
    if (!hasNoBlobs && this.giving.hasNoBlobs) this.#doneSent = -1;
    // What is asked about a fork may lead to more.
    if (isEmpty === undefined || this.forks.isAsking || this.#doneSent === this.#requestsRead) return;
    this.#doneSent = this.#requestsRead;
    const hasBlobs = this.#options.blobs !== undefined;
    this.#say({ type: "done", requests: this.#requestsRead, isWhole: isEmpty, hasBlobs });
  }

  #ask(nowMs: number): void {
    this.asking.advance(nowMs, { hasFrontier: this.#hasFrontier, mayTell: !this.#opening.isComparing });
  }

  #say(message: Message): void {
    if (isRequest(message)) this.#requestsSent++;
    const end = this.#options.write(encodeMessage(message));
    if (!["done", "want", "pause"].includes(message.type)) this.mattersTo = end;
  }

  #readFrontier(frontier: Frontier): void {
    within("a frontier", () => {
      if (this.#hasFrontier && !frontier.isPlain) refuse("there was one already");
      if (frontier.isPlain && ++this.#resets > 2 * MAX_RESETS) refuse("there were too many");
    });
    this.giving.isPlain ||= frontier.isPlain;
    if (this.#hasFrontier) this.view.forget();
    this.#unread.forget();
    this.#hasFrontier = true;
    this.asking.owes();
    const { own, heads } = within("a frontier", () => this.#common.read(frontier));
    this.outbox.other = own;
    this.#said ??= heads;
    for (const [device, each] of heads) this.view.says(device, each);
    this.#checkOwn();
  }

  #readRanges(bytes: Uint8Array): void {
    const frontier = this.#opening.read(bytes);
    if (frontier !== undefined) this.#readFrontier(frontier);
  }

  #readHeads(frontier: Frontier): void {
    this.asking.owes();
    const heads = within("heads", () => this.#common.readSome(frontier));
    for (const [device, each] of heads) this.view.saysAnew(device, each);
    this.#checkOwn();
  }

  /** What comes from the other is no news to it. */
  #take(action: () => void): void {
    this.#isTaking = true;
    try {
      action();
    } finally {
      this.#isTaking = false;
    }
  }

  #checkOwn(): void {
    const { device, onBehind } = this.#options;
    const last = device === undefined ? undefined : this.view.ahead().get(device);
    if (last === undefined) return;
    this.behind = last;
    onBehind?.(last);
  }

  /** Says anew what we have, in the form that needs nothing, after which the other begins again. */
  #reset(why: "context" | "apart"): void {
    // What is on its way until the other has heard it is no use either.
    if ((why === "context" && this.#isReset) || this.#resets >= MAX_RESETS) return;
    this.#resets++;
    this.#sayPlain();
  }

  #sayPlain(): void {
    this.#isReset = true;
    this.#opening.saidAll();
    const options = { hasTags: true, own: this.#options.device, isFull: true, isPlain: true };
    this.#say({ type: "frontier", frontier: this.#common.frontier(options) });
  }
}

const BEFORE_FRONTIER: ReadonlySet<Message["type"]> = new Set(["frontier", "ranges", "want", "pause"]);
const MAX_RESETS = 2;
/** By ranges one that differs of so many takes about 0.3 kB and a round trip more; told whole they take 2 kB. */
const MAX_PLAIN_DEVICES = 256;
const MAX_SNAPSHOT_BYTES = 16 * 1024 * 1024;
