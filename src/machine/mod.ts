/**
 * The defaults of this machine: what runs need, and the plugins of the project in the folder of this process. The one
 * place where contracts meet what fulfils them.
 *
 * @module
 */
import { builtinRegistry, msgpack } from "../../codecs/mod.ts";
import {
  createPlatform,
  exitProcess,
  type Platform,
  processFolder,
  programAssets,
  serialTransport,
  spawnPlugin,
} from "../platform/mod.ts";
import {
  type OpenPlugin,
  openPlugins,
  openPluginStore,
  openProcess,
  openQuickJs,
  openTrusted,
  type PluginWorld,
} from "../plugin/mod.ts";
import { formatLogEntry, type RunEnvironment } from "../runtime/mod.ts";
import config from "../../deno.json" with { type: "json" };

/** The version of this tinman. */
export const VERSION: string = config.version;

/** How long a plugin in QuickJS may work on one batch of messages, whatever it asks for. */
const MAX_QUICKJS_MS = 1000;

/** What runs need, taken from the machine at hand. Pass parts of your own, such as a clock, to `Graph.run(env, …)`. */
export function createEnvironment(): RunEnvironment {
  const platform = createPlatform();
  const { clock, files, randomSeed, nextTurn, onSignals, onUnhandled } = platform;
  const pluginWorld = createPluginWorld(platform);
  return {
    clock,
    files,
    registry: builtinRegistry(),
    defaultCodec: msgpack(),
    randomSeed,
    nextTurn,
    onSignals,
    onUnhandled,
    services: { plugins: createPluginOpener(pluginWorld, platform), pluginWorld },
    onClockStep: (listener) => clock.onStep(listener),
    exit: exitProcess,
    say: (entry) => entry.level === "debug" || console.error(formatLogEntry(entry)),
    tool: `tinman ${VERSION}`,
  };
}

function createPluginWorld({ clock, nextTurn }: Platform): PluginWorld {
  return {
    transports: [serialTransport],
    guests: {
      quickjs: ({ plugin, limits }) => {
        // It runs on our own thread: while it hangs, everything waits.
        const stallMs = Math.min(limits.stallMs, MAX_QUICKJS_MS);
        return openQuickJs({ plugin, ...limits, stallMs, now: () => clock.elapsedNs() / 1e6 });
      },
      process: (guest) => openProcess({ ...guest, clock, spawn: spawnPlugin }),
      trusted: () => Promise.resolve(openTrusted({ settled: nextTurn })),
    },
  };
}

/** Opens plugins of the project in the folder of this process, and those that come with tinman. Nobody is asked. */
function createPluginOpener(world: PluginWorld, { files, clock }: Platform): OpenPlugin {
  return (request) => {
    // The folder of the process may have changed since.
    const store = openPluginStore({ files, clock, project: processFolder(), builtin: programAssets("plugins") });
    const { paths } = store;
    const open = openPlugins({
      ...{ ...world, clock, paths },
      load: (id) => store.load(id),
      grantsOf: (id) => store.grantsOf(id),
    });
    return open(request);
  };
}
