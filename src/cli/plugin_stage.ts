import {
  builtinRegistry,
  type Channel,
  channel,
  createMemoryFiles,
  Graph,
  msgpack,
  node,
  pluginNode,
  VirtualClock,
} from "../../mod.ts";
import { createRecording } from "../log/mod.ts";
import type { OpenPlugin, ProvidedNode, Tier } from "../plugin/mod.ts";
import { type LogEntry, replayGraph } from "../runtime/mod.ts";
import type { Io } from "./io.ts";
import { portsOf, type PortValue } from "./plugin_values.ts";

/** What is put into a node of a plugin, and how. */
export interface StageOptions {
  /** The id of the plugin. */
  readonly plugin: string;
  readonly node: ProvidedNode;
  readonly config: Readonly<Record<string, unknown>>;
  readonly messages: readonly PortValue[];
  readonly open: OpenPlugin;
  readonly tier?: Tier;
}

/** What came of it. */
export interface StageResult {
  readonly messages: readonly PortValue[];
  /** What the node said. */
  readonly said: readonly LogEntry[];
}

/**
 * Runs one node of a plugin on messages that come a tenth of a second apart, in a made-up time with made-up chance: the
 * replay of a recording that never was. So what comes out depends on the plugin alone. A node without inputs is given ten
 * seconds.
 */
export async function runStage(options: StageOptions, { environment }: Pick<Io, "environment">): Promise<StageResult> {
  const { plugin, node: provided, config, open, tier } = options;
  const ports = portsOf(provided);
  const files = createMemoryFiles();
  writeRecording(files, ports.in, options.messages);
  const messages: PortValue[] = [];
  const said: LogEntry[] = [];
  const named = (names: readonly string[], prefix: string) =>
    Object.fromEntries(names.map((port): [string, Channel<unknown>] => [port, channel<unknown>(prefix + port)]));
  const [inputs, outputs] = [named(ports.in, "in_"), named(ports.out, "out_")];
  const stage = pluginNode(plugin, provided.name, { in: inputs, out: outputs, config, ...(tier && { tier }) });
  const take = (port: string) => (value: unknown) => void messages.push({ port, value });
  const collect = Object.fromEntries(ports.out.map((port) => [port, take(port)]));
  // Without outputs there is nothing to collect.
  const collector = ports.out.length === 0 ? [] : [node({ name: "collector", in: outputs }, collect)];
  const { nodes } = Graph.of(stage, ...collector);
  await replayGraph(nodes, FOLDER, {
    ...environment,
    files,
    registry: builtinRegistry(),
    defaultCodec: msgpack(),
    services: { plugins: open },
    say: (entry) => said.push(entry),
  });
  // Which of two ports was first is nobody's business; what came on each is.
  return { messages: ports.out.flatMap((port) => messages.filter((each) => each.port === port)), said };
}

const FOLDER = "/fixture";
const START_NS = 1_767_225_600_000_000_000n; // 2026-01-01
const STEP_NS = 100_000_000n;
const SOURCE_NS = 10_000_000_000n;

function writeRecording(
  files: ReturnType<typeof createMemoryFiles>,
  ports: readonly string[],
  messages: readonly PortValue[],
) {
  const clock = new VirtualClock(START_NS);
  using recording = createRecording(files, FOLDER, { clock, id: "fixture", seed: "fixture" });
  const writers = new Map(ports.map((port) => [port, recording.channel(`in_${port}`, msgpack())]));
  messages.forEach(({ port, value }, i) => {
    clock.advanceTo(START_NS + BigInt(i) * STEP_NS);
    writers.get(port)!.write(value);
  });
  clock.advanceTo(clock.now() + (ports.length === 0 ? SOURCE_NS : STEP_NS));
}
