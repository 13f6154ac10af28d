import type { Files, OpenFile } from "../../files/mod.ts";
import { createMemoryFiles } from "../../files/mod.ts";
import type { Random } from "../../random/mod.ts";
import { filesBelow, putFile } from "./_records.ts";

/** Files that know what of them is on the disk. */
export interface ForgetfulFiles extends Files {
  /**
   * What is there after a power cut: all that was synced, and of what was written since any part, whose end may be zeros.
   */
  cutPower(random: Random): Files;
  /** The disk is done with what was to be synced later. */
  settle(): void;
}

/** Files in memory whose power can be cut. Folders, removals and whole files that were put in place are never lost. */
export function createForgetfulFiles(): ForgetfulFiles {
  const files = createMemoryFiles();
  const synced = new Map<string, number>();
  const syncing = new Set<{ readonly path: string; size: number; readonly done: () => void }>();
  const watch = (file: OpenFile): OpenFile => ({
    path: file.path,
    size: () => file.size(),
    read: (into, at) => file.read(into, at),
    write: (bytes) => file.write(bytes),
    sync() {
      file.sync();
      synced.set(file.path, file.size());
    },
    truncate(size) {
      file.truncate(size);
      synced.set(file.path, Math.min(synced.get(file.path) ?? 0, size));
      for (const each of syncing) if (each.path === file.path) each.size = Math.min(each.size, size);
    },
    close: () => file.close(),
    [Symbol.dispose]: () => file.close(),
  });
  return {
    open: (path, mode) => watch(files.open(path, mode)),
    stat: (path) => files.stat(path),
    realPath: (path) => files.realPath(path),
    list: (path) => files.list(path),
    makeFolder: (path) => files.makeFolder(path),
    replace(path, bytes) {
      files.replace(path, bytes);
      synced.set(path, bytes.length);
      for (const each of syncing) if (each.path === path) each.size = 0;
    },
    remove: (path) => files.remove(path),
    freeBytes: (path) => files.freeBytes(path),
    map: (path) => files.map(path),
    syncLater: (path) => new Promise((done) => void syncing.add({ path, size: files.stat(path)?.size ?? 0, done })),
    settle() {
      for (const { path, size, done } of syncing) {
        synced.set(path, Math.max(size, synced.get(path) ?? 0));
        done();
      }
      syncing.clear();
    },
    cutPower(random) {
      const after = createMemoryFiles();
      for (const [path, bytes] of filesBelow(files, "data")) {
        const sure = synced.get(path) ?? 0;
        const kept = bytes.slice(0, sure + random.int(bytes.length - sure + 1));
        const hasZeros = random.int(2) === 0;
        putFile(after, path, hasZeros ? Uint8Array.from(bytes, (_, i) => kept[i] ?? 0) : kept);
      }
      return after;
    },
  };
}
