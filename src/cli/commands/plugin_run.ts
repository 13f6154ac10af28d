import { channel, Graph, node, pluginNode } from "../../../mod.ts";
import { didYouMean, TinmanError } from "../../errors/mod.ts";
import type { OpenFile } from "../../files/mod.ts";
import {
  type PluginManifest,
  prepareModules,
  type ProvidedNode,
  readPackage,
  type RunnablePlugin,
  type Tier,
} from "../../plugin/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import { Asker } from "../plugin_ask.ts";
import { readConfig } from "../plugin_config.ts";
import { readLines } from "../plugin_lines.ts";
import { findPlugin, openStore } from "../plugin_project.ts";
import { grantsOnce, onceFlags } from "../plugin_run_flags.ts";
import { formatMessage, parseMessage, portsOf } from "../plugin_values.ts";
import { Session } from "../session.ts";
import { graceFlag } from "./run.ts";

/** `tinman plugin run` */
export const pluginRun = defineCommand({
  name: "plugin run",
  summary: "Run one node of a plugin on lines of JSON, for a pipe",
  about:
    'A line is a message as JSON; bytes are {"$bytes":"<hex>"}, bigint {"$bigint":"12"}. Where the node has several ' +
    'inputs or outputs a line is {"port":…,"value":…}. It ends when the input has ended and all is done. A folder has ' +
    "none of the grants of the project, whatever its id says.",
  args: [{
    name: "PLUGIN[/NODE]",
    summary: "an id, or the folder of one that is being written; NODE where there are several",
    completes: "folder",
  }],
  flags: {
    node: { type: "string", value: "NODE", summary: "The node, where a folder has several" },
    config: { type: "each", value: "KEY=VALUE", summary: "A value of its configuration; lists and objects as JSON" },
    in: { type: "string", value: "FILE", default: "-", summary: "Read messages from here" },
    out: { type: "string", value: "FILE", default: "-", summary: "Write messages there; a new file" },
    ...onceFlags,
    tier: {
      type: "string",
      value: "TIER",
      choices: ["quickjs", "process", "trusted"],
      summary: "Where it runs, if not where it usually does",
    },
    duration: { type: "duration", short: "d", value: "TIME", summary: "End after this time" },
    grace: graceFlag,
  },
  examples: [
    ["tinman plugin run org.example.smooth --in numbers.jsonl", "one message a line"],
    ["tinman plugin run smooth --config window=10", "the folder smooth, from standard input"],
    ["tinman plugin run tinman.serial/lines --config port=/dev/ttyUSB0 -d 10s", "what a device says"],
  ],
  exits: {
    1: "the plugin failed",
    3: "there is no such plugin or node",
    4: "it is not granted what it needs",
    5: "its bytes are not those that were added",
    124: "it hung, or did not end in time",
    130: "ended by Ctrl-C",
  },
  json: "none",
  async run(context) {
    const { args: [text], flags, out } = context;
    const { manifest, instead, name } = choose(text!, context as Context);
    const provided = findNode(manifest, flags.node ?? name);
    const config = readConfig(flags.config, provided);
    const ports = portsOf(provided);
    const [source, target] = [flags.in ?? "-", flags.out ?? "-"];
    const readsKeys = ports.in.length === 0 || source !== "-";
    using session = new Session(context as Context, true, {
      asker: readsKeys ? Asker.at(context as Context) : undefined,
      instead,
      grants: grantsOnce(flags, context),
    });
    using file = target === "-" ? undefined : context.io.files.open(context.path(target), "create");
    if (!readsKeys && context.io.keys !== undefined) out.note("one message a line, as JSON; Ctrl-D ends");
    const report = await graphOf(provided, {
      ...{ manifest, config, source, file },
      tier: flags.tier as Tier | undefined,
    }, context as Context)
      .run(session.environment, {
        ...(flags.duration !== undefined && { durationMs: flags.duration }),
        ...(flags.grace !== undefined && { graceMs: flags.grace }),
      });
    return session.exitCode(report);
  },
});

function choose(text: string, context: Context): { manifest: PluginManifest; instead?: RunnablePlugin; name?: string } {
  const target = findPlugin(text, context);
  if (target.kind === "added") {
    const { manifest } = openStore(context).load(target.id);
    return { manifest, ...(target.node !== undefined && { name: target.node }) };
  }
  const pkg = readPackage(context.io.files, target.folder);
  const { manifest } = pkg;
  return { manifest, instead: { manifest, modules: prepareModules(pkg) } };
}

function findNode({ id, provides: { nodes, stages } }: PluginManifest, name: string | undefined): ProvidedNode {
  const names = nodes.map((each) => each.name);
  if (name === undefined && nodes.length === 1) return nodes[0]!;
  const found = nodes.find((each) => each.name === name);
  if (found !== undefined) return found;
  if (nodes.length === 0) {
    const hint = stages.length > 0 ? `name it in a pipeline.json: "type": "${id}/${stages[0]!.name}"` : undefined;
    const details = { kind: "node", id: name ?? "", hint };
    throw new TinmanError("NOT_FOUND", `Cannot run plugin ${id}: it has no nodes`, details);
  }
  const has = `it has ${names.join(", ")}`;
  if (name === undefined) {
    throw new TinmanError("USAGE", `Cannot run plugin ${id}: say which node, ${has}`, { hint: `${id}/${names[0]}` });
  }
  throw new TinmanError("NOT_FOUND", `Cannot find node "${name}" in plugin ${id}: ${has}`, {
    kind: "node",
    id: name,
    hint: didYouMean(name, names),
  });
}

interface Pipe {
  readonly manifest: PluginManifest;
  readonly config: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly file: OpenFile | undefined;
  readonly tier: Tier | undefined;
}

function graphOf(provided: ProvidedNode, { manifest, config, source, file, tier }: Pipe, context: Context): Graph {
  const ports = portsOf(provided);
  const named = (names: readonly string[], prefix: string) =>
    Object.fromEntries(names.map((port) => [port, channel<unknown>(prefix + port)]));
  const [inputs, outputs] = [named(ports.in, "in_"), named(ports.out, "out_")];
  const stage = pluginNode(manifest.id, provided.name, { in: inputs, out: outputs, config, ...(tier && { tier }) });
  const reader = node({ name: "input", out: inputs }, async (channels) => {
    const path = source === "-" ? "standard input" : source;
    for await (const [line, number] of readLines(source, context, channels.signal)) {
      const { port, value } = parseMessage(line, ports.in, { path, line: number });
      await channels[port]!.publish(value);
    }
  });
  const print = (port: string) => (value: unknown) => write(formatMessage({ port, value }, ports.out), file, context);
  const prints = Object.fromEntries(ports.out.map((port) => [port, print(port)]));
  const printer = () => node({ name: "output", in: outputs }, prints);
  return Graph.of(stage, ...ports.in.length > 0 ? [reader] : [], ...ports.out.length > 0 ? [printer()] : []);
}

function write(line: string, file: OpenFile | undefined, { out }: Context): void {
  if (file === undefined) {
    out.line(line);
    return out.flush();
  }
  const bytes = new TextEncoder().encode(`${line}\n`);
  if (file.write(bytes) < bytes.length) {
    throw new TinmanError("WRITE_FAILED", `Cannot write ${file.path}: the disk is full`, { path: file.path });
  }
}
