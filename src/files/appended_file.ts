import { TinmanError } from "../errors/mod.ts";
import type { Files, OpenFile } from "./files.ts";

/**
 * A file that only grows, and that an interrupted write does not spoil: bytes are put behind its end, and count only
 * when they are kept; the rest is cut off again, now or, when that fails too, before the next write.
 */
export class AppendedFile {
  /** How many bytes count. */
  size: number;
  readonly #file: OpenFile;
  #put = 0;
  #cause: unknown;
  #unsynced = false;

  /** Makes the file, which must not be there; with `append` one that is there goes on. */
  constructor(files: Files, path: string, mode: "create" | "append" = "create") {
    this.#file = files.open(path, mode);
    this.size = this.#file.size();
  }

  /** Writes behind what was put before and returns how many bytes the disk took, all of them unless it fails. */
  put(bytes: Uint8Array): number {
    let taken = 0;
    if (!this.tryRepair()) return 0;
    try {
      while (taken < bytes.length) {
        const count = this.#file.write(taken === 0 ? bytes : bytes.subarray(taken));
        if (count <= 0) break;
        taken += count;
      }
    } catch (cause) {
      this.#cause = cause;
    }
    this.#put += taken;
    return taken;
  }

  /** Lets the first `count` of the bytes that were put count, and cuts off the others. */
  keep(count: number): void {
    const left = this.#put - count;
    this.size += count;
    this.#put = 0;
    this.#unsynced ||= count > 0;
    if (left === 0) return;
    try {
      this.#cut();
    } catch (cause) {
      this.#cause ??= cause;
    }
  }

  /** Cuts off all behind the first `size` bytes. */
  cut(size: number): void {
    this.size = size;
    this.#cut();
  }

  /** Cuts off what an earlier failure left behind what counts; false when that fails again. */
  tryRepair(): boolean {
    try {
      if (this.#put < 0) this.#cut();
      return true;
    } catch (cause) {
      this.#cause = cause;
      return false;
    }
  }

  /** Waits until what was put is on the disk; false when that failed. */
  trySync(): boolean {
    try {
      if (this.#unsynced || this.#put > 0) this.#file.sync();
      this.#unsynced = false;
      return true;
    } catch (cause) {
      this.#cause = cause;
      return false;
    }
  }

  /** The error for what did not work last. */
  failure(): TinmanError<"WRITE_FAILED"> {
    const cause = this.#cause;
    this.#cause = undefined;
    const reason = cause instanceof Error ? cause.message : "the disk takes no more";
    const message = `Cannot write to ${this.#file.path} at byte ${this.size}: ${reason}`;
    return new TinmanError("WRITE_FAILED", message, {
      path: this.#file.path,
      at: this.size,
      cause,
      hint: "free some space; what was written before is whole, and writing goes on when there is room",
    });
  }

  /** Releases the file; twice is fine. */
  close(): void {
    this.#file.close();
  }

  #cut(): void {
    this.#put = -1;
    this.#file.truncate(this.size);
    this.#put = 0;
  }
}
