import { TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import type { LockedPlugin } from "./lock.ts";
import { createPackage, packageLimits, type PluginPackage, sha256, SIGNATURE_FILE, treeHash } from "./package.ts";

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
  // Says who vouches for all that; nothing is run from it.
  const signature = readFile(files, `${folder}/${SIGNATURE_FILE}`, packageLimits.fileBytes);
  if (signature !== undefined) contents.set(SIGNATURE_FILE, signature);
  const pkg = createPackage(contents, folder);
  if (pkg.manifest.id !== id) throw changed("tinman.lock", `has it for ${pkg.manifest.id}`);
  return pkg;
}

/** Puts the files of a package where {@linkcode readStored} finds them. */
export function writeStored(files: Files, project: string, pkg: PluginPackage): void {
  const folder = storedFolder(project, pkg.manifest.id, pkg.sha256);
  files.remove(folder);
  const signature = pkg.signature === undefined ? [] : [[SIGNATURE_FILE, pkg.signature] as const];
  for (const [path, bytes] of [...pkg.files, ...signature]) {
    const full = `${folder}/${path}`;
    files.makeFolder(full.slice(0, full.lastIndexOf("/")));
    files.replace(full, bytes);
  }
}

/** Removes all versions of a plugin but this one. */
export function removeOthers(files: Files, project: string, { manifest: { id }, sha256 }: PluginPackage): void {
  const folder = `${project}/${STORE_FOLDER}/${id}`;
  const kept = storedFolder(project, id, sha256);
  for (const name of files.list(folder)) {
    if (`${folder}/${name}` !== kept) files.remove(`${folder}/${name}`);
  }
}
