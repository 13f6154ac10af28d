import { TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import { parseJsonc, Problems } from "../jsonc/mod.ts";
import { isPluginId } from "./manifest.ts";
import { pathProblem } from "./paths.ts";

/** The file that says which bytes may run, for machines. Belongs under version control. */
export const LOCK_FILE = "tinman.lock";

/** What `tinman.lock` says of one plugin. */
export interface LockedPlugin {
  readonly version: string;
  readonly api: string;
  /** Of the tree, see `PluginPackage.sha256`. */
  readonly sha256: string;
  readonly manifestSha256: string;
  /** SHA-256 of each file by path, in hex. */
  readonly files: Readonly<Record<string, string>>;
  /** The key that signed it, `ed25519:…`. */
  readonly signer?: string;
  /** When it was added, as ISO 8601. */
  readonly addedAt: string;
}

/** Plugins by id. */
export type Lock = Readonly<Record<string, LockedPlugin>>;

/**
 * What the lock in a project says; empty without one.
 *
 * @throws {TinmanError} `CONFIG` when it is not as tinman wrote it.
 */
export function readLock(files: Files, project: string): Lock {
  const path = `${project}/${LOCK_FILE}`;
  const bytes = readFile(files, path, MAX_BYTES);
  if (bytes === undefined) return {};
  const problems = new Problems();
  const { value } = parseJsonc(new TextDecoder().decode(bytes), { path, maxLength: MAX_BYTES });
  const top = problems.object(value, "", ["v", "plugins"]);
  if (top.v !== 1) problems.add("v", `expected 1, found ${String(top.v)}`);
  const plugins = Object.entries(problems.object(top.plugins, "plugins"))
    .map(([id, each]) => [id, readLocked(id, each, problems)] as const);
  if (problems.found.length === 0) return Object.fromEntries(plugins);
  throw new TinmanError("CONFIG", `Cannot use ${path}: ${problems.found.join("; ")}`, {
    path,
    hint: "take it from version control, or remove it and add the plugins again",
  });
}

/** Puts the lock into a project, whole or not at all; sorted, so that two branches merge. */
export function writeLock(files: Files, project: string, lock: Lock): void {
  const sorted = (from: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(from).sort(([a], [b]) => a < b ? -1 : 1));
  const plugins = sorted(
    Object.fromEntries(Object.entries(lock).map(([id, each]) => [id, { ...each, files: sorted(each.files) }])),
  );
  const text = JSON.stringify({ v: 1, plugins }, undefined, 2) + "\n";
  files.replace(`${project}/${LOCK_FILE}`, new TextEncoder().encode(text));
}

const MAX_BYTES = 16 * 1024 * 1024;
const HASH = { shape: /^[0-9a-f]{64}$/, what: "64 hex digits" };

function readLocked(id: string, value: unknown, problems: Problems): LockedPlugin {
  const at = `plugins[${JSON.stringify(id)}]`;
  if (!isPluginId(id)) problems.add(at, "it is not the id of a plugin");
  const names = ["version", "api", "sha256", "manifestSha256", "files", "signer", "addedAt"];
  const { version, api, sha256, manifestSha256, files, signer, addedAt } = problems.object(value, at, names);
  const hashes = Object.entries(problems.object(files, `${at}.files`)).map(([path, hash]) => {
    const problem = pathProblem(path);
    if (problem !== undefined) problems.add(`${at}.files`, `${path}: ${problem}`);
    return [path, problems.text(hash, `${at}.files.${path}`, HASH) ?? ""];
  });
  const key = signer === undefined ? undefined : problems.text(signer, `${at}.signer`);
  return {
    version: problems.text(version, `${at}.version`) ?? "",
    api: problems.text(api, `${at}.api`) ?? "",
    sha256: problems.text(sha256, `${at}.sha256`, HASH) ?? "",
    manifestSha256: problems.text(manifestSha256, `${at}.manifestSha256`, HASH) ?? "",
    files: Object.fromEntries(hashes),
    ...(key !== undefined && { signer: key }),
    addedAt: problems.text(addedAt, `${at}.addedAt`) ?? "",
  };
}
