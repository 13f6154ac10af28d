/** Text, numbers and bytes, which a store keeps in this order: bytes before text before numbers, each by its own order. */
export type StoreKeyPart = string | number | Uint8Array;

/** What a value is found by: one part or more, such as `["offsets", "group 1", 3]`. Keys go by their first part, then on. */
export type StoreKey = readonly StoreKeyPart[];

/** A key and what is under it. */
export interface StoreEntry {
  /** Its parts. */
  readonly key: StoreKey;
  /** The bytes under it, which are not to be changed. */
  readonly value: Uint8Array;
}

/** Which keys; all of them where nothing is said. */
export interface StoreRange {
  /** Those that begin with these parts. */
  readonly prefix?: StoreKey;
  /** From this one on, itself included. */
  readonly start?: StoreKey;
  /** Up to this one, itself left out. */
  readonly end?: StoreKey;
  /** The last one first. @default {false} */
  readonly reverse?: boolean;
}

/**
 * Ordered keys with values: what outlives a process beside its logs. All calls are synchronous, so that a full disk is an
 * error of the call that met it. Suite: `testStore`.
 */
export interface Store extends Disposable {
  /** The bytes under a key, which are not to be changed. */
  get(key: StoreKey): Uint8Array | undefined;
  /** Keeps a copy of the bytes, in place of what was there. It outlives the process when this, or the outermost transaction, returns. */
  set(key: StoreKey, value: Uint8Array): void;
  /** Removes a key; says whether it was there. */
  delete(key: StoreKey): boolean;
  /** Removes all keys that begin with these parts, all there are for none; returns how many those were. */
  clear(prefix: StoreKey): number;
  /** Keys in their order. What is set or removed meanwhile may be seen or not; none comes twice. */
  keys(range?: StoreRange): IterableIterator<StoreKey>;
  /** Keys and values, as {@linkcode Store.keys} gives them. */
  entries(range?: StoreRange): IterableIterator<StoreEntry>;
  /**
   * Does all that `action` does to the store, or nothing when it throws; also when the process ends in the middle of it.
   * One inside another is undone by itself when it throws.
   *
   * @throws {TypeError} When `action` returns a promise: nobody else would come to the store meanwhile.
   */
  transaction<T>(action: () => T): T;
  /** Lets go of it. Closing twice is fine; all else is then refused with `CLOSED`. */
  close(): void;
}
