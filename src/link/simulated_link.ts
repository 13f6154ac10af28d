import { type FullConditions, noTraffic, type Traffic } from "./conditions.ts";
import { Inbox } from "./inbox.ts";
import type { Link } from "./link.ts";
import { checkLength, closedError, goneError } from "./link_errors.ts";

/** One end of a simulated link. */
export interface SimulatedLink extends Link {
  /** What went over this end so far. */
  readonly traffic: Readonly<Traffic>;
  /** Whether nothing goes over it any more: closed, broken, or the other end of a stream closed. */
  readonly isOver: boolean;
}

/** What the other end, or the air, is to an end. */
export interface Way {
  /** Resolves when there is room for `length` bytes; undefined when there is now. */
  room(length: number): Promise<void> | undefined;
  /** Takes a piece that nobody else holds. */
  carry(bytes: Uint8Array): void;
  /** This end has closed. */
  closed(): void;
}

const DONE = Promise.resolve();

/** One end: what it has received, and its way out. */
export class End implements SimulatedLink {
  readonly kind: Link["kind"];
  readonly name: string;
  readonly maxBytes: number;
  readonly incoming: AsyncIterable<Uint8Array>;
  readonly traffic: Traffic = noTraffic();
  readonly inbox: Inbox;
  readonly #sum: Traffic;
  #way: Way | undefined;
  #state: "open" | "closed" | "broken" = "open";
  #line: Promise<void> = DONE;
  #waiting = 0;

  constructor(
    { kind, name, maxBytes, sum, taken }: Pick<Link, "kind" | "name" | "maxBytes"> & {
      /** Counts for all ends of this peer. */
      readonly sum: Traffic;
      readonly taken?: (bytes: number) => void;
    },
  ) {
    [this.kind, this.name, this.maxBytes, this.#sum] = [kind, name, maxBytes, sum];
    this.inbox = new Inbox(taken);
    this.incoming = { [Symbol.asyncIterator]: () => ({ next: () => this.inbox.next() }) };
  }

  /** Where it sends to; to be set before it is used. */
  set way(way: Way) {
    this.#way = way;
  }

  get isOver(): boolean {
    return this.#state !== "open" || this.inbox.hasEnded;
  }

  send(bytes: Uint8Array): Promise<void> {
    try {
      // Nobody overtakes who waits for room.
      if (this.#waiting === 0 && this.#put(bytes) === undefined) return DONE;
    } catch (error) {
      return Promise.reject(error);
    }
    this.#waiting++;
    const sent = this.#line.then(() => this.#putInLine(bytes)).finally(() => this.#waiting--);
    this.#line = sent.catch(() => {});
    return sent;
  }

  close(): Promise<void> {
    if (this.#state !== "closed") {
      const wasOpen = this.#state === "open";
      this.#state = "closed";
      this.inbox.close();
      if (wasOpen) this.#way?.closed();
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A piece has come all the way. */
  receive(piece: Uint8Array): void {
    for (const each of [this.traffic, this.#sum]) {
      each.received++;
      each.receivedBytes += piece.length;
    }
    this.inbox.push(piece);
  }

  /** A piece that this end sent did not arrive. */
  lose(): void {
    this.traffic.lost++;
    this.#sum.lost++;
  }

  /** This end held the wire for so long. */
  spend(airtimeMs: number): void {
    this.traffic.airtimeMs += airtimeMs;
    this.#sum.airtimeMs += airtimeMs;
  }

  /** As a cable that is pulled, or a machine that lost its power. */
  break(): void {
    if (this.#state !== "open") return;
    this.#state = "broken";
    this.inbox.fail(goneError(this.name, "read"));
    this.#way?.closed();
  }

  async #putInLine(bytes: Uint8Array): Promise<void> {
    for (let room = this.#put(bytes); room !== undefined; room = this.#put(bytes)) await room;
  }

  /** What to wait for when there is no room. */
  #put(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#state === "closed") throw closedError(this.name);
    checkLength(this, bytes);
    // The other end of a stream that has closed does not read any more.
    if (this.inbox.hasEnded) throw goneError(this.name, "send");
    const room = this.#way!.room(bytes.length);
    if (room !== undefined) return room;
    for (const each of [this.traffic, this.#sum]) {
      each.sent++;
      each.sentBytes += bytes.length;
    }
    this.#way!.carry(bytes.slice());
    return undefined;
  }
}

/** How long `length` bytes hold a wire. */
export function airtimeMs(length: number, { bitsPerSecond }: Pick<FullConditions, "bitsPerSecond">): number {
  return length * 8_000 / bitsPerSecond;
}
