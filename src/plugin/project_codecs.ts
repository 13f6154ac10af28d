import type { CodecHeader, CodecKind, CodecRegistry } from "../codec/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { PluginCodecOf } from "./codec_plugin.ts";
import type { CodecShelf, ShelvedPlugin } from "./codec_shelf.ts";
import { limitsOf } from "./limits.ts";
import { prepareModules } from "./modules.ts";
import { type NamedPlugin, namedPlugins } from "./named_plugins.ts";
import type { PluginStore } from "./store.ts";

/** Where the codecs of plugins come from. */
export interface ProjectCodecOptions {
  /** The plugins that may be used: those in the lock of the project, and those that come with tinman. */
  readonly store: Pick<PluginStore, "info">;
  /** Those that are at work. */
  readonly shelf: CodecShelf;
}

/** What {@linkcode openProjectCodec} opens. */
export interface ProjectCodecRequest {
  /** The plugin's id. */
  readonly plugin: string;
  /** The name of the codec in it. */
  readonly name: string;
  /** Plain data for the codec, written into each recording. */
  readonly params?: unknown;
}

/**
 * A codec of a plugin of the project. A codec has nothing granted, whatever the rest of the plugin asks for.
 *
 * @throws {TinmanError} `NOT_FOUND` when the plugin was not added, `INTEGRITY` when it is not what was added, `PLUGIN` or
 * `TIMEOUT` when it cannot be loaded, `CODEC` when it has no such codec.
 */
export async function openProjectCodec(
  { plugin, name, params }: ProjectCodecRequest,
  { store, shelf }: ProjectCodecOptions,
): Promise<PluginCodecOf> {
  const codecs = await shelf.open(read(plugin, store));
  return codecs.codec(name, params);
}

/** Options of {@linkcode openProjectRegistry}. */
export interface ProjectRegistryOptions extends ProjectCodecOptions {
  /** The codecs that are here without plugins. */
  readonly registry: CodecRegistry;
  /** Hears of plugins that are not the ones that wrote. @default {nobody hears it} */
  readonly note?: ((message: string) => void) | undefined;
}

/**
 * The registry for a recording whose channels have these headers: exactly the plugins which they name are loaded, through
 * the lock. Never throws because of a plugin: what it should have decoded is an error when it is asked for, `CODEC_UNKNOWN`
 * when it was not added, else why it could not be loaded. So all else in the recording can be read.
 */
export async function openProjectRegistry(
  headers: readonly CodecHeader[],
  { registry, ...options }: ProjectRegistryOptions,
): Promise<CodecRegistry> {
  const named = namedPlugins(headers);
  if (named.size === 0) return registry;
  const here = new Set(registry.ids());
  const wanted = [...named].filter(([, { codecs }]) => [...codecs.keys()].some((codec) => !here.has(codec)));
  const kinds = await Promise.all(wanted.map(([id, plugin]) => kindsOf(id, plugin, options)));
  return registry.with(kinds.flat().filter(({ id }) => !here.has(id)));
}

async function kindsOf(
  id: string,
  named: NamedPlugin,
  { store, shelf, note }: Omit<ProjectRegistryOptions, "registry">,
): Promise<readonly CodecKind[]> {
  try {
    const plugin = read(id, store);
    const { kinds } = await shelf.open(plugin);
    const others = [...named.sha256].filter((sha256) => sha256 !== plugin.sha256);
    if (others.length > 0 && kinds.some((kind) => (named.codecs.get(kind.id) ?? Infinity) <= kind.version)) {
      note?.(
        `plugin ${id} is another one than when this was recorded: sha256 ${
          others.join(", ")
        } then, ${plugin.sha256} now`,
      );
    }
    return kinds;
  } catch (error) {
    if (isTinmanError(error, "NOT_FOUND")) return [];
    return [...named.codecs.keys()].map((codec) => brokenKind(codec, error));
  }
}

/** Says why a codec is not to be had, when somebody wants it. */
function brokenKind(id: string, error: unknown): CodecKind {
  return {
    id,
    version: Number.MAX_SAFE_INTEGER,
    revive() {
      throw error;
    },
  };
}

function read(id: string, store: Pick<PluginStore, "info">): ShelvedPlugin {
  const { package: pkg } = store.info(id);
  return { id, sha256: pkg.sha256, modules: prepareModules(pkg), limits: limitsOf(pkg.manifest) };
}
