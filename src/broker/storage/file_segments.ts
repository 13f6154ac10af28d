import { TinmanError } from "../../errors/mod.ts";
import { readFile } from "../../files/mod.ts";
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
    return new FileBytes(this.#pool, this.#name(baseOffset, "log"), () => this.#make());
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
    this.#make();
    this.#pool.files.replace(this.#name(offset, kind), bytes);
  }

  listBeside(kind: BesideKind): number[] {
    return this.#offsets(kind);
  }

  removeBeside(offset: number, kind: BesideKind): void {
    this.#pool.files.remove(this.#name(offset, kind));
  }

  #make(): void {
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

class FileBytes implements SegmentBytes {
  #length: number;
  /** Whether bytes that do not count may lie behind those that do. */
  #isTorn = false;
  readonly #pool: FilePool;
  readonly #path: string;
  readonly #make: () => void;

  constructor(pool: FilePool, path: string, make: () => void) {
    [this.#pool, this.#path, this.#make] = [pool, path, make];
    this.#length = pool.files.stat(path)?.size ?? 0;
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    const length = this.#length;
    let taken = 0;
    let cause: unknown;
    try {
      this.#make();
      const file = this.#pool.use(this.#path);
      if (this.#isTorn) this.#mend(length);
      while (taken < bytes.length) {
        const count = file.write(taken === 0 ? bytes : bytes.subarray(taken));
        if (count <= 0) break;
        taken += count;
      }
    } catch (error) {
      cause = error;
    }
    if (cause === undefined && taken === bytes.length) {
      this.#length = length + taken;
      return;
    }
    this.#isTorn = true;
    const reason = cause instanceof Error ? cause.message : "the disk takes no more";
    const error = new TinmanError("WRITE_FAILED", `Cannot write to ${this.#path} at byte ${length}: ${reason}`, {
      path: this.#path,
      at: length,
      cause,
      hint: "free some space; what was written before is whole, and writing goes on when there is room",
    });
    try {
      this.#mend(length);
    } catch {
      // Tried again before the next write; whoever reads knows where the bytes that count end.
    }
    throw error;
  }

  read(at: number, length: number): Uint8Array {
    const into = new Uint8Array(Math.max(0, Math.min(length, this.#length - at)));
    if (into.length === 0) return into;
    const file = this.#pool.use(this.#path);
    let taken = 0;
    while (taken < into.length) {
      const count = file.read(taken === 0 ? into : into.subarray(taken), at + taken);
      if (count <= 0) break;
      taken += count;
    }
    return into.subarray(0, taken);
  }

  cut(length: number): void {
    if (length >= this.#length) return;
    this.#mend(length);
    this.#length = length;
  }

  sync(): void {
    if (this.#length > 0) this.#pool.use(this.#path).sync();
  }

  #mend(length: number): void {
    this.#pool.use(this.#path).truncate(length);
    this.#isTorn = false;
  }
}
