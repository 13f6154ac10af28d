import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import type { Feeds } from "../feeds.ts";
import { type Beacon, beaconOf, decodeBeacon, encodeBeacon } from "./beacon.ts";
import { chooseVersion, Connection } from "./connection.ts";
import { Credit } from "./credit.ts";
import { allOf, type Known } from "./known.ts";
import { decodeMessage } from "./messages.ts";
import type { CloseReason } from "./packet.ts";
import type { SyncReport, SyncSessionOptions } from "./session_options.ts";
import { Talk } from "./talk.ts";

/**
 * One contact of two peers, without I/O and without a clock: packets go in by `receive`, and come out by `poll` until it
 * gives nothing; `nextMs` says when to poll again though nothing came. Nothing throws for what the other sends: it ends
 * the contact.
 */
export class SyncSession implements Disposable {
  readonly #feeds: Feeds;
  readonly #options: SyncSessionOptions;
  readonly #beacon: Beacon;
  readonly #connection: Connection;
  readonly #talk: Talk;
  readonly #stopListening: () => void;
  /** When events of a device may be passed on. */
  readonly #goesAtMs = new Map<string, number>();
  /** Whether there is something to say though both seem to have the same. */
  readonly #insists: boolean;
  readonly #bytes = { sentBytes: 0, receivedBytes: 0 };
  #nowMs = -Infinity;
  #movedMs = -Infinity;
  #moves = 0;
  #error: TinmanError | undefined;
  #met: "no" | "equal" | "talking" = "no";

  constructor(feeds: Feeds, options: SyncSessionOptions) {
    const { random, maxBytes = 1200, isReliable = false, patienceMs = 60_000, isLive = false, isFull = false } =
      options;
    if (maxBytes < MIN_PACKET_BYTES) {
      const least = MIN_PACKET_BYTES;
      throw new TinmanError("CONFIG", `Cannot sync in packets of ${maxBytes} bytes: they have at least ${least}`, {});
    }
    this.#insists = isLive || isFull || (options.missing?.() ?? []).length > 0 ||
      options.blobs?.isWanting === true;
    const { maxReceiveBytes = Infinity, maxSendBytes = Infinity } = options;
    const windowBytes = options.windowBytes ?? Math.min(Math.max(64 * maxBytes, 16_384), 262_144);
    const credit = new Credit({ windowBytes, maxReceiveBytes, maxSendBytes });
    [this.#feeds, this.#options, this.#beacon] = [feeds, options, beaconOf(feeds)];
    const connection = this.#connection = new Connection({
      ...{ random, maxBytes, isReliable, patienceMs, insists: this.#insists, beacon: encodeBeacon(this.#beacon) },
      maxMessageBytes: () => Math.max(MAX_CONTROL_BYTES, credit.open + MESSAGE_HEAD_BYTES),
    });
    this.#talk = new Talk(feeds, {
      ...options,
      credit,
      batchBytes: Math.min(Math.max(16 * maxBytes, 2048), 65_536, windowBytes),
      write: (message) => connection.write(message),
      unsentBytes: () => connection.unsentBytes,
    });
    this.#stopListening = feeds.listen({
      applied: ({ device }) => this.#touch(device),
      forked: ({ device }) => this.#touch(device),
      rebased: () => this.#talk.rebased(),
    });
  }

  /** Whether it is over and has no more packets; then the report is the last one. */
  get isOver(): boolean {
    return this.#connection.ended !== undefined && this.#connection.nextMs === undefined;
  }

  /** How it goes. */
  get report(): SyncReport {
    const { view, outbox, taking, giving, behind, forks, hasFrontier, unknownEvents } = this.#talk;
    let events = unknownEvents;
    const apart: Record<string, number> = {};
    for (const [device, lacks] of hasFrontier ? view.lacks() : []) {
      apart[device] = lacks.reduce((sum, { from, to }) => sum + to + 1 - from, 0);
    }
    for (const [device, last] of view.ahead()) {
      const ahead = last - Math.max(0, ...this.#feeds.of(device).map((feed) => feed.last));
      events += ahead;
      apart[device] = -ahead;
    }
    return {
      status: this.#status,
      ...(this.#error !== undefined && { error: this.#error }),
      sentEvents: giving.sentEvents,
      ...taking.counts,
      ...this.#bytes,
      refused: { ...taking.refused },
      ...(behind !== undefined && { behind }),
      forked: [...forks.devices],
      cut: [...view.cut()],
      apart,
      backlog: { toSend: hasFrontier ? outbox.left : { events: 0, bytes: 0 }, toGet: { events } },
    };
  }

  /**
   * What the other has said that it has, as the number of its last event of each device that is here and did not fork;
   * undefined while something of it is not here, so that it may know of what we do not.
   */
  holds(): Record<string, number> | undefined {
    if (this.#met === "equal" && this.#connection.isOpen) return headsHere(this.#feeds);
    return this.#met === "talking" ? this.#talk.holds() : undefined;
  }

  /**
   * What the other is known to have, also when the contact broke: what it said, and what was given to it and it says it
   * has read. Undefined while it has not said what it has.
   */
  known(): Known | undefined {
    if (this.#met === "equal" && this.#connection.isOpen) return allOf(this.#feeds);
    return this.#met === "talking" ? this.#talk.known() : undefined;
  }

  /** Takes a packet. */
  receive(packet: Uint8Array, nowMs: number): void {
    this.#nowMs = nowMs;
    this.#bytes.receivedBytes += packet.length;
    this.#guard(() => {
      const { segments } = this.#connection;
      const messages = this.#connection.receive(packet, nowMs);
      if (this.#connection.ended !== undefined) return;
      this.#meet();
      if (this.#connection.segments > segments) this.#talk.asking.heard(nowMs);
      for (const message of messages) this.#talk.handle(decodeMessage(message), nowMs);
    });
  }

  /** The next packet, if there is one to be sent now. */
  poll(nowMs: number): Uint8Array | undefined {
    this.#nowMs = nowMs;
    for (const [device, atMs] of this.#goesAtMs) if (atMs <= nowMs) this.#goesAtMs.delete(device);
    this.#guard(() => {
      if (this.#met !== "talking" || this.#connection.ended !== undefined) return;
      this.#checkMoves(nowMs);
      this.#talk.advance(nowMs, (device) => !this.#goesAtMs.has(device));
    });
    const packet = this.#connection.poll(nowMs);
    this.#bytes.sentBytes += packet?.length ?? 0;
    this.#settle();
    return packet;
  }

  /** When to poll again though nothing came; undefined for never. */
  get nextMs(): number | undefined {
    const next = this.#connection.nextMs;
    if (next === undefined) return undefined;
    const talkMs = this.#met === "talking" && this.#connection.ended === undefined
      ? this.#talk.asking.nextMs
      : Infinity;
    return Math.min(next, talkMs, this.#stuckAtMs, ...this.#goesAtMs.values());
  }

  /** Leaves; the other is told if one more packet goes out. */
  close(): void {
    this.#connection.close(this.#isComplete ? "done" : "left");
    this.#settle();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Packets come, but nothing new has come or gone for a long time: each waits for something that the other takes to have
   * arrived. A packet that was damaged on its way can do that.
   */
  #checkMoves(nowMs: number): void {
    const { moves } = this.#connection;
    const isNew = moves !== this.#moves || this.#movedMs === -Infinity;
    // Who waits for its turn is not stuck.
    if (isNew || this.#talk.asking.isWaiting) this.#movedMs = nowMs;
    this.#moves = moves;
    if (nowMs < this.#stuckAtMs) return;
    throw new TinmanError("UNAVAILABLE", "Cannot sync: nothing new was heard of the other", { what: "peer" });
  }

  /** When a contact that does not move is given up. One that stays may be quiet. */
  get #stuckAtMs(): number {
    const { isLive = false, patienceMs = 60_000 } = this.#options;
    if (isLive || this.#met !== "talking" || this.#connection.ended !== undefined) return Infinity;
    return this.#movedMs === -Infinity ? Infinity : this.#movedMs + 2 * patienceMs;
  }

  get #isComplete(): boolean {
    const isSaid = this.#met === "equal" ? this.#connection.isOpen : this.#talk.isDone && this.#connection.isFlushed;
    // When all has arrived, and only the other's word for it is missing, that need not be waited for for ever.
    const hasArrived = this.#met === "equal" ||
      (this.#talk.isDone && this.#connection.arrivedBytes >= this.#talk.mattersTo);
    return this.#met !== "no" && (isSaid || (hasArrived && this.#connection.tries > 3));
  }

  get #status(): SyncReport["status"] {
    const { ended } = this.#connection;
    if (ended?.reason === "done") return this.#met === "equal" || this.#talk.isDone ? "done" : "left";
    if (ended !== undefined) return ended.reason === "left" ? "left" : "failed";
    if (this.#isComplete) return "done";
    return this.#met === "no" ? "opening" : "syncing";
  }

  /** Begins to talk when the other has been heard, unless both have the same. */
  #meet(): void {
    const { other, isOpen, salt } = this.#connection;
    if (this.#met === "talking" || other === undefined) return;
    chooseVersion(other.versions);
    const beacon = decodeBeacon(other.beacon);
    if (beacon.dataset !== this.#beacon.dataset) {
      throw new TinmanError("CONFIG", "Cannot sync: the other has another dataset", {});
    }
    const isEqual = !this.#insists && !other.insists && beacon.heads === this.#beacon.heads;
    if (isEqual) this.#met = "equal";
    else if (isOpen) {
      this.#met = "talking";
      const { isFirst } = this.#connection;
      this.#talk.start({ salt, hasTags: beacon.devices !== this.#beacon.devices, isFirst }, this.#nowMs);
    }
  }

  #touch(device: string): void {
    const { isLive, device: own, random, relayDelayMs = 100 } = this.#options;
    this.#talk.touch(device);
    if (isLive && device !== own && relayDelayMs > 0 && !this.#goesAtMs.has(device)) {
      this.#goesAtMs.set(device, this.#nowMs + random.next() * relayDelayMs);
    }
  }

  /** What the other does wrong ends the contact, and so does a disk that is full. */
  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (this.#connection.ended !== undefined) return;
      this.#error = isTinmanError(error)
        ? error
        : new TinmanError("PROTOCOL", "Cannot sync", { protocol: "mesh", cause: error });
      this.#connection.close(reasonOf(this.#error));
    }
    this.#settle();
  }

  #settle(): void {
    if (!this.#options.isLive && this.#connection.ended === undefined && this.#isComplete) {
      this.#connection.close("done");
    }
    const { ended } = this.#connection;
    if (ended === undefined) return;
    this.#stopListening();
    this.#talk.asking.close(this.#nowMs);
    this.#goesAtMs.clear();
    if (ended.reason !== "done" && ended.reason !== "left") this.#error ??= errorOf(ended.by, ended.reason);
  }
}

/** Least {@linkcode SyncSessionOptions.maxBytes}. */
const MIN_PACKET_BYTES = 64;
/** Most bytes of a message that is not counted as events. */
const MAX_CONTROL_BYTES = 1024 * 1024;
const MESSAGE_HEAD_BYTES = 16;

function headsHere(feeds: Feeds): Record<string, number> {
  const plain = [...feeds.all()].filter(({ device }) => feeds.of(device).length === 1);
  return Object.fromEntries(plain.map((feed) => [feed.device, feeds.endOf(feed)]));
}

function reasonOf(error: TinmanError): CloseReason {
  return error.code === "PROTOCOL" ? "protocol" : error.code === "CONFIG" ? "dataset" : "failed";
}

function errorOf(by: "us" | "other", reason: CloseReason): TinmanError {
  if (reason === "dataset") return new TinmanError("CONFIG", "Cannot sync: the other has another dataset", {});
  if (reason === "protocol") {
    return new TinmanError("PROTOCOL", "Cannot sync: the other could not read what we sent", { protocol: "mesh" });
  }
  const why = by === "us" ? "nothing was heard of the other" : "the other has failed";
  return new TinmanError("UNAVAILABLE", `Cannot sync: ${why}`, { what: "peer" });
}
