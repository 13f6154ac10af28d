import { isTinmanError } from "../../errors/mod.ts";
import type { Downloads } from "./downloads.ts";
import { type Ask, encodeGet, encodeSeek, MAX_SLOTS, type Offer, PREFIX_BYTES } from "./exchange_messages.ts";
import { type LeafSet, leavesOf } from "./leaf_set.ts";
import { type BlobRef, leafCount, unitBytes } from "./tree.ts";
import { CreditWindow } from "./credit_window.ts";

/** Options of {@linkcode Fetcher}. */
export interface FetcherOptions {
  readonly downloads: Downloads;
  /** Who the other is, the same in each contact if that is known for sure. */
  readonly peer: string;
  readonly nowMs: () => number;
  /** Longest blob to fetch over this link. @default {Infinity} */
  readonly maxFetchBytes?: number;
  /** After how long without a word no contact goes on for the sake of what was asked for. @default {300000} */
  readonly giveUpMs?: number;
}

/** Seeks blobs at a peer, asks for their leaves, and keeps what comes. */
export class Fetcher {
  /** Bytes of leaves and proofs that came, and those of them that were of no use. */
  readonly counts = { bytes: 0, wasted: 0 };
  readonly #options: FetcherOptions;
  readonly #window: CreditWindow;
  readonly #slots: BlobRef[] = [];
  readonly #slotOf = new Map<BlobRef, number>();
  readonly #theirs = new Map<BlobRef, LeafSet>();
  readonly #queue: Asked[] = [];
  #read = 0;
  #sought: readonly BlobRef[] | undefined;
  #heardMs: number;
  #isStopped = false;

  constructor(options: FetcherOptions) {
    [this.#options, this.#heardMs] = [options, options.nowMs()];
    this.#window = new CreditWindow(options.nowMs);
  }

  /** Whether there is something to ask for. */
  get isWanting(): boolean {
    const { downloads, maxFetchBytes = Infinity } = this.#options;
    return downloads.missing().some(({ size }) => size <= maxFetchBytes);
  }

  /** Calls `wake` when others have brought something that may be told; returns what ends that. */
  listen(wake: () => void): () => void {
    return this.#options.downloads.listen(this, wake);
  }

  /** Whether the other owes us something, and may still give it. */
  get isWaiting(): boolean {
    const { nowMs, giveUpMs = 300_000 } = this.#options;
    const isAsking = this.#queue.length > 0 || this.#read < this.#slots.length;
    return isAsking && !this.#isStopped && nowMs() - this.#heardMs <= giveUpMs;
  }

  /** What to say next. */
  next(maxBytes: number): Uint8Array | undefined {
    if (this.#isStopped || maxBytes < MIN_BYTES) return undefined;
    return this.#seek(maxBytes) ?? this.#get(maxBytes);
  }

  /** What the other has. @throws {RangeError} */
  offered(read: number, offers: readonly Offer[]): void {
    if (read > this.#slots.length || read < this.#read) throw new RangeError(`${read} blobs were not sought`);
    this.#read = read;
    this.#heardMs = this.#options.nowMs();
    for (const { slot, size, leaves } of offers) {
      const ref = this.#slots[slot];
      if (ref === undefined || slot >= read) throw new RangeError(`nothing was sought as ${slot}`);
      // Who says another size has another blob, or was told a lie by whoever attached it.
      if (size === ref.size) this.#theirs.set(ref, leavesOf(leaves, leafCount(size)));
    }
  }

  /** A piece of the first leaf that is asked for. @throws {RangeError} when it was not, or is wrong. */
  part(bytes: Uint8Array): void {
    this.counts.bytes += bytes.length;
    if (this.#isStopped) return void (this.counts.wasted += bytes.length);
    const { downloads, peer, nowMs } = this.#options;
    const [asked] = this.#queue;
    if (asked === undefined || bytes.length === 0) throw new RangeError("nothing was asked for");
    const { ref, leaf, at, end } = asked;
    if (at + bytes.length > end) throw new RangeError("a leaf is longer than it is");
    this.#heardMs = nowMs();
    if (!this.#window.take(bytes.length)) throw new RangeError("it is more than was asked for");
    if (downloads.store.isDiskLow) {
      this.counts.wasted += bytes.length;
      return this.close();
    }
    asked.at += bytes.length;
    downloads.touch(ref, { leaf, by: this });
    try {
      const taken = downloads.store.take(ref, { leaf, at, bytes, from: peer });
      if (taken === "wrong") throw new RangeError("a leaf does not belong to its blob");
      if (taken === "whole") downloads.came(this);
      if (taken === "known" || taken === "gap") this.counts.wasted += bytes.length;
    } catch (error) {
      if (!isTinmanError(error, "WRITE_FAILED")) throw error;
      // What is more important than files goes on.
      return this.close();
    }
    if (asked.at === end) this.#done();
  }

  /** The other cannot give the first leaf that is asked for. @throws {RangeError} */
  none(): void {
    const [asked] = this.#queue;
    if (asked !== undefined) this.#theirs.get(asked.ref)?.delete(asked.leaf);
    else if (!this.#isStopped) throw new RangeError("nothing was asked for");
    if (asked !== undefined) this.#done();
  }

  /** Leaves to others what has not come. */
  close(): void {
    const { downloads, peer } = this.#options;
    if (!this.#isStopped) {
      downloads.remember(peer, new Map(this.#queue.map(({ ref }) => [ref, this.#theirs.get(ref)!])));
    }
    this.#isStopped = true;
    while (this.#queue.length > 0) this.#done();
  }

  get #queuedBytes(): number {
    return this.#queue.reduce((sum, { at, end }) => sum + end - at, 0);
  }

  #done(): void {
    const { ref, leaf } = this.#queue.shift()!;
    this.#options.downloads.release(ref, { leaf, by: this });
  }

  #seek(maxBytes: number): Uint8Array | undefined {
    const missing = this.#options.downloads.missing();
    if (missing === this.#sought || this.#read < this.#slots.length) return undefined;
    // Names cost air: while there is enough to do, only what is the most urgent is sought.
    const [first] = missing;
    const isUrgent = first !== undefined && !this.#slotOf.has(first);
    if (!isUrgent && this.#queuedBytes >= this.#window.bytes) return undefined;
    const { maxFetchBytes = Infinity } = this.#options;
    const room = Math.min(MAX_NAMES, Math.floor((maxBytes - 1) / PREFIX_BYTES), MAX_SLOTS - this.#slots.length);
    const fresh: BlobRef[] = [];
    for (const ref of missing) {
      if (fresh.length >= room) break;
      if (!this.#slotOf.has(ref) && ref.size <= maxFetchBytes) fresh.push(ref);
    }
    if (fresh.length < room) this.#sought = missing;
    if (fresh.length === 0) return undefined;
    const remembered = this.#options.downloads.remembered(this.#options.peer);
    for (const ref of fresh) {
      this.#slotOf.set(ref, this.#slots.push(ref) - 1);
      // It is asked for at once: who had it when the last contact broke off will have it still, or says no.
      const leaves = remembered?.get(ref);
      if (leaves !== undefined) this.#theirs.set(ref, leaves);
    }
    this.#heardMs = this.#options.nowMs();
    return encodeSeek(fresh.map(({ blob }) => blob));
  }

  #get(maxBytes: number): Uint8Array | undefined {
    const room = Math.min(MAX_QUEUE - this.#queue.length, Math.floor((maxBytes - 6) / ASK_BYTES));
    const asks: Ask[] = [];
    if (this.#queuedBytes < this.#window.bytes) {
      while (asks.length < room && this.#queuedBytes < 2 * this.#window.bytes) {
        const ask = this.#ask();
        if (ask === undefined) break;
        asks.push(ask);
      }
    }
    if (this.#queue.length === 0) return undefined;
    const credit = this.#window.grant();
    return asks.length === 0 && credit === 0 ? undefined : encodeGet(credit, asks);
  }

  #ask(): Ask | undefined {
    const { downloads, peer, nowMs } = this.#options;
    for (const ref of downloads.missing()) {
      const has = this.#theirs.get(ref);
      const leaf = has && this.#claim(ref, has);
      if (leaf === undefined) continue;
      const at = downloads.store.progress(ref)!.nextAt(leaf, peer);
      if (this.#queue.length === 0) {
        this.#heardMs = nowMs();
        this.#window.restart();
      }
      this.#queue.push({ ref, leaf, at, end: unitBytes(ref.size, leaf) });
      return { slot: this.#slotOf.get(ref)!, leaf, at };
    }
    return undefined;
  }

  #claim(ref: BlobRef, has: LeafSet): number | undefined {
    if (this.#options.downloads.store.isDiskLow) return void this.close();
    try {
      const leaf = this.#options.downloads.claim(ref, { by: this, has });
      if (leaf === undefined || !this.#queue.some((asked) => asked.ref === ref && asked.leaf === leaf)) return leaf;
    } catch (error) {
      if (!isTinmanError(error, "WRITE_FAILED")) throw error;
      this.close();
    }
    return undefined;
  }
}

/** A leaf that is on its way, and where its next byte belongs. */
interface Asked {
  readonly ref: BlobRef;
  readonly leaf: number;
  at: number;
  readonly end: number;
}

const MIN_BYTES = 24;
const MAX_NAMES = 32;
const MAX_QUEUE = 128;
/** Most bytes of a slot, a leaf and a place in it. */
const ASK_BYTES = 2 + 4 + 3;
