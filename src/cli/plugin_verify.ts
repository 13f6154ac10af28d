import { isTinmanError } from "../errors/mod.ts";
import {
  danger,
  type Grants,
  isServed,
  type LockedPlugin,
  type PluginManifest,
  type PluginPackage,
  prepareModules,
  readLock,
  readPackage,
  sha256,
  storedFolder,
  verifySignature,
} from "../plugin/mod.ts";
import type { Context } from "./command.ts";
import type { Finding } from "./findings.ts";
import { count } from "./output.ts";
import { hasValues } from "./plugin_access.ts";
import { openStore } from "./plugin_project.ts";

/** A {@linkcode Finding}, and whether it is about bytes that are not what they should be. */
export interface VerifyFinding extends Finding {
  readonly integrity?: boolean;
}

/** All that can be said of a plugin of the project without running it. */
export async function verifyAdded(id: string, context: Pick<Context, "io" | "path">): Promise<VerifyFinding[]> {
  const store = openStore(context);
  const lock = readLock(context.io.files, context.path("."));
  const locked = Object.hasOwn(lock, id) ? lock[id] : undefined;
  const name = (what: string) => `${id} ${what}`;
  const changed = locked === undefined ? [] : changedFiles(id, locked, context);
  if (changed.length > 0) {
    const fix = "add it again from where it came from: tinman plugin add FOLDER";
    return changed.map((message) => ({ level: "fail", name: name("bytes"), message, fix, integrity: true }));
  }
  try {
    const { package: pkg, grants } = store.info(id);
    const bytes = locked === undefined
      ? "comes with tinman"
      : `${count(pkg.files.size, "file")}, each as it was added on ${locked.addedAt.slice(0, 10)}`;
    return [
      { level: "ok", name: name("bytes"), message: bytes },
      ...await signatureFindings(pkg, { name: name("signature"), locked, trusted: store.trusted() }),
      ...importFindings(pkg, name("imports")),
      ...capabilityFindings(pkg.manifest, name("asks")),
      ...grantFindings(pkg.manifest, grants, name("grants")),
    ];
  } catch (error) {
    return [failure(name("bytes"), error)];
  }
}

/** All that can be said of the plugin in a folder without running it. */
export async function verifyFolder(folder: string, { io }: Pick<Context, "io">): Promise<VerifyFinding[]> {
  try {
    const pkg = readPackage(io.files, folder);
    const listed = pkg.manifest.files === undefined ? "" : ", each as its plugin.jsonc says";
    return [
      { level: "ok", name: "manifest", message: `${pkg.manifest.id} ${pkg.manifest.version}` },
      { level: "ok", name: "bytes", message: `${count(pkg.files.size, "file")}${listed}; sha256 ${pkg.sha256}` },
      ...await signatureFindings(pkg, { name: "signature", locked: undefined, trusted: [] }),
      ...importFindings(pkg, "imports"),
      ...capabilityFindings(pkg.manifest, "asks"),
    ];
  } catch (error) {
    return [failure("manifest", error)];
  }
}

/** What is wrong with each file that the lock names; not only the first. */
function changedFiles(id: string, locked: LockedPlugin, { io, path }: Pick<Context, "io" | "path">): string[] {
  const folder = storedFolder(path("."), id, locked.sha256);
  return Object.entries(locked.files).flatMap(([file, hash]) => {
    if (io.files.stat(`${folder}/${file}`)?.kind !== "file") return [`${file} is missing`];
    using opened = io.files.open(`${folder}/${file}`, "read");
    // More than fits in a plugin is another file in any case.
    const bytes = new Uint8Array(Math.min(opened.size(), MAX_BYTES + 1));
    for (let at = 0, more = -1; more !== 0; at += more) more = opened.read(bytes.subarray(at), at);
    return sha256(bytes) === hash ? [] : [`${file} is not what was added`];
  });
}

const MAX_BYTES = 4 * 1024 * 1024;

interface Signature {
  readonly name: string;
  readonly locked: LockedPlugin | undefined;
  readonly trusted: readonly string[];
}

async function signatureFindings(pkg: PluginPackage, { name, locked, trusted }: Signature): Promise<VerifyFinding[]> {
  try {
    const signer = await verifySignature(pkg);
    if (locked?.signer !== undefined && signer !== locked.signer) {
      const message = `${signer ?? "nobody"} has signed it; it was added as signed by ${locked.signer}`;
      return [{ level: "fail", name, message, integrity: true }];
    }
    if (signer === undefined) return [{ level: "ok", name, message: "none" }];
    const isTrusted = trusted.includes(signer) ? ", who is trusted" : "";
    return [{ level: "ok", name, message: `${signer}${isTrusted}` }];
  } catch (error) {
    return [failure(name, error)];
  }
}

function importFindings(pkg: PluginPackage, name: string): VerifyFinding[] {
  try {
    const modules = prepareModules(pkg);
    return [{
      level: "ok",
      name,
      message: `${count(modules.length, "module")}, nothing from outside but tinman/plugin`,
    }];
  } catch (error) {
    if (!isTinmanError(error, "MODULE")) return [failure(name, error)];
    const problems = error.message.replace(/^Cannot load plugin \S+: /, "").split(/; (?=[\w./@+-]+:\d+: )/);
    return problems.map((message) => ({ level: "fail", name, message, ...(error.hint && { fix: error.hint }) }));
  }
}

/** What a person who reads the manifest would ask about. */
function capabilityFindings({ capabilities }: PluginManifest, name: string): VerifyFinding[] {
  if (capabilities.length === 0) return [{ level: "ok", name, message: "nothing" }];
  return capabilities.flatMap(({ name: asked, allow, why, optional }): VerifyFinding[] => {
    const all = allow === undefined && hasValues(asked);
    const reason = danger(asked, allow ?? true);
    const values = allow === undefined ? "" : ` ${allow.join(", ")}`;
    const notes: VerifyFinding[] = [];
    const warn = (message: string, fix?: string) =>
      notes.push({ level: "warn", name, message: `${asked}${values}: ${message}`, ...(fix !== undefined && { fix }) });
    if (!isServed(asked)) {
      if (optional) warn("this version does not serve it; it works without");
      else {notes.push({
          level: "fail",
          name,
          message: `${asked}: this version does not serve it`,
          fix: "make it optional",
        });}
    }
    if (reason !== undefined) warn(`dangerous, ${reason}`);
    else if (all) warn("it asks for all of it", "name values, such as ${config.host}");
    if (why.trim().length < 8) warn(`the reason says little: "${why}"`, "say what the user gets for it");
    return notes.length > 0 ? notes : [{ level: "ok", name, message: `${asked}${values}: ${why}` }];
  });
}

function grantFindings({ id, capabilities }: PluginManifest, grants: Grants, name: string): VerifyFinding[] {
  return Object.keys(grants).filter((granted) => !capabilities.some((each) => each.name === granted)).map((
    granted,
  ) => ({
    level: "warn",
    name,
    message: `${granted} is granted, and it does not ask for it`,
    fix: `tinman plugin revoke ${id} ${granted}`,
  }));
}

function failure(name: string, error: unknown): VerifyFinding {
  if (!isTinmanError(error)) throw error;
  return {
    level: "fail",
    name,
    message: error.message,
    ...(error.hint !== undefined && { fix: error.hint }),
    ...(error.code === "INTEGRITY" && { integrity: true }),
  };
}
