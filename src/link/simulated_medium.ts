import type { Clock } from "../clock/mod.ts";
import type { Random } from "../random/mod.ts";
import { type FullConditions, happens } from "./conditions.ts";
import { airtimeMs, type End, type Way } from "./simulated_link.ts";

/** What a {@linkcode Medium} needs of its network. */
export interface MediumContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly conditions: FullConditions;
  /** How long a frame holds the medium before its first byte. */
  readonly preambleMs: number;
  /** Whether what `from` sends is heard by `to` now. */
  hears(from: string, to: string): boolean;
}

/** A reception that is under way. */
interface Reception {
  readonly station: Station;
  isWhole: boolean;
}

/**
 * Air that all share: one sends, all in range hear; who sends does not hear. A station listens before it sends and waits
 * a random time when it hears somebody (CSMA); two that do not hear each other make their frames unreadable for who hears
 * both.
 */
export class Medium {
  readonly its: MediumContext;
  readonly #stations = new Set<Station>();

  constructor(its: MediumContext) {
    this.its = its;
  }

  /** Puts `end` on the air. */
  join(peer: string, end: End): void {
    const station = new Station(this, peer, end);
    this.#stations.add(station);
    end.way = station;
  }

  leave(station: Station): void {
    this.#stations.delete(station);
  }

  /** A frame begins now; it is over, and heard, when the result says. */
  begin(sender: Station, bytes: Uint8Array): number {
    const { clock, conditions, preambleMs } = this.its;
    const ms = preambleMs + airtimeMs(bytes.length, conditions);
    const nowNs = clock.elapsedNs();
    const endNs = nowNs + Math.max(1, Math.round(ms * 1e6));
    const hearing: Reception[] = [];
    for (const station of this.#stations) {
      if (station === sender || !this.its.hears(sender.peer, station.peer)) continue;
      const reception = { station, isWhole: true };
      station.hear(reception, { nowNs, endNs });
      hearing.push(reception);
    }
    sender.end.spend(ms);
    clock.at(endNs, () => this.#deliver(sender, bytes, hearing));
    return endNs;
  }

  #deliver(sender: Station, bytes: Uint8Array, hearing: readonly Reception[]): void {
    const { random, hears, conditions: { loss, damage, queueBytes } } = this.its;
    for (const { station: { peer, end }, isWhole } of hearing) {
      const isFull = end.inbox.bytes > 0 && end.inbox.bytes + bytes.length > queueBytes;
      if (!isWhole || isFull || end.isOver || !hears(sender.peer, peer) || happens(random, loss)) {
        sender.end.lose();
        continue;
      }
      const piece = bytes.slice();
      if (piece.length > 0 && happens(random, damage)) piece[random.int(piece.length)]! ^= 1 << random.int(8);
      end.receive(piece);
    }
    sender.next();
  }
}

/** One that is on the air, and what it still has to send. */
class Station implements Way {
  readonly peer: string;
  readonly end: End;
  readonly #medium: Medium;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #senders: (() => void)[] = [];
  #sendingNs = 0;
  #hearingNs = 0;
  #reception: Reception | undefined;
  #isTrying = false;

  constructor(medium: Medium, peer: string, end: End) {
    [this.#medium, this.peer, this.end] = [medium, peer, end];
  }

  room(length: number): Promise<void> | undefined {
    const { queueBytes } = this.#medium.its.conditions;
    if (this.#queued === 0 || this.#queued + length <= queueBytes) return undefined;
    return new Promise((resolve) => this.#senders.push(resolve));
  }

  carry(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (!this.#isTrying) this.#try();
  }

  closed(): void {
    this.#medium.leave(this);
    this.#queue.length = this.#queued = 0;
    this.#wake();
  }

  /** The frame that was on the air is over. */
  next(): void {
    if (this.#queue.length > 0) this.#try();
    else this.#isTrying = false;
  }

  hear(reception: Reception, { nowNs, endNs }: { readonly nowNs: number; readonly endNs: number }): void {
    if (this.#sendingNs > nowNs) reception.isWhole = false;
    if (this.#hearingNs > nowNs) {
      reception.isWhole = false;
      this.#reception!.isWhole = false;
    }
    if (endNs > this.#hearingNs) [this.#hearingNs, this.#reception] = [endNs, reception];
  }

  #try(): void {
    this.#isTrying = true;
    const { clock, random, preambleMs, conditions } = this.#medium.its;
    const nowNs = clock.elapsedNs();
    const [bytes] = this.#queue;
    if (bytes === undefined) {
      this.#isTrying = false;
    } else if (this.#hearingNs > nowNs) {
      // Up to eight slots, each as long as eight bytes and the preamble.
      const slotMs = preambleMs + airtimeMs(8, conditions);
      clock.at(this.#hearingNs + Math.round(random.int(8) * slotMs * 1e6), () => this.#try());
    } else {
      this.#queue.shift();
      this.#queued -= bytes.length;
      this.#sendingNs = this.#medium.begin(this, bytes);
      this.#wake();
    }
  }

  #wake(): void {
    for (const resolve of this.#senders.splice(0)) resolve();
  }
}
