import type { Clock } from "../clock/mod.ts";
import type { Random } from "../random/mod.ts";
import { type FullConditions, happens } from "./conditions.ts";
import { airtimeMs, type End, type Way } from "./simulated_link.ts";

/** Bytes on their way at once, however fast the wire is. */
const MAX_IN_FLIGHT = 1 << 24;

/** What a {@linkcode Wire} needs of its network. */
export interface WireOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly conditions: FullConditions;
  readonly from: End;
  readonly to: End;
  /** Whether the two are in one part of the network now. */
  isJoined(): boolean;
}

/** One direction between two ends. */
export class Wire implements Way {
  conditions: FullConditions;
  /** The other direction. */
  back: Wire | undefined;
  readonly #its: WireOptions;
  readonly #senders: (() => void)[] = [];
  readonly #stalled: (Uint8Array | undefined)[] = [];
  /** Bytes on their way; of a stream also those that are not read. */
  #held = 0;
  /** When the last byte has left, and when the last piece in order arrives: nanoseconds of the clock. */
  #freeNs = 0;
  #lastNs = 0;

  constructor(its: WireOptions) {
    [this.#its, this.conditions] = [its, its.conditions];
  }

  room(length: number): Promise<void> | undefined {
    const { clock, from, to } = this.#its;
    const { queueBytes, bitsPerSecond } = this.conditions;
    if (to.isOver) return undefined;
    const inFlight = from.kind === "stream" ? queueBytes : MAX_IN_FLIGHT;
    // A piece longer than all room goes when nothing else is in front of it.
    if (this.#held > 0 && this.#held + length > inFlight) {
      return new Promise((resolve) => this.#senders.push(resolve));
    }
    const nowNs = clock.elapsedNs();
    if (bitsPerSecond === Infinity || this.#freeNs <= nowNs) return undefined;
    const roomNs = Math.ceil(this.#freeNs - Math.max(0, queueBytes - length) * 8e9 / bitsPerSecond);
    if (roomNs <= nowNs) return undefined;
    return new Promise((resolve) => {
      this.#senders.push(resolve);
      clock.at(roomNs, resolve);
    });
  }

  carry(bytes: Uint8Array): void {
    const { clock, random, from, isJoined } = this.#its;
    const { loss, duplicate, reorder, damage, split, delayMs } = this.conditions;
    const sentMs = airtimeMs(bytes.length, this.conditions);
    this.#freeNs = Math.max(this.#freeNs, clock.elapsedNs()) + sentMs * 1e6;
    from.spend(sentMs);
    if (from.kind === "stream") {
      const lateMs = happens(random, loss) ? 200 + 2 * delayMs : 0;
      const at = bytes.length > 1 && happens(random, split) ? 1 + random.int(bytes.length - 1) : bytes.length;
      this.#schedule(bytes.subarray(0, at), lateMs);
      if (at < bytes.length) this.#schedule(bytes.subarray(at));
    } else if (!isJoined() || happens(random, loss)) {
      from.lose();
    } else {
      if (bytes.length > 0 && happens(random, damage)) bytes[random.int(bytes.length)]! ^= 1 << random.int(8);
      if (happens(random, duplicate)) this.#schedule(bytes.slice());
      this.#schedule(bytes, happens(random, reorder) ? "overtaken" : 0);
    }
  }

  /** The sender has closed: what is on its way still arrives. */
  closed(): void {
    const { clock, from } = this.#its;
    this.wake();
    this.back?.wake();
    if (from.kind === "stream") clock.at(Math.max(this.#lastNs, clock.elapsedNs()), () => this.#arrive(undefined));
  }

  /** Lets go on who waits for room. */
  wake(): void {
    for (const resolve of this.#senders.splice(0)) resolve();
  }

  /** The reader took so many bytes. */
  taken(bytes: number): void {
    if (this.#its.from.kind === "stream") this.#release(bytes);
  }

  /** The parts of the network are one again. */
  heal(): void {
    for (const piece of this.#stalled.splice(0)) this.#arrive(piece);
  }

  #schedule(piece: Uint8Array, late: number | "overtaken" = 0): void {
    const { clock, random } = this.#its;
    const { delayMs, jitterMs } = this.conditions;
    const ms = delayMs + (jitterMs > 0 ? jitterMs * random.next() : 0);
    let dueNs = Math.round(this.#freeNs + ms * 1e6);
    if (late === "overtaken") dueNs += Math.round((1 + 4 * (delayMs + jitterMs)) * 1e6 * random.next());
    else this.#lastNs = dueNs = Math.max(dueNs + late * 1e6, this.#lastNs);
    this.#held += piece.length;
    clock.at(dueNs, () => this.#arrive(piece));
  }

  /** Undefined is the end of a stream. */
  #arrive(piece: Uint8Array | undefined): void {
    const { from, to, isJoined } = this.#its;
    const isStream = from.kind === "stream";
    if (isStream && !isJoined() && !to.isOver) return void this.#stalled.push(piece);
    if (piece === undefined) return to.inbox.end();
    const isFull = !isStream && to.inbox.bytes > 0 && to.inbox.bytes + piece.length > this.conditions.queueBytes;
    const isLost = to.isOver || isFull || !isJoined();
    if (isLost) from.lose();
    else to.receive(piece);
    if (isLost || !isStream) this.#release(piece.length);
  }

  #release(bytes: number): void {
    this.#held -= bytes;
    if (this.#senders.length > 0) this.wake();
  }
}
