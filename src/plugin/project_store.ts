import type { Clock } from "../clock/mod.ts";
import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { builtinIds, type BuiltinPlugins, readBuiltin } from "./builtin.ts";
import { canonicalValue, type CapabilityName, danger } from "./capability.ts";
import { newlyAsked } from "./difference.ts";
import { addGrants, takeGrants } from "./grant_changes.ts";
import { GRANTS_FILE, readGrants, writeGrants, writeTrust } from "./grants.ts";
import { type Lock, LOCK_FILE, type LockedPlugin, readLock, writeLock } from "./lock.ts";
import { type AskedCapability, PLUGIN_MANIFEST } from "./manifest.ts";
import { prepareModules } from "./modules.ts";
import type { PluginPackage } from "./package.ts";
import type { Grants, ResolveOptions } from "./resolve.ts";
import { checkSigner, KEY, verifySignature } from "./signature.ts";
import { readSource } from "./source.ts";
import type {
  AddOptions,
  AddReport,
  ListedPlugin,
  LoadedPlugin,
  PluginInfo,
  PluginStore,
  PluginStoreOptions,
} from "./store.ts";
import { readStored, removeOthers, STORE_FOLDER, writeStored } from "./stored.ts";
import { assertServed } from "./tier.ts";

/** See {@linkcode PluginStore}. */
export class ProjectStore implements PluginStore {
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
    const pkg = readSource(this.#files, source);
    const { id, version, api, capabilities } = pkg.manifest;
    if (id.startsWith("tinman.")) throw reserved(id, source);
    prepareModules(pkg);
    const lock = readLock(this.#files, this.#project);
    const previous = Object.hasOwn(lock, id) ? lock[id] : undefined;
    const signer = await verifySignature(pkg);
    if (!untrusted) checkSigner(id, { signer, previous: previous?.signer, trusted: this.trusted() });
    const asks = previous === undefined ? capabilities : newlyAsked(this.#askedBefore(id, previous), capabilities);
    const addedAt = new Date(Number(this.#clock.now() / 1_000_000n)).toISOString();
    const { sha256, manifestSha256 } = pkg;
    const locked: LockedPlugin = {
      ...{ version, api, sha256, manifestSha256, files: Object.fromEntries(pkg.hashes) },
      ...(signer !== undefined && { signer }),
      addedAt,
    };
    writeStored(this.#files, this.#project, pkg);
    writeLock(this.#files, this.#project, { ...lock, [id]: locked });
    removeOthers(this.#files, this.#project, pkg);
    return {
      package: pkg,
      ...(previous !== undefined && { previous }),
      ...(signer !== undefined && { signer }),
      asks,
    };
  }

  remove(id: string): void {
    const lock = readLock(this.#files, this.#project);
    if (!Object.hasOwn(lock, id)) throw this.#notFound(id, "remove");
    const { [id]: _, ...others } = lock;
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

  info(id: string): PluginInfo {
    const lock = readLock(this.#files, this.#project);
    const pkg = this.#read(id, lock);
    const locked = Object.hasOwn(lock, id) ? lock[id] : undefined;
    const builtin = locked === undefined;
    return { package: pkg, builtin, ...(locked !== undefined && { locked }), grants: this.grantsOf(id) };
  }

  load(id: string): LoadedPlugin {
    const { package: pkg, locked } = this.info(id);
    assertServed(pkg.manifest);
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

  /** What the version before asked for; nothing when its bytes are gone or changed, so that all is asked again. */
  #askedBefore(id: string, locked: LockedPlugin): readonly AskedCapability[] {
    try {
      return readStored(this.#files, this.#project, { id, locked }).manifest.capabilities;
    } catch {
      return [];
    }
  }

  #ids(lock: Lock): string[] {
    return [...new Set([...Object.keys(lock), ...builtinIds(this.#builtin)])].sort();
  }

  #read(id: string, lock: Lock): PluginPackage {
    if (Object.hasOwn(lock, id)) return readStored(this.#files, this.#project, { id, locked: lock[id]! });
    const found = readBuiltin(this.#builtin, id);
    if (found === undefined) throw this.#notFound(id, "load");
    return found;
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
