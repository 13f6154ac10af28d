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
}

/** Files in memory whose power can be cut. Folders, removals and whole files that were put in place are never lost. */
export function createForgetfulFiles(): ForgetfulFiles {
  const files = createMemoryFiles();
  const synced = new Map<string, number>();
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
    },
    remove: (path) => files.remove(path),
    freeBytes: (path) => files.freeBytes(path),
    map: (path) => files.map(path),
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
