import type { BlobStore } from "./blob_store.ts";
import { type Ask, encodeHave, encodeNone, encodeOffer, encodePart, MAX_ASKS, MAX_SLOTS } from "./exchange_messages.ts";

/** Options of {@linkcode Server}. */
export interface ServerOptions {
  readonly store: BlobStore;
  /** Whether the other may have a blob at all. @default {() => true} */
  readonly serves?: (blob: string) => boolean;
}

/** Tells a peer what is here of what it seeks, and gives what it asks for, as far as it allows. */
export class Server {
  /** Bytes of leaves and proofs that were sent. */
  readonly counts = { bytes: 0 };
  readonly #options: ServerOptions;
  readonly #slots: string[] = [];
  readonly #told = new Map<number, number>();
  readonly #queue: Ask[] = [];
  #read = 0;
  #credit = 0;
  #allowed = 0;
  #leafVersion = -1;
  #unit: { readonly ask: Ask; readonly bytes: Uint8Array; at: number } | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** Whether we owe the other something. */
  get isWaiting(): boolean {
    return this.#queue.length > 0 || this.#read < this.#slots.length;
  }

  /** The other seeks blobs. @throws {RangeError} */
  seek(prefixes: readonly Uint8Array[]): void {
    if (this.#slots.length + prefixes.length > MAX_SLOTS) throw new RangeError("it seeks too many blobs");
    for (const prefix of prefixes) this.#slots.push(prefix.toHex());
  }

  /** The other asks for leaves. @throws {RangeError} */
  get(credit: number, asks: readonly Ask[]): void {
    if (this.#queue.length + asks.length > MAX_ASKS) throw new RangeError("it asks for too many leaves at a time");
    if (this.#credit + credit > MAX_CREDIT) throw new RangeError("it allows too much at a time");
    if (asks.some(({ slot }) => slot >= this.#slots.length)) throw new RangeError("it asks for what it did not seek");
    this.#queue.push(...asks);
    this.#credit += credit;
    this.#allowed = Math.max(this.#credit, 0.9 * this.#allowed);
  }

  /** What to say next. */
  next(maxBytes: number): Uint8Array | undefined {
    if (maxBytes < MIN_BYTES) return undefined;
    return this.#answer(maxBytes) ?? this.#update(maxBytes) ?? this.#part(maxBytes);
  }

  #answer(maxBytes: number): Uint8Array | undefined {
    if (this.#read === this.#slots.length) return undefined;
    const offers: Uint8Array[] = [];
    for (let room = maxBytes - 4; this.#read < this.#slots.length && room >= OFFER_BYTES; this.#read++) {
      const offer = this.#offer(this.#read, room);
      if (offer === undefined) continue;
      offers.push(offer);
      room -= offer.length;
    }
    return encodeHave(this.#read, offers);
  }

  /** Something that the other seeks has come here since. */
  #update(maxBytes: number): Uint8Array | undefined {
    const { leafVersion } = this.#options.store;
    if (this.#leafVersion === leafVersion || this.#queue.length > 1) return undefined;
    const offers: Uint8Array[] = [];
    let room = maxBytes - 4;
    for (let slot = 0; slot < this.#read; slot++) {
      if (room < OFFER_BYTES) break;
      const offer = this.#offer(slot, room);
      if (offer === undefined) continue;
      offers.push(offer);
      room -= offer.length;
    }
    if (room >= OFFER_BYTES) this.#leafVersion = leafVersion;
    return offers.length === 0 ? undefined : encodeHave(this.#read, offers);
  }

  /** What is here of a slot, when it is more than was told. */
  #offer(slot: number, maxBytes: number): Uint8Array | undefined {
    const { store, serves = () => true } = this.#options;
    const blob = store.find(this.#slots[slot]!);
    const offer = blob === undefined || !serves(blob) ? undefined : store.offer(blob);
    if (offer === undefined || offer.leaves.count <= (this.#told.get(slot) ?? 0)) return undefined;
    this.#told.set(slot, offer.leaves.count);
    return encodeOffer({ slot, ...offer }, maxBytes);
  }

  #part(maxBytes: number): Uint8Array | undefined {
    const [ask] = this.#queue;
    if (ask === undefined) return undefined;
    const unit = this.#unitOf(ask);
    if (unit === undefined) {
      this.#queue.shift();
      return encodeNone();
    }
    const left = unit.bytes.length - unit.at;
    // What is in pieces arrives in part when the link goes, and more is asked for while the rest is on its way.
    const piece = Math.max(Math.ceil(this.#allowed / PIECES), MIN_PIECE_BYTES);
    const count = Math.min(left, this.#credit, maxBytes - 1, piece, MAX_PART_BYTES);
    // A few bytes are not worth their message: there will be more room.
    if (count < Math.min(left, MIN_PART_BYTES)) return undefined;
    const bytes = unit.bytes.subarray(unit.at, unit.at += count);
    this.#credit -= count;
    this.counts.bytes += count;
    if (count === left) this.#queue.shift();
    return encodePart(bytes);
  }

  #unitOf(ask: Ask): { readonly bytes: Uint8Array; at: number } | undefined {
    if (this.#unit?.ask === ask) return this.#unit;
    const { store, serves = () => true } = this.#options;
    const blob = store.find(this.#slots[ask.slot]!);
    const size = blob === undefined || !serves(blob) ? undefined : store.offer(blob)?.size;
    const bytes = size === undefined ? undefined : store.unit({ blob: blob!, size }, ask.leaf);
    this.#unit = bytes === undefined || ask.at >= bytes.length ? undefined : { ask, bytes, at: ask.at };
    return this.#unit;
  }
}

const MIN_BYTES = 40;
/** Least bytes of an offer, see `encodeOffer`. */
const OFFER_BYTES = 24;
const MIN_PART_BYTES = 32;
/** In so many pieces comes what may be on its way. */
const PIECES = 6;
const MIN_PIECE_BYTES = 96;
const MAX_PART_BYTES = 1 << 15;
const MAX_CREDIT = 1 << 24;
