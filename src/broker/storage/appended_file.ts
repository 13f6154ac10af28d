import { TinmanError } from "../../errors/mod.ts";
import type { FilePool } from "./file_pool.ts";

/** A file that only grows, by all that is given or by nothing: what a write that failed left behind is cut off again. */
export class AppendedFile {
  #length: number;
  /** Whether bytes that do not count may lie behind those that do. */
  #isTorn = false;
  readonly #pool: FilePool;
  readonly #path: string;
  readonly #makeFolder: () => void;

  /** The file at `path`, which need not be there: it is made, after its folder, when something is put into it. */
  constructor(pool: FilePool, path: string, makeFolder: () => void = () => {}) {
    [this.#pool, this.#path, this.#makeFolder] = [pool, path, makeFolder];
    this.#length = pool.files.stat(path)?.size ?? 0;
  }

  /** How many bytes count. */
  get length(): number {
    return this.#length;
  }

  /** Adds all of it, or nothing when it throws. @throws {TinmanError} `WRITE_FAILED` */
  append(bytes: Uint8Array): void {
    const length = this.#length;
    let taken = 0;
    let cause: unknown;
    try {
      if (length === 0) this.#makeFolder();
      const file = this.#pool.use(this.#path);
      this.mend();
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
    try {
      this.mend();
    } catch {
      // Tried again before the next write; whoever reads knows where the bytes that count end.
    }
    const failure = this.#failure(cause);
    this.#pool.failed(failure);
    throw failure;
  }

  /** Up to `length` bytes from `at` on; fewer at the end. */
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

  /** Cuts off what is behind `length`. */
  cut(length: number): void {
    if (length >= this.#length) return;
    this.#length = length;
    this.#isTorn = true;
    this.mend();
  }

  /** Cuts off what a write or a cut that failed left behind, if there is any. */
  mend(): void {
    if (this.#isTorn) this.#pool.use(this.#path).truncate(this.#length);
    this.#isTorn = false;
  }

  /** Waits until all that was added is on the disk. */
  sync(): void {
    this.mend();
    if (this.#length > 0) this.#pool.use(this.#path).sync();
  }

  /** Resolves when all that was added so far is on the disk; more may be added meanwhile. */
  async syncLater(): Promise<void> {
    const { files } = this.#pool;
    if (files.syncLater === undefined) return this.sync();
    this.mend();
    if (this.#length > 0) await files.syncLater(this.#path);
  }

  #failure(cause: unknown): TinmanError<"WRITE_FAILED"> {
    const [path, at] = [this.#path, this.#length];
    const reason = cause instanceof Error ? cause.message : "the disk takes no more";
    return new TinmanError("WRITE_FAILED", `Cannot write to ${path} at byte ${at}: ${reason}`, {
      path,
      at,
      cause,
      hint: "free some space; what was written before is whole, and writing goes on when there is room",
    });
  }
}
