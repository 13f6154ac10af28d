import { createHash } from "node:crypto";
import { decodeUtf8 } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import { parseManifest, PLUGIN_MANIFEST, type PluginManifest } from "./manifest.ts";
import { pathProblem } from "./paths.ts";

/** The file beside the others that says who vouches for them; not part of the tree hash. */
export const SIGNATURE_FILE = "plugin.sig";

/** Most that a package may have. */
export const packageLimits = { files: 500, fileBytes: 4 * 1024 * 1024, totalBytes: 16 * 1024 * 1024 } as const;

/** The files of a plugin, all in memory: whatever is hashed, checked and run later are these bytes. */
export interface PluginPackage {
  readonly manifest: PluginManifest;
  /** Hex. */
  readonly manifestSha256: string;
  /** Of the tree, in hex: the SHA-256 of what `sha256sum` prints for all files, sorted by path. */
  readonly sha256: string;
  /** By path, sorted, `plugin.jsonc` among them. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** SHA-256 of each file, in hex. */
  readonly hashes: ReadonlyMap<string, string>;
  /** What `plugin.sig` says, unchecked. */
  readonly signature?: Uint8Array;
  /** Where it was read from, for messages. */
  readonly folder: string;
}

/**
 * Reads the package in a folder. Hidden files and `node_modules` do not belong to it.
 *
 * @throws {TinmanError} `NOT_FOUND`, `CONFIG` for links and names that mean something else elsewhere, `TOO_LARGE`,
 * `INTEGRITY` when the manifest says other files than are there.
 */
export function readPackage(files: Files, folder: string): PluginPackage {
  if (files.stat(`${folder}/${PLUGIN_MANIFEST}`)?.kind !== "file") {
    const hint = "name the folder of a plugin; `tinman plugin new` makes one";
    const message = `Cannot read plugin ${folder}: it has no ${PLUGIN_MANIFEST}`;
    throw new TinmanError("NOT_FOUND", message, { kind: "plugin", id: folder, hint });
  }
  const found = new Map<string, Uint8Array>();
  let total = 0;
  for (const path of walk(files, folder)) {
    const bytes = readFile(files, `${folder}/${path}`, packageLimits.fileBytes);
    if (bytes === undefined) throw unfit(folder, path, "it is neither a file nor a folder");
    found.set(path, bytes);
    // Enough to be refused for.
    if ((total += bytes.length) > packageLimits.totalBytes || found.size > packageLimits.files) break;
  }
  return createPackage(found, folder);
}

/**
 * The package of these files, which stay in use. Everything that is true of a package is checked here.
 *
 * @throws {TinmanError} as {@linkcode readPackage}.
 */
export function createPackage(contents: ReadonlyMap<string, Uint8Array>, folder: string): PluginPackage {
  checkSizes(contents, folder);
  const signature = contents.get(SIGNATURE_FILE);
  const files = new Map([...contents].filter(([path]) => path !== SIGNATURE_FILE).sort(byPath));
  checkPaths([...files.keys()], folder);
  const text = files.get(PLUGIN_MANIFEST);
  if (text === undefined) throw unfit(folder, PLUGIN_MANIFEST, "it is missing");
  const manifest = parseManifest(toText(text, folder, PLUGIN_MANIFEST), { path: `${folder}/${PLUGIN_MANIFEST}` });
  const hashes = new Map([...files].map(([path, bytes]) => [path, sha256(bytes)]));
  checkListed(manifest, hashes, folder);
  if (!files.has(manifest.main)) throw unfit(folder, manifest.main, "the main module is missing");
  const manifestSha256 = hashes.get(PLUGIN_MANIFEST)!;
  return {
    manifest,
    manifestSha256,
    sha256: treeHash(hashes),
    files,
    hashes,
    ...(signature !== undefined && { signature }),
    folder,
  };
}

/** SHA-256 in hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The SHA-256 of what `sha256sum` prints for files with these hashes, sorted by path. */
export function treeHash(hashes: ReadonlyMap<string, string>): string {
  return sha256([...hashes].sort(byPath).map(([path, hash]) => `${hash}  ${path}\n`).join(""));
}

/** The text of a file in a package. */
export function toText(bytes: Uint8Array, folder: string, path: string): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    throw unfit(folder, path, "it is not UTF-8");
  }
}

function* walk(files: Files, folder: string, prefix = ""): Generator<string> {
  const root = files.realPath(folder)?.replaceAll("\\", "/");
  for (const name of files.list(`${folder}/${prefix}`.replace(/\/$/, ""))) {
    if (name.startsWith(".") || name === "node_modules") continue;
    const path = prefix + name;
    const real = files.realPath(`${folder}/${path}`)?.replaceAll("\\", "/");
    if (real !== `${root}/${path}`) throw unfit(folder, path, "it is a link");
    if (files.stat(`${folder}/${path}`)?.kind === "folder") yield* walk(files, folder, `${path}/`);
    else yield path;
  }
}

function checkSizes(contents: ReadonlyMap<string, Uint8Array>, folder: string): void {
  let total = 0;
  const check = (actual: number, limit: number, what: string) => {
    if (actual <= limit) return;
    const message = `Cannot use plugin ${folder}: ${what} ${actual}, more than ${limit}`;
    throw new TinmanError("TOO_LARGE", message, { limit, actual });
  };
  check(contents.size, packageLimits.files, "files:");
  for (const [path, bytes] of contents) {
    check(bytes.length, packageLimits.fileBytes, `bytes of ${path}:`);
    check(total += bytes.length, packageLimits.totalBytes, "bytes of all files:");
  }
}

function checkPaths(paths: readonly string[], folder: string): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const problem = pathProblem(path);
    if (problem !== undefined) throw unfit(folder, path, problem);
    // On many a disk these are one file.
    const other = seen.get(path.toLowerCase());
    if (other !== undefined) throw unfit(folder, path, `it differs from ${other} only in case`);
    seen.set(path.toLowerCase(), path);
  }
  for (const path of paths) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      if (seen.has(path.slice(0, end).toLowerCase())) throw unfit(folder, path, "a part of it is a file");
    }
  }
}

/** A manifest that names its files has to name all of them, and no others. */
function checkListed({ id, files }: PluginManifest, hashes: ReadonlyMap<string, string>, folder: string): void {
  if (files === undefined) return;
  const lie = (path: string, what: string) =>
    new TinmanError("INTEGRITY", `Cannot use plugin ${id}: ${what}`, {
      plugin: id,
      path: `${folder}/${path}`,
      hint:
        "get it again from its author; who changed it on purpose takes `files` out of plugin.jsonc, or packs it again",
    });
  for (const [path, hash] of hashes) {
    if (path === PLUGIN_MANIFEST) continue;
    if (!Object.hasOwn(files, path)) throw lie(path, `${path} is not among the files of its manifest`);
    if (files[path] !== `sha256-${hash}`) throw lie(path, `${path} is not what its manifest says`);
  }
  const missing = Object.keys(files).find((path) => !hashes.has(path));
  if (missing !== undefined) throw lie(missing, `${missing} is missing`);
}

function unfit(folder: string, path: string, what: string): TinmanError<"CONFIG"> {
  const at = `${folder}/${path}`;
  return new TinmanError("CONFIG", `Cannot use plugin ${folder}: ${JSON.stringify(path)}: ${what}`, { path: at });
}

function byPath([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
