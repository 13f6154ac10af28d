import { TinmanError } from "../errors/mod.ts";
import type { FileMode, Files, FileStat, OpenFile } from "./files.ts";

/** Options of {@linkcode createMemoryFiles}. */
export interface MemoryFilesOptions {
  /** Size of the pretended disk in bytes; writing beyond it takes fewer bytes than given. @default {Infinity} */
  readonly diskBytes?: number;
}

interface Entry {
  bytes: Uint8Array;
  length: number;
}

/** Files in memory, for tests and simulations: needs no permission and forgets everything. Paths are taken as they are. */
export function createMemoryFiles(options: MemoryFilesOptions = {}): Files {
  return new MemoryFiles(options.diskBytes ?? Infinity);
}

class MemoryFiles implements Files {
  readonly #entries = new Map<string, Entry>();
  readonly #folders = new Set<string>();
  readonly #diskBytes: number;
  #used = 0;

  constructor(diskBytes: number) {
    this.#diskBytes = diskBytes;
  }

  open(path: string, mode: FileMode): OpenFile {
    let entry = this.#entries.get(path);
    if (mode === "read" && entry === undefined) {
      throw new TinmanError("NOT_FOUND", `Cannot open ${path}: no such file`, { kind: "file", id: path });
    }
    if (mode === "create" && entry !== undefined) {
      throw new TinmanError("EXISTS", `Cannot create ${path}: it is already there`, { path });
    }
    if (entry === undefined) this.#entries.set(path, entry = { bytes: new Uint8Array(0), length: 0 });
    return new MemoryFile(path, entry, (wanted) => this.#reserve(wanted));
  }

  stat(path: string): FileStat | undefined {
    const entry = this.#entries.get(path);
    if (entry !== undefined) return { kind: "file", size: entry.length };
    return this.#folders.has(path) || this.#below(path).length > 0 ? { kind: "folder", size: 0 } : undefined;
  }

  list(path: string): string[] {
    const rest = this.#below(path).map((name) => name.slice(path.length + 1).split("/")[0]!);
    return [...new Set(rest)].sort();
  }

  makeFolder(path: string): void {
    this.#folders.add(path);
  }

  replace(path: string, bytes: Uint8Array): void {
    const before = this.#entries.get(path)?.length ?? 0;
    if (this.#reserve(bytes.length - before) < bytes.length - before) {
      throw new TinmanError("WRITE_FAILED", `Cannot write ${path}: the disk is full`, { path });
    }
    this.#entries.set(path, { bytes: bytes.slice(), length: bytes.length });
  }

  remove(path: string): void {
    for (const name of [path, ...this.#below(path)]) {
      this.#used -= this.#entries.get(name)?.length ?? 0;
      this.#entries.delete(name);
      this.#folders.delete(name);
    }
  }

  freeBytes(): number | undefined {
    return this.#diskBytes === Infinity ? undefined : this.#diskBytes - this.#used;
  }

  map(): undefined {
    return undefined;
  }

  #below(path: string): string[] {
    return [...this.#entries.keys(), ...this.#folders].filter((name) => name.startsWith(`${path}/`));
  }

  #reserve(wanted: number): number {
    const taken = Math.min(wanted, this.#diskBytes - this.#used);
    this.#used += taken;
    return taken;
  }
}

class MemoryFile implements OpenFile {
  readonly path: string;
  readonly #entry: Entry;
  readonly #reserve: (wanted: number) => number;

  constructor(path: string, entry: Entry, reserve: (wanted: number) => number) {
    this.path = path;
    this.#entry = entry;
    this.#reserve = reserve;
  }

  size(): number {
    return this.#entry.length;
  }

  read(into: Uint8Array, at: number): number {
    const part = this.#entry.bytes.subarray(at, Math.min(at + into.length, this.#entry.length));
    into.set(part);
    return part.length;
  }

  write(bytes: Uint8Array): number {
    const entry = this.#entry;
    const taken = this.#reserve(bytes.length);
    if (entry.length + taken > entry.bytes.length) {
      const larger = new Uint8Array(Math.max(entry.length + taken, entry.bytes.length * 2));
      larger.set(entry.bytes.subarray(0, entry.length));
      entry.bytes = larger;
    }
    entry.bytes.set(bytes.subarray(0, taken), entry.length);
    entry.length += taken;
    return taken;
  }

  sync(): void {}

  truncate(size: number): void {
    const cut = Math.max(0, this.#entry.length - size);
    this.#reserve(-cut);
    this.#entry.length -= cut;
  }

  close(): void {}

  [Symbol.dispose](): void {}
}
