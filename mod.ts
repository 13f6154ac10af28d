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
import { createEnvironment } from "./src/machine/mod.ts";
import {
  Graph,
  type GraphInput,
  type ReplayOptions,
  type ReplayReport,
  type RunOptions,
  type RunReport,
} from "./src/runtime/mod.ts";

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
  type NodePart,
  type NodePorts,
  type Outputs,
  type ProbedChannel,
  type ProbedNode,
  type PurePorts,
  type RecordOptions,
  type ReplayControl,
  type ReplayOptions,
  type ReplayReport,
  type RunEnvironment,
  type RunOptions,
  type RunProbe,
  type RunReport,
  SERVICES,
  type Services,
  STOPPING,
  validate,
  type ValidateOptions,
  type VerifyLook,
  type VerifyReport,
} from "./src/runtime/mod.ts";
// Nodes of plugins; who writes one needs "tinman/plugin" alone.
export { pluginNode, type PluginPorts, type RestartPolicy, type Tier } from "./src/plugin/mod.ts";
// Codecs; the parts for one's own are in "tinman/codec", those for reading recordings in "tinman/log".
export {
  type Codec,
  type CodecHeader,
  type CodecKind,
  CodecRegistry,
  type CodecValue,
  type Decoded,
} from "./src/codec/mod.ts";
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
export type { Link, LinkOptions, Transport } from "./src/link/mod.ts";
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
export {
  type Certificate,
  createEnvironment,
  createStageRegistry,
  fileArchives,
  type KafkaNodeOptions,
  kafkaSink,
  type KafkaSinkOptions,
  kafkaSource,
  type KafkaSourceOptions,
  type MachineEnvironment,
  openBroker,
  type OpenBrokerOptions,
  openKafka,
  type OpenKafkaOptions,
  openQueue,
  openStore,
  pluginCodec,
  pluginTransport,
  VERSION,
} from "./src/machine/mod.ts";

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
