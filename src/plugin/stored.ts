import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import type { LockedPlugin } from "./lock.ts";
import { createPackage, packageLimits, type PluginPackage, sha256, treeHash } from "./package.ts";
import { readFile } from "./read_file.ts";

/** Where the bytes of plugins are kept in a project. */
export const STORE_FOLDER = ".tinman/plugins";

/** The folder of one version of a plugin. */
export function storedFolder(project: string, id: string, hash: string): string {
  return `${project}/${STORE_FOLDER}/${id}/${hash.slice(0, 16)}`;
}

/**
 * The package that was added, from the files that the lock names; whatever else is there is not looked at. Each file is
 * read once, and what is compared is what is returned.
 *
 * @throws {TinmanError} `INTEGRITY` when a byte is not what it was.
 */
export function readStored(
  files: Files,
  project: string,
  { id, locked }: { readonly id: string; readonly locked: LockedPlugin },
): PluginPackage {
  const folder = storedFolder(project, id, locked.sha256);
  const changed = (path: string, what: string) =>
    new TinmanError("INTEGRITY", `Cannot load plugin ${id}: ${path} ${what}`, {
      plugin: id,
      path: `${folder}/${path}`,
      hint: "add it again from where it came from: tinman plugin add FOLDER",
    });
  const hashes = new Map(Object.entries(locked.files));
  if (treeHash(hashes) !== locked.sha256) throw changed("tinman.lock", "does not agree with itself");
  const contents = new Map<string, Uint8Array>();
  for (const [path, hash] of hashes) {
    const bytes = readFile(files, `${folder}/${path}`, packageLimits.fileBytes);
    if (bytes === undefined) throw changed(path, "is missing");
    if (sha256(bytes) !== hash) throw changed(path, "is not what was added");
    contents.set(path, bytes);
  }
  const pkg = createPackage(contents, folder);
  if (pkg.manifest.id !== id) throw changed("tinman.lock", `has it for ${pkg.manifest.id}`);
  return pkg;
}
