import type { BlobStore } from "./blob_store.ts";
import type { LeafSet } from "./leaf_set.ts";
import { type BlobRef, leafCount } from "./tree.ts";

/** Options of {@linkcode Downloads}. */
export interface DownloadsOptions {
  readonly store: BlobStore;
  /** What is to be here, the most urgent first. The same array while nothing changes. */
  readonly wanted: () => readonly BlobRef[];
  /** The time of day. */
  readonly nowMs: () => number;
  /** After how long without a piece a leaf is asked of somebody else too. @default {60000} */
  readonly stallMs?: number;
}

/** Which leaves are to be fetched from whom: contacts that go on at the same time share the work. (SPEC A9) */
export class Downloads {
  readonly store: BlobStore;
  readonly #options: DownloadsOptions;
  readonly #claims = new Map<string, { readonly by: object; sinceMs: number }>();
  readonly #listeners = new Set<(by: object) => void>();
  readonly #refs = new Map<string, BlobRef>();
  // Who was met last is at the end.
  readonly #offered = new Map<string, ReadonlyMap<BlobRef, LeafSet>>();
  #missing: { readonly of: readonly BlobRef[]; readonly version: number; readonly refs: readonly BlobRef[] } = NOTHING;

  constructor(options: DownloadsOptions) {
    [this.#options, this.store] = [options, options.store];
  }

  /** Calls `wake` when a leaf has come by another contact than `by`; returns what ends that. */
  listen(by: object, wake: () => void): () => void {
    const listener = (other: object) => other === by || wake();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A leaf has come. */
  came(by: object): void {
    for (const listener of this.#listeners) listener(by);
  }

  /** What is to be here and is not, the most urgent first; each blob is always the same object. */
  missing(): readonly BlobRef[] {
    const { store } = this;
    const [of, { version }] = [this.#options.wanted(), store];
    if (this.#missing.of !== of || this.#missing.version !== version) {
      const refs = of.filter((ref) => !store.has(ref.blob) && store.accepts(ref))
        .map((ref) => this.#refs.getOrInsert(nameOf(ref), ref));
      this.#missing = { of, version, refs: [...new Set(refs)] };
    }
    return this.#missing.refs;
  }

  /** A leaf of a blob to ask for next, of those that somebody has: one that has begun before others. */
  claim(ref: BlobRef, { by, has }: { readonly by: object; readonly has: LeafSet }): number | undefined {
    const part = has.length === leafCount(ref.size) ? this.store.begin(ref) : undefined;
    if (part === undefined || part.leaves.isFull) return undefined;
    const isFree = (leaf: number) => has.has(leaf) && !part.leaves.has(leaf) && this.#isFree(ref, leaf);
    const leaf = part.begun().find(isFree) ?? firstLeaf(has.length, isFree);
    if (leaf !== undefined) this.#claims.set(nameOf(ref, leaf), { by, sinceMs: this.#options.nowMs() });
    return leaf;
  }

  /** A piece came. */
  touch(ref: BlobRef, { leaf, by }: { readonly leaf: number; readonly by: object }): void {
    const claim = this.#claims.get(nameOf(ref, leaf));
    if (claim?.by === by) claim.sinceMs = this.#options.nowMs();
  }

  /** Somebody does not fetch a leaf any more. */
  release(ref: BlobRef, { leaf, by }: { readonly leaf: number; readonly by: object }): void {
    const name = nameOf(ref, leaf);
    if (this.#claims.get(name)?.by === by) this.#claims.delete(name);
  }

  /** What a peer had of what was on its way from it when the contact with it ended. */
  remember(peer: string, offered: ReadonlyMap<BlobRef, LeafSet>): void {
    this.#offered.delete(peer);
    if (offered.size > 0) this.#offered.set(peer, offered);
    for (const oldest of this.#offered.keys()) if (this.#offered.size > MAX_PEERS) this.#offered.delete(oldest);
  }

  /** What was remembered. */
  remembered(peer: string): ReadonlyMap<BlobRef, LeafSet> | undefined {
    return this.#offered.get(peer);
  }

  #isFree(ref: BlobRef, leaf: number): boolean {
    const { nowMs, stallMs = 60_000 } = this.#options;
    const claim = this.#claims.get(nameOf(ref, leaf));
    return claim === undefined || nowMs() - claim.sinceMs >= stallMs;
  }
}

const MAX_PEERS = 64;
const NOTHING = { of: [], version: -1, refs: [] };

function nameOf({ blob, size }: BlobRef, leaf?: number): string {
  return `${blob}.${size}.${leaf}`;
}

function firstLeaf(count: number, isFree: (leaf: number) => boolean): number | undefined {
  for (let leaf = 0; leaf < count; leaf++) if (isFree(leaf)) return leaf;
  return undefined;
}
