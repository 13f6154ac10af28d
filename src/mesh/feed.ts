import { MAX_RUN_EVENTS } from "./check_run.ts";
import type { Stamp } from "./stamp.ts";
import { checkOf, eventId, ID_BYTES, type MeshEvent } from "./event.ts";

/** A signature of the device at one of its events. */
export interface SignedHead {
  /** The number of the event. */
  readonly seq: number;
  /** What `headMessage` says of its id, signed. */
  readonly signature: Uint8Array;
}

/** Where a branch leaves the feed that it comes from. */
export interface FeedRoot {
  /** The number of its first event. */
  readonly base: number;
  /** The id before its first event. */
  readonly prev: Uint8Array;
  /** The stamp of what is before its first event, where that is not here but in a snapshot. */
  readonly before?: Stamp;
  /** For a branch: the feed that holds what is before it, and the id of its first event. */
  readonly branch?: { readonly parent: string; readonly id: Uint8Array };
}

/**
 * One branch of what one device wrote: contiguous and chained by ids (SPEC F1). Almost always a device has one; two
 * come of a device that was copied. It only holds what was checked before.
 */
export class Feed {
  /** The public key of the device, 64 hexadecimal digits. */
  readonly device: string;
  /** The device; for a branch that is not the first, a tilde and the first bytes of its first id behind it. */
  readonly name: string;
  /** The number of its first event. */
  readonly base: number;
  /** The stamp of what is before its first event, where that is not here but in a snapshot. */
  readonly before: Stamp | undefined;
  #parent: string | undefined;
  readonly #prev: Uint8Array;
  readonly #events: MeshEvent[] = [];
  #ids = new Uint8Array(8 * ID_BYTES);
  #signed: SignedHead[] = [];

  /** A feed without events. */
  constructor(device: string, { base, prev, before, branch }: FeedRoot) {
    [this.device, this.base, this.#prev, this.before] = [device, base, prev, before];
    this.name = branch === undefined ? device : `${device}~${branch.id.subarray(0, 8).toHex()}`;
    this.#parent = branch?.parent;
  }

  /** The name of the feed that it branches off; undefined for the one that begins with event 1. */
  get parent(): string | undefined {
    return this.#parent;
  }

  /** The number that comes next. */
  get next(): number {
    return this.base + this.#events.length;
  }

  /** The last number; one below the first for an empty feed. */
  get last(): number {
    return this.next - 1;
  }

  /** The id of the last event, or what is before the first. The bytes are not to be changed. */
  get head(): Uint8Array {
    return this.idAt(this.last)!;
  }

  /** Signatures, the earliest first. */
  get signed(): readonly SignedHead[] {
    return this.#signed;
  }

  /** The id of an event, or of what is before the first; undefined for what is not in this feed. */
  idAt(seq: number): Uint8Array | undefined {
    const i = seq - this.base;
    if (i === -1) return this.#prev;
    return i >= 0 && i < this.#events.length ? this.#ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES) : undefined;
  }

  /** The first bytes of {@linkcode Feed.idAt} as a number. */
  checkAt(seq: number): number | undefined {
    const id = this.idAt(seq);
    return id && checkOf(id);
  }

  /** An event by its number. */
  at(seq: number): MeshEvent | undefined {
    return this.#events[seq - this.base];
  }

  /** Events from `from` up to and including `to`, as far as there are. */
  slice(from: number, to: number = this.last): readonly MeshEvent[] {
    return this.#events.slice(Math.max(from - this.base, 0), Math.max(to + 1 - this.base, 0));
  }

  /** The ids that these events would have behind the event `seq`, one after the other. */
  idsAfter(seq: number, events: readonly MeshEvent[]): Uint8Array[] {
    let prev = this.idAt(seq)!;
    return events.map((event, i) => prev = eventId(event, { device: this.device, seq: seq + 1 + i, prev }));
  }

  /** Puts checked events at the end. */
  append(events: readonly MeshEvent[], ids: readonly Uint8Array[]): void {
    const needed = (this.#events.length + events.length) * ID_BYTES;
    if (needed > this.#ids.length) {
      // Readers may hold a slice of this buffer, so it is replaced, never grown.
      const larger = new Uint8Array(Math.max(needed, 2 * this.#ids.length));
      larger.set(this.#ids.subarray(0, this.#events.length * ID_BYTES));
      this.#ids = larger;
    }
    for (let i = 0; i < events.length; i++) {
      this.#ids.set(ids[i]!, this.#events.length * ID_BYTES);
      this.#events.push(events[i]!);
    }
  }

  /** Keeps a checked signature. Of those between two that are {@linkcode SIGNATURE_SPACING} apart only the later stays. */
  sign(head: SignedHead): void {
    const signed = this.#signed;
    const at = signed.findIndex(({ seq }) => seq >= head.seq);
    if (at >= 0 && signed[at]!.seq === head.seq) return;
    if (at >= 0) signed.splice(at, 0, head);
    else signed.push(head);
    // The last one counts for all before it; the others only let a part be sent, which has its own limit.
    const i = signed.length - 2;
    const before = signed[i - 1]?.seq ?? this.base - 1;
    if (i < 0 || signed[i]!.seq - before >= SIGNATURE_SPACING) return;
    if (signed[i + 1]!.seq - before <= MAX_RUN_EVENTS) signed.splice(i, 1);
  }

  /** Drops what an event said; its id stays. */
  erase(seq: number, hash: Uint8Array): void {
    const i = seq - this.base;
    const { wallMs, counter, kind } = this.#events[i]!;
    this.#events[i] = { wallMs, counter, kind, payload: undefined, payloadHash: hash };
  }

  /** Puts back what an event said, when it came without. */
  fill(seq: number, event: MeshEvent): void {
    this.#events[seq - this.base] = event;
  }

  /** Takes everything from `seq` on out of this feed, into one that comes from it. */
  split(seq: number): Feed {
    const branch = { parent: this.name, id: this.idAt(seq)! };
    const tail = new Feed(this.device, { base: seq, prev: this.idAt(seq - 1)!.slice(), branch });
    const events = this.slice(seq);
    tail.append(events, events.map((_, i) => this.idAt(seq + i)!));
    for (const head of this.#signed) if (head.seq >= seq) tail.sign(head);
    this.#signed = this.#signed.filter((head) => head.seq < seq);
    this.#events.length = seq - this.base;
    return tail;
  }

  /** Says that what it branches off is in another feed now. */
  moveTo(parent: string): void {
    this.#parent = parent;
  }
}

/** Signatures that are kept are about so many events apart, but for the last one. */
export const SIGNATURE_SPACING = 256;
