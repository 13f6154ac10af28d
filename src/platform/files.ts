import fs from "node:fs";
import { dirname } from "node:path";
import { TinmanError } from "../errors/mod.ts";
import type { FileMode, Files, FileStat, OpenFile } from "../files/mod.ts";
import { codeOf, readFailure, writeFailure } from "./file_errors.ts";
import { createMapper } from "./mmap.ts";
import { isGranted } from "./permission.ts";

/** The files of this machine. */
export function createDenoFiles(): Files {
  return new DenoFiles();
}

// node:fs and not Deno.*: a read at a position is one call instead of two, and 2.3 times as fast.
class DenoFiles implements Files {
  readonly #map = createMapper();

  open(path: string, mode: FileMode): OpenFile {
    const failure = mode === "read" ? readFailure : writeFailure;
    // Before it is opened: that waits for ever where nobody writes into a pipe.
    if (mode === "read") refuseNoFile("open", path);
    const fd = attempt(() => fs.openSync(path, FLAGS[mode]), (error) => failure("open", path, error));
    const found = fs.fstatSync(fd);
    if (!found.isDirectory()) return new DenoFile(path, fd, found.size);
    fs.closeSync(fd);
    throw new TinmanError("NOT_FOUND", `Cannot open ${path}: it is a folder`, { kind: "file", id: path });
  }

  stat(path: string): FileStat | undefined {
    try {
      const found = fs.statSync(path);
      return found.isDirectory() ? { kind: "folder", size: 0 } : { kind: "file", size: found.size };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw readFailure("look at", path, error);
    }
  }

  realPath(path: string): string | undefined {
    try {
      return fs.realpathSync(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw readFailure("follow", path, error);
    }
  }

  list(path: string): string[] {
    try {
      return fs.readdirSync(path).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw readFailure("list", path, error);
    }
  }

  makeFolder(path: string): void {
    attempt(() => fs.mkdirSync(path, { recursive: true }), (error) => writeFailure("make folder", path, error));
  }

  replace(path: string, bytes: Uint8Array): void {
    // Renaming would put a file in the place of the device, for all programs.
    refuseNoFile("write", path);
    const beside = `${path}.new`;
    try {
      writeSynced(beside, bytes);
      fs.renameSync(beside, path);
      syncFolder(dirname(path));
    } catch (error) {
      // What is at `path` is whole, before or after; only the copy beside it may be torn.
      tryRemove(beside);
      throw writeFailure("write", path, error);
    }
  }

  remove(path: string): void {
    attempt(() => fs.rmSync(path, { recursive: true, force: true }), (error) => writeFailure("remove", path, error));
  }

  freeBytes(path: string): number | undefined {
    if (!isGranted({ name: "sys", kind: "statfs" })) return undefined;
    try {
      const disk = fs.statfsSync(path);
      return disk.bavail * disk.bsize;
    } catch (error) {
      // A folder that is yet to be made will be on the disk of its parent.
      return isMissing(error) && dirname(path) !== path ? this.freeBytes(dirname(path)) : undefined;
    }
  }

  map(path: string): Uint8Array | undefined {
    return this.#map(path);
  }

  async syncLater(path: string): Promise<void> {
    let fd: number;
    try {
      // A handle of its own: the one that is written to may be closed before the disk is done. Windows wants "+".
      fd = fs.openSync(path, "r+");
    } catch (error) {
      if (isMissing(error)) return;
      throw writeFailure("sync", path, error);
    }
    try {
      await new Promise<void>((resolve, reject) =>
        fs.fdatasync(fd, (error) => error === null ? resolve() : reject(error))
      );
    } catch (error) {
      throw writeFailure("sync", path, error);
    } finally {
      fs.closeSync(fd);
    }
  }
}

// "+", because a log that goes on reads its own end; "a", so that two writers never overwrite each other.
const FLAGS = { read: "r", append: "a+", create: "ax+" } as const;

class DenoFile implements OpenFile {
  readonly path: string;
  #fd: number | undefined;
  #end: number;

  constructor(path: string, fd: number, size: number) {
    [this.path, this.#fd, this.#end] = [path, fd, size];
  }

  size(): number {
    return fs.fstatSync(this.#open()).size;
  }

  read(into: Uint8Array, at: number): number {
    const fd = this.#open();
    return attempt(() => fs.readSync(fd, into, 0, into.length, at), (error) => readFailure("read", this.path, error));
  }

  write(bytes: Uint8Array): number {
    const fd = this.#open();
    try {
      const taken = fs.writeSync(fd, bytes);
      this.#end += taken;
      return taken;
    } catch (error) {
      if (!DISK_FULL.has(codeOf(error) ?? "")) throw writeFailure("write", this.path, error);
      // The call forgets what it wrote before the disk was full; the file knows.
      const taken = Math.min(bytes.length, Math.max(0, this.size() - this.#end));
      this.#end += taken;
      return taken;
    }
  }

  sync(): void {
    const fd = this.#open();
    attempt(() => fs.fdatasyncSync(fd), (error) => writeFailure("sync", this.path, error));
  }

  truncate(size: number): void {
    const fd = this.#open();
    if (size >= this.size()) return;
    attempt(() => fs.ftruncateSync(fd, size), (error) => writeFailure("cut", this.path, error));
    this.#end = size;
  }

  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
    this.#fd = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The system gives the number of a closed file to the next one opened, so it must never be used again. */
  #open(): number {
    if (this.#fd === undefined) throw new TinmanError("CLOSED", `Cannot use ${this.path}: it was closed`, {});
    return this.#fd;
  }
}

const DISK_FULL: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"]);

function refuseNoFile(action: string, path: string): void {
  let found: fs.Stats;
  try {
    found = fs.statSync(path);
  } catch {
    // Whoever opens it says why it cannot be.
    return;
  }
  if (found.isFile() || found.isDirectory()) return;
  throw new TinmanError("NOT_FOUND", `Cannot ${action} ${path}: it is a pipe or a device`, {
    kind: "file",
    id: path,
    hint: "name a file on a disk",
  });
}

function writeSynced(path: string, bytes: Uint8Array): void {
  const fd = fs.openSync(path, "w");
  try {
    for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function tryRemove(path: string): void {
  try {
    fs.rmSync(path, { force: true });
  } catch {
    // The error that brought us here says more.
  }
}

/** Makes a rename last through a power cut. Windows does this by itself, and cannot open a folder. */
function syncFolder(path: string): void {
  if (Deno.build.os === "windows") return;
  const fd = fs.openSync(path, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

function attempt<T>(action: () => T, failure: (error: unknown) => unknown): T {
  try {
    return action();
  } catch (error) {
    throw failure(error);
  }
}
