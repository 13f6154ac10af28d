/**
 * Plugins as tinman holds them: what they ask for, what they are granted, the very bytes they run from, and where they
 * run. Who writes a plugin needs `tinman/plugin` alone.
 *
 * @module
 */
export * from "./plugin.ts";
export { packPlugin, sealPackage, unpackPlugin } from "./archive.ts";
export {
  canonicalValue,
  type CapabilityName,
  capabilityNames,
  covers,
  danger,
  denoCapabilities,
  type DenoCapability,
  isDenoCapability,
  isServed,
  type PathOptions,
} from "./capability.ts";
export { newlyAsked } from "./difference.ts";
export { formatGrant, GRANTS_FILE, parseGrantArguments } from "./grants.ts";

export { LOCK_FILE, type LockedPlugin, readLock } from "./lock.ts";
export { defaultLimits, limitsOf, type PluginLimits } from "./limits.ts";
export {
  type AskedCapability,
  isPluginId,
  parseManifest,
  PLUGIN_MANIFEST,
  type PluginManifest,
  type ProvidedNode,
  type ProvidedStage,
  type Provides,
} from "./manifest.ts";
export { grantCommand, missingError } from "./missing.ts";
export { prepareModules } from "./modules.ts";
export { createPackage, packageLimits, type PluginPackage, readPackage, sha256, SIGNATURE_FILE } from "./package.ts";
export {
  allows,
  type Effective,
  type EffectiveGrant,
  type Grant,
  type Grants,
  type Missing,
  type Resolution,
  resolveGrants,
} from "./resolve.ts";
export { pluginSchema } from "./schema.ts";
export { createSigningKey, signPackage, verifySignature } from "./signature.ts";
export type { BuiltinPlugins } from "./builtin.ts";
export {
  type AddOptions,
  type AddReport,
  type ListedPlugin,
  type LoadedPlugin,
  openPluginStore,
  type PluginInfo,
  type PluginStore,
  type PluginStoreOptions,
} from "./store.ts";
export { storedFolder } from "./stored.ts";
export { chooseTier, denoFlags, needsFlags, type WorkerPermissions, workerPermissions } from "./tier.ts";
export {
  type GrantQuestion,
  type GuestRequest,
  type OpenGuest,
  openPlugins,
  openPluginTransport,
  type PluginHostOptions,
  type PluginWorld,
  type RunnablePlugin,
} from "./host.ts";
export {
  type OpenedPlugin,
  type OpenPlugin,
  pluginNode,
  type PluginPorts,
  type PluginRequest,
  type RestartPolicy,
} from "./plugin_node.ts";
export { type LivePlugin, LiveShelf, type PluginSeat } from "./live.ts";
export type { HeldQueue, OpenHeldQueue, QueueUse } from "./queue.ts";
export { pluginStageTypes } from "./plugin_stage.ts";
export { projectStages } from "./project_stages.ts";
export type { Guest, GuestModule, GuestUsage, Tier } from "./protocol.ts";
export { PluginSession } from "./session.ts";
export type { Coded, Provided, SessionLimits, SessionOptions } from "./session_options.ts";
export {
  type CodecPlugin,
  openPluginCodecs,
  type PluginCodecOf,
  type PluginCodecOptions,
  type PluginCodecs,
} from "./codec_plugin.ts";
export { CodecShelf, type ShelvedPlugin } from "./codec_shelf.ts";
export {
  openProjectCodec,
  openProjectRegistry,
  type ProjectCodecOptions,
  type ProjectCodecRequest,
  type ProjectRegistryOptions,
} from "./project_codecs.ts";
export { openProcess, type ProcessLimits, type ProcessOptions } from "./process.ts";
export type { Child, ChildEnd, ChildOptions, SpawnChild } from "./process_child.ts";
export { openQuickJs, type QuickJsOptions } from "./quickjs.ts";
export { openTrusted, type TrustedOptions } from "./trusted.ts";
