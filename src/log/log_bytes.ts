import type { Files, OpenFile } from "../files/mod.ts";

/**
 * The bytes of one log file: mapped where that can be had and the file no longer changes, read piece by piece where not.
 * What is given out is never written to again, so frames may keep slices of it.
 */
export class LogBytes {
  /** Where the file is. */
  readonly path: string;
  /** Whether the whole file is in memory without having been read. */
  readonly mapped: boolean;
  readonly #file: OpenFile;
  readonly #map: Uint8Array | undefined;
  #size: number;

  /** Opens a file that must be there. `map` only when nobody writes to it any more. */
  constructor(files: Files, path: string, options: { readonly map?: boolean } = {}) {
    this.path = path;
    this.#file = files.open(path, "read");
    this.#map = options.map ? files.map(path) : undefined;
    this.mapped = this.#map !== undefined;
    this.#size = this.#map?.length ?? this.#file.size();
  }

  /** Size in bytes when it was last looked at. */
  get size(): number {
    return this.#size;
  }

  /** Looks at the size again. */
  refresh(): void {
    if (this.#map === undefined) this.#size = this.#file.size();
  }

  /** The bytes from `at` on, fewer than `length` at the end of the file. */
  read(at: number, length: number): Uint8Array {
    const end = Math.min(at + length, this.#size);
    if (this.#map !== undefined) return this.#map.subarray(at, end);
    const bytes = new Uint8Array(Math.max(0, end - at));
    return bytes.subarray(0, this.fill(bytes, at));
  }

  /** Reads into `into`, which stays the caller's; returns how many bytes came, fewer only at the end of the file. */
  fill(into: Uint8Array, at: number): number {
    let count = 0;
    while (count < into.length) {
      const more = this.#file.read(count === 0 ? into : into.subarray(count), at + count);
      if (more <= 0) break;
      count += more;
    }
    return count;
  }

  /** Releases the file; what was given out stays valid. Twice is fine. */
  close(): void {
    this.#file.close();
  }
}
