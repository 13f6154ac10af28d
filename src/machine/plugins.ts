import type { Codec, CodecRegistry } from "../codec/mod.ts";
import { builtinStages, fileStages, StageRegistry } from "../pipeline/mod.ts";
import {
  createPlatform,
  type Platform,
  processFolder,
  programAssets,
  serialTransport,
  spawnPlugin,
} from "../platform/mod.ts";
import {
  CodecShelf,
  LiveShelf,
  type OpenPlugin,
  openPlugins,
  openPluginStore,
  openPluginTransport,
  openProcess,
  openProjectCodec,
  openProjectRegistry,
  openQuickJs,
  openTrusted,
  type PluginHostOptions,
  type PluginStore,
  type PluginWorld,
  projectStages,
} from "../plugin/mod.ts";
import { openPluginQueue } from "./plugin_queue.ts";
import type { Transport } from "../link/mod.ts";
import type { RunEnvironment } from "../runtime/mod.ts";

/** How long a plugin in QuickJS may work on one batch of messages, whatever it asks for. */
const MAX_QUICKJS_MS = 1000;

/** What plugins run in on this machine. */
export function createPluginWorld({ clock, nextTurn }: Platform): Required<PluginWorld> {
  const now = () => clock.elapsedNs() / 1e6;
  const guests: PluginWorld["guests"] = {
    quickjs: ({ plugin, limits }) => {
      // It runs on our own thread: while it hangs, everything waits.
      const stallMs = Math.min(limits.stallMs, MAX_QUICKJS_MS);
      return openQuickJs({ plugin, ...limits, stallMs, now });
    },
    process: (guest) => openProcess({ ...guest, clock, spawn: spawnPlugin }),
    trusted: () => Promise.resolve(openTrusted({ settled: nextTurn })),
  };
  shelf ??= new CodecShelf(guests.quickjs, now);
  return { transports: [serialTransport], openQueue: openPluginQueue, guests, codecs: shelf, links };
}

/** Of the process, because graphs, recordings and environments come and go and use the same plugins. */
let shelf: CodecShelf | undefined;
const links = new LiveShelf();

/** Opens plugins of the project in the folder of this process, and those that come with tinman. Nobody is asked. */
export function createPluginOpener(world: PluginWorld, platform: Platform): OpenPlugin {
  return (request) => openPlugins(hostOptions(world, platform))(request);
}

function hostOptions(world: PluginWorld, platform: Platform): PluginHostOptions {
  const store = openStore(platform);
  const { paths } = store;
  return {
    ...{ ...world, clock: platform.clock, paths },
    load: (id) => store.load(id),
    grantsOf: (id) => store.grantsOf(id),
  };
}

/**
 * Transport `scheme` of plugin `plugin`: links through it are held open by the plugin, under its grants.
 *
 * @example A link over TCP, held by a process that may connect there and do nothing else
 * ```ts
 * import { pluginTransport } from "tinman";
 *
 * const tcp = pluginTransport("tinman.tcp", "tcp");
 * console.log(tcp.scheme); // await using link = await tcp.open("tcp://127.0.0.1:10110");
 * ```
 * @throws {TinmanError} When a link is opened: `NOT_FOUND`, `DENIED`, `INTEGRITY`, `UNAVAILABLE`.
 */
export function pluginTransport(plugin: string, scheme: string): Transport {
  return {
    scheme,
    open(address, options) {
      const platform = createPlatform();
      const host = hostOptions(createPluginWorld(platform), platform);
      return openPluginTransport(plugin, scheme, { ...host, onLive: (live) => links.add(live) }).open(address, options);
    },
  };
}

/** See `RunEnvironment.registryFor`. */
export function createRegistryFor(
  registry: CodecRegistry,
  { codecs: shelf }: Required<PluginWorld>,
  platform: Platform,
): NonNullable<RunEnvironment["registryFor"]> {
  return (headers, note) => openProjectRegistry(headers, { registry, note, shelf, store: openStore(platform) });
}

/**
 * Codec `name` of plugin `plugin`, an id such as `org.example.nmea`, for a channel. The plugin has to be added to the
 * project in the folder of this process, or comes with tinman. It runs in QuickJS with nothing granted, once in a process
 * for all channels and recordings, until the process ends. `params` are plain data for the codec. Recordings name the
 * plugin and its hash, and are read through it again.
 *
 * @example GPS sentences
 * ```ts
 * import { channel, pluginCodec } from "tinman";
 *
 * export async function openSentences() {
 *   return channel("sentences", { codec: await pluginCodec("tinman.nmea", "sentence") });
 * }
 * ```
 * @throws {TinmanError} `NOT_FOUND` when the plugin was not added, `INTEGRITY` when it is not what was added, `CODEC` when
 * it has no such codec.
 */
export async function pluginCodec<T = unknown>(plugin: string, name: string, params?: unknown): Promise<Codec<T>> {
  const platform = createPlatform();
  const { codecs: shelf } = createPluginWorld(platform);
  const codec = await openProjectCodec({ plugin, name, params }, { shelf, store: openStore(platform) });
  // What its values are, its author knows.
  return codec as Codec<unknown> as Codec<T>;
}

/**
 * The kinds of stages that a pipeline may name on this machine: all that come with tinman, those that read and write files,
 * and what the plugins of the project in the folder of this process bring, `tinman.host/telemetry`. A plugin runs under its
 * grants, in the tier that serves it.
 *
 * @example Numbers smoothed by a plugin
 * ```ts
 * import { createEnvironment, createStageRegistry } from "tinman";
 * import { createPipeline } from "tinman/pipeline";
 *
 * export function makePipeline() {
 *   return createPipeline({
 *     nodes: [
 *       { id: "noise", type: "NoiseGenerator", config: { frame_size: 4 } },
 *       { id: "smooth", type: "tinman.signal/smooth", config: { over: 100 } },
 *     ],
 *     connections: [{ from: "noise", to: "smooth" }],
 *   }, { registry: createStageRegistry(), environment: createEnvironment() });
 * }
 * ```
 */
export function createStageRegistry(): StageRegistry {
  const platform = createPlatform();
  const more = projectStages(openStore(platform));
  return new StageRegistry([...builtinStages, ...fileStages(platform.files)], { more });
}

/** The folder of the process may have changed since. */
function openStore({ files, clock }: Platform): PluginStore {
  return openPluginStore({ files, clock, project: processFolder(), builtin: programAssets("plugins") });
}
