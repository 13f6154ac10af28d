/**
 * The defaults of this machine: what runs need, and the plugins of the project in the folder of this process. The one
 * place where contracts meet what fulfils them.
 *
 * @module
 */
import { builtinRegistry, msgpack } from "../../codecs/mod.ts";
import { frameKind } from "../pipeline/mod.ts";
import { createPlatform, exitProcess } from "../platform/mod.ts";
import { formatLogEntry, type RunEnvironment } from "../runtime/mod.ts";
import { createPluginOpener, createPluginWorld, createRegistryFor } from "./plugins.ts";
import { createWorkers } from "./workers.ts";
import config from "../../deno.json" with { type: "json" };

export { fileArchives, openStore } from "./archives.ts";
export type { Certificate } from "../platform/mod.ts";
export { openBroker, type OpenBrokerOptions } from "./broker.ts";
export {
  type KafkaNodeOptions,
  kafkaSink,
  type KafkaSinkOptions,
  kafkaSource,
  type KafkaSourceOptions,
} from "./kafka_nodes.ts";
export { openKafka, type OpenKafkaOptions, openQueue } from "./queue.ts";
export { createStageRegistry, pluginCodec, pluginTransport } from "./plugins.ts";

/** The version of this tinman. */
export const VERSION: string = config.version;

/** The environment of {@linkcode createEnvironment}, which also knows the codecs of plugins. */
export type MachineEnvironment = RunEnvironment & Required<Pick<RunEnvironment, "registryFor">>;

/** What runs need, taken from the machine at hand. Pass parts of your own, such as a clock, to `Graph.run(env, …)`. */
export function createEnvironment(): MachineEnvironment {
  const platform = createPlatform();
  const { clock, files, randomSeed, nextTurn, onSignals, onUnhandled } = platform;
  const pluginWorld = createPluginWorld(platform);
  const registry = builtinRegistry().with([frameKind]);
  return {
    clock,
    files,
    registry,
    registryFor: createRegistryFor(registry, pluginWorld, platform),
    defaultCodec: msgpack(),
    randomSeed,
    nextTurn,
    onSignals,
    onUnhandled,
    services: { plugins: createPluginOpener(pluginWorld, platform), pluginWorld, workers: createWorkers(platform) },
    onClockStep: (listener) => clock.onStep(listener),
    exit: exitProcess,
    say: (entry) => entry.level === "debug" || console.error(formatLogEntry(entry)),
    tool: `tinman ${VERSION}`,
  };
}
