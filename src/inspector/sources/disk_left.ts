import { dirname } from "node:path";
import type { Files } from "../../files/mod.ts";

const EVERY_NS = 5e9;

/** What is left on the disk of a recording, asked for seldom. */
export class DiskLeft {
  readonly #files: Files;
  readonly #elapsedNs: () => number;
  #askedNs = -Infinity;
  #bytes: number | undefined;

  constructor(files: Files, elapsedNs: () => number) {
    [this.#files, this.#elapsedNs] = [files, elapsedNs];
  }

  /** Bytes that are free where `path` lies; undefined where nobody can tell. */
  look(path: string): number | undefined {
    const now = this.#elapsedNs();
    if (now - this.#askedNs < EVERY_NS) return this.#bytes;
    this.#askedNs = now;
    try {
      this.#bytes = this.#files.freeBytes(path) ?? this.#files.freeBytes(dirname(path));
    } catch {
      this.#bytes = undefined;
    }
    return this.#bytes;
  }
}
