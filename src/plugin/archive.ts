import { TinmanError } from "../errors/mod.ts";
import { editJsonc } from "../jsonc/mod.ts";
import { PLUGIN_MANIFEST } from "./manifest.ts";
import { createPackage, packageLimits, type PluginPackage, SIGNATURE_FILE, toText } from "./package.ts";
import { pathProblem } from "./paths.ts";

const BLOCK = 512;

/**
 * The same package with the hash of each file in its manifest, so that damage on the way is seen. This is what is signed
 * and packed.
 */
export function sealPackage(pkg: PluginPackage): PluginPackage {
  const { files, hashes, folder } = pkg;
  const listed = Object.fromEntries(
    [...hashes].filter(([path]) => path !== PLUGIN_MANIFEST).map(([path, hash]) => [path, `sha256-${hash}`]),
  );
  const text = toText(files.get(PLUGIN_MANIFEST)!, folder, PLUGIN_MANIFEST);
  const sealed = editJsonc(text, ["files"], listed, `${folder}/${PLUGIN_MANIFEST}`);
  return createPackage(new Map([...files, [PLUGIN_MANIFEST, new TextEncoder().encode(sealed)]]), folder);
}

/**
 * A package as one file: a plain tar (POSIX.1-1988 ustar) of its files, sorted, with no time and no owner, so that the
 * same package gives the same bytes. `signature` is what `signPackage` gave for the same package.
 */
export function packPlugin(
  pkg: PluginPackage,
  options: { readonly signature?: Uint8Array } = {},
): Uint8Array<ArrayBuffer> {
  const { signature = pkg.signature } = options;
  const files = [...pkg.files, ...(signature === undefined ? [] : [[SIGNATURE_FILE, signature] as const])];
  const length = files.reduce((sum, [, bytes]) => sum + BLOCK + padded(bytes.length), 2 * BLOCK);
  const archive = new Uint8Array(length);
  let at = 0;
  for (const [path, bytes] of files) {
    archive.set(header(path, bytes.length), at);
    archive.set(bytes, at + BLOCK);
    at += BLOCK + padded(bytes.length);
  }
  return archive;
}

/**
 * The package in an archive. Takes what {@linkcode packPlugin} writes and nothing else: no links, no folders, no extended
 * headers, no path that leads elsewhere, no file twice, nothing behind the end.
 *
 * @throws {TinmanError} `CONFIG`, `TOO_LARGE`, or `INTEGRITY`.
 */
export function unpackPlugin(archive: Uint8Array, options: { readonly path?: string } = {}): PluginPackage {
  const { path: name = "archive" } = options;
  const refuse = (at: number, what: string) =>
    new TinmanError("CONFIG", `Cannot unpack ${name} at byte ${at}: ${what}`, {
      path: name,
      hint: "only files that `tinman plugin pack` made can be added",
    });
  const magic = new TextDecoder("latin1").decode(archive.subarray(257, 262));
  if (magic !== "ustar") throw refuse(0, archive.length === 0 ? "it is empty" : "it is no archive");
  const files = new Map<string, Uint8Array>();
  let at = 0;
  for (; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const { path, size, problem } = readHeader(archive.subarray(at, at + BLOCK));
    if (problem !== undefined) throw refuse(at, problem);
    if (files.has(path)) throw refuse(at, `${path} is there twice`);
    if (size > packageLimits.fileBytes || files.size > packageLimits.files) {
      const [actual, limit] = size > packageLimits.fileBytes
        ? [size, packageLimits.fileBytes]
        : [files.size, packageLimits.files];
      throw new TinmanError("TOO_LARGE", `Cannot unpack ${name}: ${path}: ${actual}, more than ${limit}`, {
        limit,
        actual,
      });
    }
    const end = at + BLOCK + padded(size);
    if (end > archive.length) throw refuse(at, `the archive ends inside of ${path}`);
    const data = archive.subarray(at + BLOCK, end);
    if (data.subarray(size).some((byte) => byte !== 0)) throw refuse(at, `there is something behind ${path}`);
    // A copy: nobody who holds the archive can change what was hashed.
    files.set(path, data.slice(0, size));
    at = end;
  }
  if (archive.length - at !== 2 * BLOCK) {
    throw refuse(at, `expected ${2 * BLOCK} bytes of end, found ${archive.length - at}`);
  }
  if (archive.subarray(at).some((byte) => byte !== 0)) throw refuse(at, "there is something behind the end");
  return createPackage(files, name);
}

/** One header of ustar: name 100, mode 8, uid 8, gid 8, size 12, mtime 12, checksum 8, type 1, link 100, magic 8, … */
function header(path: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number) => block.set(new TextEncoder().encode(text), at);
  put(path, 0);
  put("0000644\0", 100);
  put("0000000\0", 108);
  put("0000000\0", 116);
  put(`${size.toString(8).padStart(11, "0")}\0`, 124);
  put("00000000000\0", 136);
  put("        ", 148);
  put("0", 156);
  put("ustar\x0000", 257);
  put(`${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** What a header says. As only one header is right for a path and a size, every other is refused. */
function readHeader(block: Uint8Array): { path: string; size: number; problem?: string } {
  const text = (at: number, length: number) =>
    new TextDecoder("latin1").decode(block.subarray(at, at + length)).replace(/\0.*$/s, "");
  const [path, size] = [text(0, 100), Number.parseInt(text(124, 12), 8)];
  const type = text(156, 1) || "0";
  const kind = TYPES[type];
  const shown = JSON.stringify(path);
  if (kind !== undefined) return { path, size, problem: `${shown} is ${kind}` };
  const wrong = pathProblem(path);
  if (wrong !== undefined) return { path, size, problem: `${shown}: ${wrong}` };
  if (!Number.isSafeInteger(size) || size < 0) return { path, size, problem: `${shown} has no size` };
  const expected = header(path, size);
  if (block.every((byte, i) => byte === expected[i])) return { path, size };
  return { path, size, problem: `the header of ${shown} is not one that tinman writes` };
}

const TYPES: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a link",
  "3": "a device",
  "4": "a device",
  "5": "a folder",
  "6": "a pipe",
  g: "an extended header",
  x: "an extended header",
  L: "an extended header",
  K: "an extended header",
};

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}
