import { TinmanError } from "../errors/mod.ts";
import type { Files, OpenFile } from "../files/mod.ts";

/** Options of {@linkcode createFaultyFiles}. */
export interface FaultyFilesOptions {
  /** The call that fails, counted from 1 over all that would change the disk: write, sync, truncate, replace, remove. */
  readonly failAt: number;
  /**
   * What happens from that call on: `broken` throws, as a disk that was pulled out; `full` takes half of a write and then
   * nothing, as a disk that fills up, on which one can still sync, cut and remove. @default {"broken"}
   */
  readonly how?: "full" | "broken";
  /** How many calls fail before all is well again. @default {Infinity} */
  readonly times?: number;
  /** Whether opening a file for writing counts too. @default {false} */
  readonly opens?: boolean;
}

/** Files that fail, see {@linkcode createFaultyFiles}. */
export interface FaultyFiles extends Files {
  /** How many calls were counted so far. Below `failAt`: nothing has failed. */
  readonly calls: number;
}

/**
 * Files of which the n-th change fails. Run the same work for `failAt` 1, 2, 3 … until it gets by with fewer calls, and
 * every place where a disk can fail has been tried (as SQLite tests itself).
 */
export function createFaultyFiles(files: Files, options: FaultyFilesOptions): FaultyFiles {
  const { failAt, how = "broken", times = Infinity, opens = false } = options;
  let calls = 0;
  const isFine = () => ++calls < failAt || calls >= failAt + times;
  const change = <T>(path: string, action: () => T, needsRoom = false): T => {
    if (isFine() || (how === "full" && !needsRoom)) return action();
    const reason = how === "full" ? "the disk is full" : "the disk is gone";
    throw new TinmanError("WRITE_FAILED", `Cannot write ${path}: ${reason}`, { path });
  };
  const write = (file: OpenFile, bytes: Uint8Array): number => {
    if (how === "broken") return change(file.path, () => file.write(bytes));
    if (isFine()) return file.write(bytes);
    return calls === failAt ? file.write(bytes.subarray(0, bytes.length >> 1)) : 0;
  };
  return {
    get calls() {
      return calls;
    },
    open(path, mode) {
      const open = () => files.open(path, mode);
      const file = opens && mode !== "read" ? change(path, open, true) : open();
      return {
        path,
        size: () => file.size(),
        read: (into, at) => file.read(into, at),
        write: (bytes) => write(file, bytes),
        sync: () => change(path, () => file.sync()),
        truncate: (size) => change(path, () => file.truncate(size)),
        close: () => file.close(),
        [Symbol.dispose]: () => file.close(),
      };
    },
    stat: (path) => files.stat(path),
    realPath: (path) => files.realPath(path),
    list: (path) => files.list(path),
    makeFolder: (path) => files.makeFolder(path),
    replace: (path, bytes) => change(path, () => files.replace(path, bytes), true),
    remove: (path) => change(path, () => files.remove(path)),
    freeBytes: (path) => files.freeBytes(path),
    map: (path) => files.map(path),
    syncLater: async (path) => await change(path, () => files.syncLater?.(path)),
  };
}
