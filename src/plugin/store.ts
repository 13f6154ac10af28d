import type { Clock } from "../clock/mod.ts";
import type { Files } from "../files/mod.ts";
import type { BuiltinPlugins } from "./builtin.ts";
import type { LockedPlugin } from "./lock.ts";
import type { AskedCapability, PluginManifest } from "./manifest.ts";
import type { PluginPackage } from "./package.ts";
import { ProjectStore } from "./project_store.ts";
import type { GuestModule } from "./protocol.ts";
import type { Grants, ResolveOptions } from "./resolve.ts";

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

/** What {@linkcode PluginStore.info} tells. */
export interface PluginInfo {
  readonly package: PluginPackage;
  readonly builtin: boolean;
  readonly locked?: LockedPlugin;
  readonly grants: Grants;
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
  /** What is known of a plugin. Its bytes are compared, its code is not looked at. */
  info(id: string): PluginInfo;
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
  return new ProjectStore(options);
}
