/** Values that outlive a run, by key: what `caching()` and builders keep. One belongs to one processor alone. */
export interface Archive {
  /** The bytes under a key, which are not to be changed. */
  get(key: string): Uint8Array | undefined;
  /** Keeps bytes under a key, in place of what was there. They are written when this returns. */
  set(key: string, bytes: Uint8Array): void;
  /** Removes a key; says whether it was there. */
  delete(key: string): boolean;
  /** All keys, in the order in which they were last set. */
  keys(): Iterable<string>;
  /** Removes all. */
  clear(): void;
}

/** Where archives are kept: in memory, or in a store on disk. */
export interface Archives {
  /** The archive with this name; the same one for the same name. */
  open(name: string): Archive;
  /** Writes down what is not written yet and lets go. It may be used again: what is needed is opened anew. */
  close(): void;
}
