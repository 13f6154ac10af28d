import { createMemoryStore, type Store } from "../store/mod.ts";
import type { Archive, Archives } from "./archive.ts";
import { type ArchiveEntry, ArchiveIndex } from "./archive_index.ts";

/** Options of {@linkcode createMemoryArchives} and {@linkcode createStoreArchives}. */
export interface ArchivesOptions {
  /**
   * What all archives may hold together, each value counted with 512 bytes for its place. When it is more, what was not
   * used for the longest time goes; a value that is larger by itself is not kept. @default {1073741824}
   */
  readonly maxBytes?: number;
}

/** How archives have done. */
export interface ArchiveStatistics {
  /** Values that are kept. */
  readonly entries: number;
  /** What they hold, with 512 bytes each for their place. */
  readonly bytes: number;
  /** Values that were asked for and were there, since the archive was made. */
  readonly hits: number;
  /** Those that were not. */
  readonly misses: number;
  /** Values that had to go for others, or were too large to be kept. */
  readonly evictions: number;
}

/** Archives that can be looked into. */
export interface StoreArchives extends Archives, Disposable {
  /** {@linkcode ArchivesOptions.maxBytes} */
  readonly maxBytes: number;
  /** Names of the archives that hold something, sorted. */
  names(): string[];
  /** How one archive has done, or all together. */
  statistics(name?: string): ArchiveStatistics;
  /** What is in one archive or in all: what goes next comes first. */
  entries(name?: string): ArchiveEntry[];
  /** The bytes of an entry, without counting it as used. */
  peek(name: string, key: string): Uint8Array | undefined;
  /** Removes all that is in one archive, or in all; returns how many values those were. */
  clear(name?: string): number;
}

/** Archives in memory: they last as long as what this returns. */
export function createMemoryArchives(options: ArchivesOptions = {}): StoreArchives {
  return createStoreArchives(createMemoryStore(), options);
}

/**
 * Archives in a store. What was set is there after a kill; which values were used last is written when there is need or
 * when the archives are closed. Given a function, they open the store when it is needed and close it themselves.
 */
export function createStoreArchives(store: Store | (() => Store), options: ArchivesOptions = {}): StoreArchives {
  const { maxBytes = 1024 ** 3 } = options;
  if (!(maxBytes >= 0)) throw new RangeError(`Cannot keep ${maxBytes} bytes: expected a number from 0 on`);
  return new KeptArchives(store, maxBytes);
}

/** So many uses are remembered before they are written. */
const MAX_TOUCHED = 16_384;

class KeptArchives implements StoreArchives {
  readonly maxBytes: number;
  readonly #store: Store | (() => Store);
  readonly #archives = new Map<string, Archive>();
  readonly #counts = new Map<string, { hits: number; misses: number; evictions: number }>();
  /** What was used since it was written down, by archive and key: the higher, the later. */
  readonly #touched = new Map<string, Map<string, number>>();
  #touches = 0;
  #index: ArchiveIndex | undefined;

  constructor(store: Store | (() => Store), maxBytes: number) {
    [this.#store, this.maxBytes] = [store, maxBytes];
  }

  open(name: string): Archive {
    const known = this.#archives.get(name);
    if (known !== undefined) return known;
    const archive: Archive = {
      get: (key) => this.#get(name, key),
      set: (key, bytes) => this.#set(name, key, bytes),
      delete: (key) => this.#open().transaction((index) => index.remove(name, key)),
      keys: () => this.#open().list(name).sort((a, b) => a.setAt - b.setAt).map(({ key }) => key),
      clear: () => void this.clear(name),
    };
    this.#archives.set(name, archive);
    return archive;
  }

  close(): void {
    const index = this.#index;
    if (index === undefined) return;
    this.#tryFlush();
    this.#index = undefined;
    if (typeof this.#store === "function") index.store.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  names(): string[] {
    return this.#open().names();
  }

  statistics(name?: string): ArchiveStatistics {
    const index = this.#open();
    this.#flush();
    const { entries, bytes } = name === undefined ? index.total() : sizeOf(index.list(name));
    return { entries, bytes, ...index.counts(name) };
  }

  entries(name?: string): ArchiveEntry[] {
    const index = this.#open();
    this.#flush();
    return (name === undefined ? index.names().flatMap((each) => index.list(each)) : index.list(name))
      .sort((a, b) => a.usedAt - b.usedAt);
  }

  peek(name: string, key: string): Uint8Array | undefined {
    return this.#open().get(name, key);
  }

  clear(name?: string): number {
    const index = this.#open();
    this.#flush();
    return index.transaction(() => index.clear(name));
  }

  #get(name: string, key: string): Uint8Array | undefined {
    const bytes = this.#open().get(name, key);
    const counts = this.#countsOf(name);
    if (bytes === undefined) counts.misses++;
    else {
      counts.hits++;
      this.#touchedOf(name).set(key, this.#touches++);
      if (this.#touches >= MAX_TOUCHED) this.#tryFlush();
    }
    return bytes;
  }

  #set(name: string, key: string, bytes: Uint8Array): void {
    const index = this.#open();
    index.transaction(() => {
      // What was used before is older than what is set now.
      if (this.#touches > 0) index.touch(this.#inOrder());
      if (!index.set(name, key, bytes, this.maxBytes)) {
        this.#countsOf(name).evictions++;
        return;
      }
      for (const { name } of index.shrink(this.maxBytes)) this.#countsOf(name).evictions++;
    });
    this.#forgetTouches();
  }

  /** Writes down what was used and counted. */
  #flush(): void {
    const index = this.#open();
    if (this.#touches === 0 && this.#counts.size === 0) return;
    index.transaction(() => {
      if (this.#touches > 0) index.touch(this.#inOrder());
      for (const [name, counts] of this.#counts) index.addCounts(name, counts);
    });
    this.#forgetTouches();
    this.#counts.clear();
  }

  /** Forgets what cannot be written: the disk is full, or another process does not let go. All values are there. */
  #tryFlush(): void {
    try {
      this.#flush();
    } catch {
      this.#forgetTouches();
      this.#counts.clear();
    }
  }

  /** What was used, the last at the end. */
  #inOrder(): (readonly [name: string, key: string])[] {
    return [...this.#touched].flatMap(([name, keys]) => [...keys].map(([key, at]) => ({ name, key, at })))
      .sort((a, b) => a.at - b.at).map(({ name, key }) => [name, key] as const);
  }

  #touchedOf(name: string): Map<string, number> {
    let keys = this.#touched.get(name);
    if (keys === undefined) this.#touched.set(name, keys = new Map());
    return keys;
  }

  #forgetTouches(): void {
    this.#touched.clear();
    this.#touches = 0;
  }

  #countsOf(name: string): { hits: number; misses: number; evictions: number } {
    let counts = this.#counts.get(name);
    if (counts === undefined) this.#counts.set(name, counts = { hits: 0, misses: 0, evictions: 0 });
    return counts;
  }

  #open(): ArchiveIndex {
    return this.#index ??= new ArchiveIndex(typeof this.#store === "function" ? this.#store() : this.#store);
  }
}

function sizeOf(list: readonly ArchiveEntry[]): { entries: number; bytes: number } {
  return { entries: list.length, bytes: list.reduce((sum, { bytes }) => sum + bytes, 0) };
}
