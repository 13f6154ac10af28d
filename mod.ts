/**
 * tinman: pipelines of small nodes which record everything that flows and replay it through changed code.
 *
 * @example Two nodes and a channel
 * ```ts
 * import { channel, node, run } from "tinman";
 *
 * const messages = channel<string>("messages");
 * const producer = node({ out: { messages } }, async ({ messages }) => {
 *   for (let i = 0; i < 10; i++) await messages.publish(`message ${i}`);
 * });
 * const consumer = node({ in: { messages } }, async ({ messages }) => {
 *   for await (const text of messages) console.log("got", text);
 * });
 * await run([producer, consumer]);
 * ```
 * @module
 */
import { builtinRegistry, msgpack } from "./codecs/mod.ts";
import type { Clock } from "./src/clock/mod.ts";
import serial from "./plugins/serial/mod.ts";
import {
  createPlatform,
  exitProcess,
  type Platform,
  processFolder,
  programAssets,
  spawnPlugin,
} from "./src/platform/mod.ts";
import {
  type GrantQuestion,
  type Grants,
  type OpenPlugin,
  openPlugins,
  openPluginStore,
  openProcess,
  openQuickJs,
  openTrusted,
  type PluginStore,
  type PluginWorld,
} from "./src/plugin/mod.ts";
import {
  formatLogEntry,
  Graph,
  type GraphInput,
  type ReplayOptions,
  type ReplayReport,
  type RunEnvironment,
  type RunOptions,
  type RunReport,
} from "./src/runtime/mod.ts";
import config from "./deno.json" with { type: "json" };

// Graphs: channels, nodes, how they are run.
export {
  type AllChannels,
  allChannels,
  type Channel,
  channel,
  type ChannelOptions,
  type Cursor,
  type Exit,
  type Gate,
  In,
  type InEnd,
  type InputOptions,
  Out,
  type OutEnd,
  type SubscribeOptions,
} from "./src/channel/mod.ts";
export {
  type AnyChannel,
  type ChannelMap,
  type ChannelStats,
  type Diagnostics,
  type Divergence,
  failedNode,
  filter,
  formatLogEntry,
  Graph,
  type GraphDescription,
  type GraphInput,
  type Input,
  type Inputs,
  type IsAny,
  isNode,
  type LogEntry,
  type LogLevel,
  logs,
  map,
  type Node,
  node,
  type NodeBody,
  type NodeContext,
  type NodeFunction,
  type NodeHandlers,
  type NodePorts,
  type Outputs,
  type PurePorts,
  type RecordOptions,
  type ReplayControl,
  type ReplayOptions,
  type ReplayReport,
  type RunEnvironment,
  type RunOptions,
  type RunReport,
  validate,
  type ValidateOptions,
  type VerifyReport,
} from "./src/runtime/mod.ts";
export {
  type GrantQuestion,
  type Grants,
  pluginNode,
  type PluginPorts,
  type PluginStore,
  type RestartPolicy,
  type Tier,
} from "./src/plugin/mod.ts";
// Codecs; the parts for one's own are in "tinman/codec", those for reading recordings in "tinman/log".
export { type Codec, type CodecHeader, type CodecKind, CodecRegistry, type CodecValue } from "./src/codec/mod.ts";
export * from "./codecs/mod.ts";
// The world that runs are given.
export { BaseClock, type Clock, msToNs, VirtualClock, type WaitOptions } from "./src/clock/mod.ts";
export {
  createMemoryFiles,
  type FileMode,
  type Files,
  type FileStat,
  type MemoryFilesOptions,
  type OpenFile,
} from "./src/files/mod.ts";
export { createRandom, type Random } from "./src/random/mod.ts";
export {
  catalogue,
  closest,
  didYouMean,
  type ErrorCode,
  type ErrorDetails,
  type ErrorEntry,
  findEntry,
  isTinmanError,
  TinmanError,
  type TinmanErrorOptions,
} from "./src/errors/mod.ts";
/** The version of this tinman. */
export const VERSION: string = config.version;

/** Options of {@linkcode createEnvironment}. */
export interface EnvironmentOptions {
  /** Asks a person what a plugin may do; see `PluginHostOptions.ask`. @default {nobody is asked} */
  readonly askForGrants?: (question: GrantQuestion, store: PluginStore) => Promise<Grants | undefined>;
}

/** What runs need, taken from the machine at hand. Pass parts of your own, such as a clock, to `Graph.run(env, …)`. */
export function createEnvironment(options: EnvironmentOptions = {}): RunEnvironment {
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
    services: { plugins: createPluginOpener(pluginWorld, clock, options), pluginWorld },
    onClockStep: (listener) => clock.onStep(listener),
    exit: exitProcess,
    say: (entry) => entry.level === "debug" || console.error(formatLogEntry(entry)),
    tool: `tinman ${VERSION}`,
  };
}

/** The plugins of the project in the folder `project`, and those that come with tinman. */
export function createPluginStore(project: string = processFolder()): PluginStore {
  const { files, clock } = createPlatform();
  return openPluginStore({ files, clock, project, builtin: programAssets("plugins") });
}

function createPluginWorld({ clock, nextTurn }: Platform): PluginWorld {
  return {
    transports: [{ scheme: "serial", ...serial.transports.serial }],
    guests: {
      quickjs: ({ plugin, limits }) => openQuickJs({ plugin, ...limits, now: () => clock.elapsedNs() / 1e6 }),
      process: (guest) => openProcess({ ...guest, clock, spawn: spawnPlugin }),
      trusted: () => Promise.resolve(openTrusted({ settled: nextTurn })),
    },
  };
}

function createPluginOpener(world: PluginWorld, clock: Clock, { askForGrants }: EnvironmentOptions): OpenPlugin {
  return (request) => {
    // The folder of the process may have changed since.
    const store = createPluginStore();
    const { paths } = store;
    const open = openPlugins({
      ...{ ...world, clock, paths },
      load: (id) => store.load(id),
      grantsOf: (id) => store.grantsOf(id),
      ...(askForGrants !== undefined && { ask: (question) => askForGrants(question, store) }),
    });
    return open(request);
  };
}

/**
 * Runs nodes until all have ended, somebody asks them to end, or one fails.
 *
 * @throws {TinmanError} `GRAPH` before anything starts; afterwards the first error that a node threw, itself.
 */
export function run(nodes: GraphInput, options: RunOptions = {}): Promise<RunReport> {
  return Graph.of(nodes).run(createEnvironment(), options);
}

/**
 * Runs nodes on a recording: it feeds exactly the inputs that none of them produces. The same recording gives the same
 * output, byte for byte, in every run.
 */
export function replay(nodes: GraphInput, recording: string, options: ReplayOptions = {}): Promise<ReplayReport> {
  return Graph.of(nodes).replay(recording, createEnvironment(), options);
}
