import type { Files } from "../../files/mod.ts";
import { type AtRest, PLAIN } from "./at_rest.ts";
import { PartFile } from "./part_file.ts";
import type { BlobRef } from "./tree.ts";

/** Blobs that are on their way, a log for each, named by blob and size: who lies about a size spoils nothing. */
export class PartFiles {
  /** Another number when one has begun or gone. */
  version = 0;
  readonly #files: Files;
  readonly #path: string;
  readonly #atRest: AtRest;
  readonly #refs = new Map<string, BlobRef>();
  // The latest few, the last used one at the end.
  readonly #open = new Map<string, PartFile>();

  /** Looks at what is in the folder. */
  constructor(files: Files, path: string, atRest: AtRest = PLAIN) {
    [this.#files, this.#path, this.#atRest] = [files, path, atRest];
    for (const name of files.list(path)) {
      const [, begin, size] = /^([0-9a-f]+)\.(\d{1,13})\.part$/.exec(name) ?? [];
      const blob = begin && atRest.blobNamed(begin);
      if (blob !== undefined) this.#refs.set(`${blob}.${size}`, { blob, size: Number(size) });
    }
  }

  /** All that have begun. */
  get refs(): Iterable<BlobRef> {
    return this.#refs.values();
  }

  /** Whether one has begun. */
  has(ref: BlobRef): boolean {
    return this.#refs.has(keyOf(ref));
  }

  /** One, made if it is not there; it is only to be used at once. @throws {TinmanError} `WRITE_FAILED` */
  open(ref: BlobRef): PartFile {
    const key = keyOf(ref);
    if (!this.#refs.has(key)) this.#files.makeFolder(this.#path);
    const part = this.#open.get(key) ?? this.#partOf(ref);
    if (!this.#refs.has(key)) this.version++;
    this.#refs.set(key, ref);
    this.#open.delete(key);
    this.#open.set(key, part);
    for (const [oldest, other] of this.#open) {
      if (this.#open.size <= MAX_OPEN) break;
      other.close();
      this.#open.delete(oldest);
    }
    return part;
  }

  /** Removes all that is here of a blob. */
  remove(blob: string): void {
    for (const [key, ref] of [...this.#refs]) {
      if (ref.blob !== blob) continue;
      this.#open.get(key)?.close();
      this.#open.delete(key);
      this.#files.remove(this.#pathOf(ref));
      this.#refs.delete(key);
      this.version++;
    }
  }

  /** Lets go of the files; what is used opens again. */
  close(): void {
    for (const part of this.#open.values()) part.close();
    this.#open.clear();
  }

  #partOf(ref: BlobRef): PartFile {
    return new PartFile(ref, { files: this.#files, path: this.#pathOf(ref), atRest: this.#atRest });
  }

  #pathOf({ blob, size }: BlobRef): string {
    return `${this.#path}/${this.#atRest.fileName(blob)}.${size}.part`;
  }
}

const MAX_OPEN = 8;

function keyOf({ blob, size }: BlobRef): string {
  return `${blob}.${size}`;
}
