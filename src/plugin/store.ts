import type { Clock } from "../clock/mod.ts";
import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { unpackPlugin } from "./archive.ts";
import { canonicalValue, type CapabilityName, danger } from "./capability.ts";
import { newlyAsked } from "./difference.ts";
import { addGrants, takeGrants } from "./grant_changes.ts";
import { GRANTS_FILE, readGrants, writeGrants, writeTrust } from "./grants.ts";
import { LOCK_FILE, type LockedPlugin, readLock, writeLock } from "./lock.ts";
import { type AskedCapability, isPluginId, PLUGIN_MANIFEST, type PluginManifest } from "./manifest.ts";
import { prepareModules } from "./modules.ts";
import { createPackage, packageLimits, type PluginPackage, readPackage, SIGNATURE_FILE } from "./package.ts";
import type { GuestModule } from "./protocol.ts";
import { readFile } from "./read_file.ts";
import type { Grants, ResolveOptions } from "./resolve.ts";
import { KEY, verifySignature } from "./signature.ts";
import { readStored, STORE_FOLDER, storedFolder } from "./stored.ts";
import { assertServed } from "./tier.ts";

/** Files of the plugins that come with tinman, by paths such as `csv/plugin.jsonc`. Folder `csv` is plugin `tinman.csv`. */
export interface BuiltinPlugins {
  list(): readonly string[];
  read(path: string): Uint8Array | string;
}

/** Options of {@linkcode openPluginStore}. */
export interface PluginStoreOptions {
  readonly files: Files;
  /** The folder of the project, absolute. */
  readonly project: string;
  /** Tells when a plugin was added. */
  readonly clock: Pick<Clock, "now">;
  /** Plugins that come with tinman. @default {none} */
  readonly builtin?: BuiltinPlugins;
}

/** Options of {@linkcode PluginStore.add}. */
export interface AddOptions {
  /** Take it although nobody who is trusted has signed it, or somebody else than the last time. @default {false} */
  readonly untrusted?: boolean;
}

/** What {@linkcode PluginStore.add} did. */
export interface AddReport {
  readonly package: PluginPackage;
  /** The version that was there before. */
  readonly previous?: LockedPlugin;
  /** The key that signed it. */
  readonly signer?: string;
  /** What it asks for and the version before did not; all that it asks for if there was none. */
  readonly asks: readonly AskedCapability[];
}

/** A plugin that can be run: every byte of it is one that was added. */
export interface LoadedPlugin {
  readonly manifest: PluginManifest;
  readonly package: PluginPackage;
  /** See {@linkcode prepareModules}. */
  readonly modules: readonly GuestModule[];
  /** What the lock says; undefined for plugins that come with tinman. */
  readonly locked?: LockedPlugin;
}

/** One line of {@linkcode PluginStore.list}. */
export interface ListedPlugin {
  readonly id: string;
  readonly version: string;
  readonly builtin: boolean;
  /** Unless there is a problem. */
  readonly manifest?: PluginManifest;
  /** Why it cannot be loaded. */
  readonly problem?: unknown;
}

/**
 * The plugins of a project: their bytes in `.tinman/plugins`, hashes in `tinman.lock`, grants in `tinman.grants.jsonc`.
 * Nothing is kept in memory: each call looks again. Two that change it at the same time may lose one change.
 */
export interface PluginStore {
  /** Adds the plugin in a folder or an archive, or a new version of one. Grants nothing. */
  add(source: string, options?: AddOptions): Promise<AddReport>;
  /** Removes a plugin with its grants. */
  remove(id: string): void;
  /** All plugins by id, also those that cannot be loaded. */
  list(): readonly ListedPlugin[];
  /**
   * Reads, hashes, compares, strips: what comes back was made of the very bytes that were compared.
   *
   * @throws {TinmanError} `NOT_FOUND` when it was not added, `INTEGRITY` when it is not what was added, `UNAVAILABLE`
   * when it needs what this version does not serve.
   */
  load(id: string): LoadedPlugin;
  /** For {@linkcode resolveGrants}: paths begin in the project, and its own files are never written by a plugin. */
  readonly paths: Omit<ResolveOptions, "config">;
  /** What a plugin was granted, whether it asks for it or not. */
  grantsOf(id: string): Grants;
  /**
   * Grants more; returns all that it is granted then.
   *
   * @throws {TinmanError} `CONFIG` for what it does not ask for, `DENIED` for what needs `dangerous`.
   */
  grant(id: string, grants: Grants, options?: { readonly dangerous?: boolean }): Grants;
  /** Takes grants back, all without `grants`; returns what is left. */
  revoke(id: string, grants?: Grants): Grants;
  /** Keys whose plugins may be added; with none, any may. */
  trusted(): readonly string[];
  /** Trusts a key from now on, or no more. */
  trust(key: string, options?: { readonly remove?: boolean }): void;
}

/** The plugins of a project. Nothing is opened that would have to be closed. */
export function openPluginStore(options: PluginStoreOptions): PluginStore {
  return new Store(options);
}

class Store implements PluginStore {
  readonly #files: Files;
  readonly #project: string;
  readonly #clock: Pick<Clock, "now">;
  readonly #builtin: BuiltinPlugins | undefined;
  readonly paths: Omit<ResolveOptions, "config">;

  constructor({ files, project, clock, builtin }: PluginStoreOptions) {
    [this.#files, this.#project, this.#clock, this.#builtin] = [files, project, clock, builtin];
    const own = [STORE_FOLDER.split("/")[0]!, LOCK_FILE, GRANTS_FILE];
    this.paths = {
      cwd: project,
      realPath: (path) => files.realPath(path),
      list: (path) => files.list(path),
      protect: own.map((name) => `${project}/${name}`),
    };
  }

  async add(source: string, { untrusted = false }: AddOptions = {}): Promise<AddReport> {
    const pkg = this.#readSource(source);
    const { id, version, api, capabilities } = pkg.manifest;
    if (id.startsWith("tinman.")) throw reserved(id, source);
    prepareModules(pkg);
    const lock = readLock(this.#files, this.#project);
    const previous = Object.hasOwn(lock, id) ? lock[id] : undefined;
    const signer = await verifySignature(pkg);
    if (!untrusted) this.#checkSigner(id, signer, previous);
    const asks = previous === undefined ? capabilities : newlyAsked(this.#askedBefore(id, previous), capabilities);
    const addedAt = new Date(Number(this.#clock.now() / 1_000_000n)).toISOString();
    const { sha256, manifestSha256 } = pkg;
    const locked: LockedPlugin = {
      ...{ version, api, sha256, manifestSha256, files: Object.fromEntries(pkg.hashes) },
      ...(signer !== undefined && { signer }),
      addedAt,
    };
    this.#write(pkg);
    writeLock(this.#files, this.#project, { ...lock, [id]: locked });
    this.#removeOthers(id, sha256);
    return {
      package: pkg,
      ...(previous !== undefined && { previous }),
      ...(signer !== undefined && { signer }),
      asks,
    };
  }

  remove(id: string): void {
    const { [id]: found, ...others } = readLock(this.#files, this.#project);
    if (found === undefined) throw this.#notFound(id, "remove");
    writeGrants(this.#files, this.#project, id, undefined);
    writeLock(this.#files, this.#project, others);
    this.#files.remove(`${this.#project}/${STORE_FOLDER}/${id}`);
  }

  list(): readonly ListedPlugin[] {
    const lock = readLock(this.#files, this.#project);
    return this.#ids(lock).map((id) => {
      const builtin = !Object.hasOwn(lock, id);
      try {
        const { manifest } = this.#read(id, lock);
        return { id, version: manifest.version, builtin, manifest };
      } catch (problem) {
        return { id, version: lock[id]?.version ?? "", builtin, problem };
      }
    });
  }

  load(id: string): LoadedPlugin {
    const lock = readLock(this.#files, this.#project);
    const pkg = this.#read(id, lock);
    assertServed(pkg.manifest);
    const locked = Object.hasOwn(lock, id) ? lock[id] : undefined;
    const modules = prepareModules(pkg);
    return { manifest: pkg.manifest, package: pkg, modules, ...(locked !== undefined && { locked }) };
  }

  grantsOf(id: string): Grants {
    const { grants } = readGrants(this.#files, this.#project);
    return Object.hasOwn(grants, id) ? grants[id]! : {};
  }

  grant(id: string, grants: Grants, { dangerous = false }: { readonly dangerous?: boolean } = {}): Grants {
    const { capabilities } = this.#read(id, readLock(this.#files, this.#project)).manifest;
    const asked = capabilities.map(({ name }) => name);
    for (const [key, { allow }] of Object.entries(grants)) {
      const name = key as CapabilityName;
      if (!asked.includes(name)) throw notAsked(id, name, asked);
      const values = allow === true ? true : allow.map((value) => canonicalValue(name, value, this.paths));
      const reason = values !== true && values.length === 0 ? undefined : danger(name, values);
      if (reason !== undefined && !dangerous) throw tooDangerous(id, name, reason);
    }
    return this.#setGrants(id, addGrants(this.grantsOf(id), grants, this.paths));
  }

  revoke(id: string, grants?: Grants): Grants {
    return this.#setGrants(id, grants === undefined ? {} : takeGrants(this.grantsOf(id), grants, this.paths));
  }

  trusted(): readonly string[] {
    return readGrants(this.#files, this.#project).trust;
  }

  trust(key: string, { remove = false }: { readonly remove?: boolean } = {}): void {
    if (!KEY.shape!.test(key)) {
      throw new TinmanError("USAGE", `Cannot trust ${JSON.stringify(key)}: expected ${KEY.what}`, { argument: key });
    }
    const others = this.trusted().filter((each) => each !== key);
    writeTrust(this.#files, this.#project, remove ? others : [...others, key]);
  }

  #setGrants(id: string, grants: Grants): Grants {
    writeGrants(this.#files, this.#project, id, grants);
    return this.grantsOf(id);
  }

  #readSource(source: string): PluginPackage {
    const kind = this.#files.stat(source)?.kind;
    if (kind === "folder") return readPackage(this.#files, source);
    // Room for the headers of a tar beside the files.
    const bytes = readFile(this.#files, source, packageLimits.totalBytes + packageLimits.files * 1024 + 4096);
    if (bytes !== undefined) return unpackPlugin(bytes, { path: source });
    const hint = "name the folder of a plugin, or a file that `tinman plugin pack` made";
    throw new TinmanError("NOT_FOUND", `Cannot add ${source}: nothing is there`, { kind: "plugin", id: source, hint });
  }

  #checkSigner(id: string, signer: string | undefined, previous: LockedPlugin | undefined): void {
    const trust = this.trusted();
    const isTrusted = signer !== undefined && trust.includes(signer);
    const who = signer === undefined ? "nobody has signed it" : `${signer} has signed it`;
    const problem = trust.length > 0 && !isTrusted
      ? `${who}, and only trusted keys may`
      : previous?.signer !== undefined && previous.signer !== signer
      ? `${who}, and ${previous.signer} the version before`
      : undefined;
    if (problem === undefined) return;
    const hint = signer === undefined
      ? "take it all the same with --untrusted"
      : `tinman plugin trust ${signer}, or take it all the same with --untrusted`;
    throw new TinmanError("DENIED", `Cannot add plugin ${id}: ${problem}`, { what: id, hint });
  }

  /** What the version before asked for; nothing when its bytes are gone or changed, so that all is asked again. */
  #askedBefore(id: string, locked: LockedPlugin): readonly AskedCapability[] {
    try {
      return readStored(this.#files, this.#project, { id, locked }).manifest.capabilities;
    } catch {
      return [];
    }
  }

  #write({ manifest, sha256, files, signature }: PluginPackage): void {
    const folder = storedFolder(this.#project, manifest.id, sha256);
    this.#files.remove(folder);
    const all = signature === undefined ? files : new Map([...files, [SIGNATURE_FILE, signature]]);
    for (const [path, bytes] of all) {
      const full = `${folder}/${path}`;
      this.#files.makeFolder(full.slice(0, full.lastIndexOf("/")));
      this.#files.replace(full, bytes);
    }
  }

  #removeOthers(id: string, sha256: string): void {
    const kept = storedFolder(this.#project, id, sha256);
    const folder = `${this.#project}/${STORE_FOLDER}/${id}`;
    for (const name of this.#files.list(folder)) {
      if (`${folder}/${name}` !== kept) this.#files.remove(`${folder}/${name}`);
    }
  }

  #ids(lock: Readonly<Record<string, LockedPlugin>>): string[] {
    const builtin = (this.#builtin?.list() ?? [])
      .filter((path) => path.endsWith(`/${PLUGIN_MANIFEST}`) && path.split("/").length === 2)
      .map((path) => `tinman.${path.split("/")[0]}`);
    return [...new Set([...Object.keys(lock), ...builtin])].sort();
  }

  #read(id: string, lock: Readonly<Record<string, LockedPlugin>>): PluginPackage {
    if (isPluginId(id) && Object.hasOwn(lock, id)) {
      return readStored(this.#files, this.#project, { id, locked: lock[id]! });
    }
    const name = /^tinman\.([a-z0-9-]+)$/.exec(id)?.[1];
    const paths = name === undefined ? [] : (this.#builtin?.list() ?? []).filter((path) => path.startsWith(`${name}/`));
    if (paths.length === 0) throw this.#notFound(id, "load");
    const contents = paths.map((path) => {
      const content = this.#builtin!.read(path);
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      return [path.slice(name!.length + 1), bytes] as const;
    });
    const pkg = createPackage(new Map(contents), `plugins/${name}`);
    if (pkg.manifest.id === id) return pkg;
    throw new TinmanError("CONFIG", `Cannot load plugin ${id}: its manifest is of ${pkg.manifest.id}`, {
      path: pkg.folder,
    });
  }

  #notFound(id: string, action: string): TinmanError<"NOT_FOUND"> {
    const ids = this.#ids(readLock(this.#files, this.#project));
    const isBuiltin = ids.includes(id);
    const message = `Cannot ${action} plugin ${id}: ${isBuiltin ? "it comes with tinman" : "it was not added"}`;
    const hint = isBuiltin
      ? `take its grants back with tinman plugin revoke ${id}`
      : didYouMean(id, ids) ?? "tinman plugin add FOLDER, with the folder or the packed file of the plugin";
    return new TinmanError("NOT_FOUND", message, { kind: "plugin", id, hint });
  }
}

function reserved(id: string, source: string): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot add plugin ${id}: ids that begin with tinman. are those of tinman itself`, {
    path: `${source}/${PLUGIN_MANIFEST}`,
    hint: "choose an id such as org.example.name",
  });
}

function notAsked(id: string, name: string, asked: readonly string[]): TinmanError<"CONFIG"> {
  const all = asked.length === 0 ? "nothing" : asked.join(", ");
  return new TinmanError("CONFIG", `Cannot grant ${name} to plugin ${id}: it asks for ${all}`, {
    hint: didYouMean(name, asked),
  });
}

function tooDangerous(id: string, name: string, reason: string): TinmanError<"DENIED"> {
  return new TinmanError("DENIED", `Cannot grant ${name} to plugin ${id} just so: ${reason}`, {
    what: name,
    hint: "if you trust it with that, say the same with --dangerous",
  });
}
