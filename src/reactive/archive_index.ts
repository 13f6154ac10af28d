/*
 * How archives lie in a store:
 *
 *   ["archive", "value", name, key]        the bytes, and behind them their CRC-32, its lowest byte first
 *   ["archive", "place", name, key]        three doubles: set at, used at, bytes with their place
 *   ["archive", "count", name]             three doubles: hits, misses, evictions
 *   ["archive", "total"]                   three doubles: the last moment, entries, bytes with their places
 *
 * Moments are counted, not measured. All that one call changes is one transaction, so totals and orders hold after a kill.
 */
import { ByteReader, ByteWriter, crc32 } from "../bytes/mod.ts";
import type { Store, StoreKey } from "../store/mod.ts";

/** One value in an archive. */
export interface ArchiveEntry {
  /** Of the archive. */
  readonly name: string;
  /** What the value is found by. */
  readonly key: string;
  /** Its size, with 512 bytes for its place. */
  readonly bytes: number;
  /** When it was set: the higher, the later. Counts what happens to the archives of a store. */
  readonly setAt: number;
  /** When it was last set or got, counted in the same way. */
  readonly usedAt: number;
}

/** What an entry takes in a store besides its bytes, in round numbers. */
const PLACE_BYTES = 512;
const CRC_BYTES = 4;

/** So many are held in memory when something has to go. */
const MAX_OLDEST = 10_000;

type Triple = readonly [number, number, number];

/** Reads and writes the layout above. What changes more than one key is to be called in {@linkcode ArchiveIndex.transaction}. */
export class ArchiveIndex {
  /**
   * What was not used for the longest time, the oldest at the end. What is set or used meanwhile is behind all of them, so
   * they stay in this order until they are used up.
   */
  #oldest: ArchiveEntry[] = [];

  /** Looks into this store. */
  constructor(readonly store: Store) {}

  /** Does all that `action` changes, or nothing. */
  transaction<T>(action: (index: ArchiveIndex) => T): T {
    return this.store.transaction(() => action(this));
  }

  /** The bytes of an entry; none where they are damaged, as what is built again is better than what is wrong. */
  get(name: string, key: string): Uint8Array | undefined {
    const value = this.store.get(["archive", "value", name, key]);
    if (value === undefined || value.length < CRC_BYTES) return undefined;
    const bytes = value.subarray(0, -CRC_BYTES);
    return crc32(bytes) === new ByteReader(value.subarray(-CRC_BYTES)).u32() ? bytes : undefined;
  }

  /** Keeps bytes; says whether they are within the limit by themselves. What was there goes in any case. */
  set(name: string, key: string, bytes: Uint8Array, maxBytes: number): boolean {
    const size = bytes.length + PLACE_BYTES;
    if (size > maxBytes) {
      this.remove(name, key);
      return false;
    }
    const before = this.#place(name, key);
    const [moment, entries, total] = this.#total();
    const value = new ByteWriter(bytes.length + CRC_BYTES).bytes(bytes).u32(crc32(bytes)).view();
    this.store.set(["archive", "value", name, key], value);
    this.#put(["archive", "place", name, key], [moment + 1, moment + 1, size]);
    this.#put(TOTAL, [moment + 1, entries + (before === undefined ? 1 : 0), total + size - (before?.[2] ?? 0)]);
    return true;
  }

  /** Notes that entries were used, in this order, those that are still there. */
  touch(used: Iterable<readonly [name: string, key: string]>): void {
    let [moment, entries, total] = this.#total();
    for (const [name, key] of used) {
      const place = this.#place(name, key);
      if (place !== undefined) this.#put(["archive", "place", name, key], [place[0], ++moment, place[2]]);
    }
    this.#put(TOTAL, [moment, entries, total]);
  }

  /** Removes an entry; says whether it was there. */
  remove(name: string, key: string): boolean {
    const place = this.#place(name, key);
    if (place === undefined) return false;
    const [moment, entries, total] = this.#total();
    this.store.delete(["archive", "place", name, key]);
    this.store.delete(["archive", "value", name, key]);
    this.#put(TOTAL, [moment, entries - 1, total - place[2]]);
    return true;
  }

  /** Removes what was not used for the longest time, until all is within `maxBytes`. */
  shrink(maxBytes: number): ArchiveEntry[] {
    const gone: ArchiveEntry[] = [];
    let isFresh = false;
    while (this.#total()[2] > maxBytes) {
      const next = this.#oldest.pop();
      if (next === undefined) {
        // A total that does not fit what is there would have us look for ever.
        if (isFresh) break;
        this.#oldest = this.#findOldest();
        isFresh = true;
      } else if (this.#place(next.name, next.key)?.[1] === next.usedAt) {
        this.remove(next.name, next.key);
        gone.push(next);
      }
    }
    return gone;
  }

  /** Removes an archive, or all. */
  clear(name?: string): number {
    if (name === undefined) {
      const [, entries] = this.#total();
      this.store.clear(["archive"]);
      this.#oldest = [];
      return entries;
    }
    const list = this.list(name);
    for (const { key } of list) this.remove(name, key);
    this.store.delete(["archive", "count", name]);
    return list.length;
  }

  /** Names of the archives that hold something, sorted. */
  names(): string[] {
    const names: string[] = [];
    let start: StoreKey = PLACES;
    for (;;) {
      // From one name to the next, without going through what is between them.
      const { value, done } = this.store.keys({ prefix: PLACES, start }).next();
      const name = value?.[2];
      if (done || typeof name !== "string") return names;
      names.push(name);
      start = [...PLACES, `${name}\0`];
    }
  }

  /** What is in an archive, by key. */
  list(name: string): ArchiveEntry[] {
    const list: ArchiveEntry[] = [];
    for (const { key, value } of this.store.entries({ prefix: [...PLACES, name] })) {
      const [setAt, usedAt, bytes] = read(value);
      list.push({ name, key: key[3] as string, bytes, setAt, usedAt });
    }
    return list;
  }

  /** How much there is in all. */
  total(): { readonly entries: number; readonly bytes: number } {
    const [, entries, bytes] = this.#total();
    return { entries, bytes };
  }

  /** What was counted for an archive, or for all. */
  counts(name?: string): { readonly hits: number; readonly misses: number; readonly evictions: number } {
    const sum = [0, 0, 0];
    const prefix = name === undefined ? ["archive", "count"] : ["archive", "count", name];
    for (const { value } of this.store.entries({ prefix })) read(value).forEach((each, i) => sum[i]! += each);
    return { hits: sum[0]!, misses: sum[1]!, evictions: sum[2]! };
  }

  /** Adds to what is counted for an archive. */
  addCounts(name: string, more: { readonly hits: number; readonly misses: number; readonly evictions: number }): void {
    const [hits, misses, evictions] = read(this.store.get(["archive", "count", name]));
    this.#put(["archive", "count", name], [hits + more.hits, misses + more.misses, evictions + more.evictions]);
  }

  #findOldest(): ArchiveEntry[] {
    const all = this.names().flatMap((name) => this.list(name)).sort((a, b) => a.usedAt - b.usedAt);
    return all.slice(0, MAX_OLDEST).reverse();
  }

  #place(name: string, key: string): Triple | undefined {
    const value = this.store.get(["archive", "place", name, key]);
    return value && read(value);
  }

  #total(): Triple {
    return read(this.store.get(TOTAL));
  }

  #put(key: StoreKey, triple: Triple): void {
    this.store.set(key, new ByteWriter(24).f64(triple[0]).f64(triple[1]).f64(triple[2]).view());
  }
}

const TOTAL: StoreKey = ["archive", "total"];
const PLACES: StoreKey = ["archive", "place"];

function read(bytes: Uint8Array | undefined): Triple {
  // What is damaged counts as nothing: sizes and orders are then a little off, and all values are still there.
  if (bytes?.length !== 24) return [0, 0, 0];
  const reader = new ByteReader(bytes);
  const next = () => Math.max(0, reader.f64()) || 0;
  return [next(), next(), next()];
}
