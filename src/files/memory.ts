import { TinmanError } from "../errors/mod.ts";
import type { FileMode, Files, FileStat, OpenFile } from "./files.ts";

/** Options of {@linkcode createMemoryFiles}. */
export interface MemoryFilesOptions {
  /** Size of the pretended disk in bytes; writing beyond it takes fewer bytes than given. @default {Infinity} */
  readonly diskBytes?: number;
}

/** Files in memory, for tests and simulations: needs no permission and forgets everything. Paths are taken as they are. */
export function createMemoryFiles(options: MemoryFilesOptions = {}): Files {
  return new MemoryFiles(new Disk(options.diskBytes ?? Infinity));
}

class MemoryFiles implements Files {
  readonly #contents = new Map<string, Content>();
  readonly #folders = new Set<string>();
  readonly #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  open(path: string, mode: FileMode): OpenFile {
    const found = this.#contents.get(path);
    if (found === undefined && this.stat(path) !== undefined) throw notFound(path, "it is a folder");
    if (found === undefined && mode === "read") throw notFound(path, "no such file or folder");
    if (found !== undefined && mode === "create") throw alreadyThere(path);
    const content = found ?? new Content(this.#disk);
    this.#contents.set(path, content);
    return new MemoryFile(path, content, mode);
  }

  stat(path: string): FileStat | undefined {
    const content = this.#contents.get(path);
    if (content !== undefined) return { kind: "file", size: content.length };
    return this.#folders.has(path) || this.#below(path).length > 0 ? { kind: "folder", size: 0 } : undefined;
  }

  realPath(path: string): string | undefined {
    return this.stat(path) === undefined ? undefined : path;
  }

  list(path: string): string[] {
    const names = this.#below(path).map((name) => name.slice(path.length + 1).split("/")[0]!);
    return [...new Set(names)].sort();
  }

  makeFolder(path: string): void {
    if (this.#contents.has(path)) throw alreadyThere(path);
    this.#folders.add(path);
  }

  replace(path: string, bytes: Uint8Array): void {
    const content = new Content(this.#disk);
    if (content.append(bytes) < bytes.length) {
      content.cut(0);
      throw new TinmanError("WRITE_FAILED", `Cannot write ${path}: the disk is full`, { path });
    }
    this.remove(path);
    this.#contents.set(path, content);
  }

  remove(path: string): void {
    for (const name of [path, ...this.#below(path)]) {
      this.#contents.get(name)?.drop();
      this.#contents.delete(name);
      this.#folders.delete(name);
    }
  }

  freeBytes(): number | undefined {
    return this.#disk.freeBytes === Infinity ? undefined : this.#disk.freeBytes;
  }

  map(): undefined {
    return undefined;
  }

  #below(path: string): string[] {
    return [...this.#contents.keys(), ...this.#folders].filter((name) => name.startsWith(`${path}/`));
  }
}

class Disk {
  freeBytes: number;

  constructor(bytes: number) {
    this.freeBytes = bytes;
  }
}

/** The bytes of a file. As on a real disk they live on, when the name is gone, while somebody has the file open. */
class Content {
  length = 0;
  #bytes = new Uint8Array(0);
  #disk: Disk;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  append(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, this.#disk.freeBytes);
    this.#disk.freeBytes -= taken;
    if (this.length + taken > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.length + taken, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes.subarray(0, taken), this.length);
    this.length += taken;
    return taken;
  }

  read(into: Uint8Array, at: number): number {
    const part = this.#bytes.subarray(Math.min(at, this.length), Math.min(at + into.length, this.length));
    into.set(part);
    return part.length;
  }

  cut(size: number): void {
    this.#disk.freeBytes += Math.max(0, this.length - size);
    this.length = Math.min(this.length, size);
  }

  /** Gives its room back to the disk. */
  drop(): void {
    this.#disk.freeBytes += this.length;
    this.#disk = new Disk(Infinity);
  }
}

class MemoryFile implements OpenFile {
  readonly path: string;
  readonly #mode: FileMode;
  #content: Content | undefined;

  constructor(path: string, content: Content, mode: FileMode) {
    [this.path, this.#content, this.#mode] = [path, content, mode];
  }

  size(): number {
    return this.#open().length;
  }

  read(into: Uint8Array, at: number): number {
    return this.#open().read(into, at);
  }

  write(bytes: Uint8Array): number {
    return this.#writable().append(bytes);
  }

  sync(): void {
    this.#open();
  }

  truncate(size: number): void {
    this.#writable().cut(size);
  }

  close(): void {
    this.#content = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #open(): Content {
    if (this.#content === undefined) throw new TinmanError("CLOSED", `Cannot use ${this.path}: it was closed`, {});
    return this.#content;
  }

  #writable(): Content {
    const content = this.#open();
    if (this.#mode !== "read") return content;
    const { path } = this;
    throw new TinmanError("WRITE_FAILED", `Cannot write ${path}: it was opened for reading only`, { path });
  }
}

function notFound(path: string, what: string): TinmanError {
  return new TinmanError("NOT_FOUND", `Cannot open ${path}: ${what}`, { kind: "file", id: path });
}

function alreadyThere(path: string): TinmanError {
  return new TinmanError("EXISTS", `Cannot create ${path}: it is already there`, { path });
}
