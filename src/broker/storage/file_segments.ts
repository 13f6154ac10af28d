import { readFile } from "../../files/mod.ts";
import { AppendedFile } from "./appended_file.ts";
import type { FilePool } from "./file_pool.ts";
import type { BesideKind, SegmentBytes, SegmentFolder } from "./segment_folder.ts";

/** Longest thing that lies beside a segment. */
const MAX_BESIDE_BYTES = 2 ** 28;

/**
 * Segments in a folder: `00000000000000000042.log` begins with offset 42 and holds record batches and nothing else, so
 * whatever reads Kafka's segments reads it; `….index` says where they lie, `….producers` what producers had written.
 */
export class FileSegments implements SegmentFolder {
  readonly isDurable = true;
  readonly path: string;
  readonly #pool: FilePool;
  #isMade = false;

  /** Those in the folder at `path`, which is made when something is put into it. */
  constructor(pool: FilePool, path: string) {
    [this.#pool, this.path] = [pool, path];
  }

  list(): number[] {
    return this.#offsets("log");
  }

  open(baseOffset: number): SegmentBytes {
    return new AppendedFile(this.#pool, this.#name(baseOffset, "log"), () => this.#makeFolder());
  }

  make(baseOffset: number): void {
    this.#makeFolder();
    this.#pool.use(this.#name(baseOffset, "log"));
  }

  replace(baseOffset: number, bytes: Uint8Array): SegmentBytes {
    const path = this.#name(baseOffset, "log");
    // An index of other bytes must not outlive them.
    this.removeBeside(baseOffset, "index");
    this.#pool.release(path);
    this.#pool.files.replace(path, bytes);
    return this.open(baseOffset);
  }

  remove(baseOffset: number): void {
    for (const kind of ["index", "log"] as const) {
      const path = this.#name(baseOffset, kind);
      this.#pool.release(path);
      this.#pool.files.remove(path);
    }
  }

  readBeside(offset: number, kind: BesideKind): Uint8Array | undefined {
    return readFile(this.#pool.files, this.#name(offset, kind), MAX_BESIDE_BYTES);
  }

  writeBeside(offset: number, kind: BesideKind, bytes: Uint8Array): void {
    this.#makeFolder();
    this.#pool.files.replace(this.#name(offset, kind), bytes);
  }

  listBeside(kind: BesideKind): number[] {
    return this.#offsets(kind);
  }

  removeBeside(offset: number, kind: BesideKind): void {
    this.#pool.files.remove(this.#name(offset, kind));
  }

  #makeFolder(): void {
    if (!this.#isMade) this.#pool.files.makeFolder(this.path);
    this.#isMade = true;
  }

  #name(offset: number, kind: BesideKind | "log"): string {
    return `${this.path}/${String(offset).padStart(20, "0")}.${kind}`;
  }

  #offsets(kind: BesideKind | "log"): number[] {
    return this.#pool.files.list(this.path).flatMap((name) => {
      const [, digits, found] = /^(\d{20})\.(\w+)$/.exec(name) ?? [];
      return found === kind ? [Number(digits)] : [];
    });
  }
}
