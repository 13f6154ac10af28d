import { isTinmanError } from "../errors/mod.ts";
import { mayBeMissing, type Parameter } from "../parameter/mod.ts";
import {
  chooseTier,
  type Grants,
  limitsOf,
  missingError,
  openPlugins,
  type PluginPackage,
  PluginSession,
  type PluginWorld,
  type ProvidedNode,
  type ProvidedStage,
  type Provides,
  resolveGrants,
  type RunnablePlugin,
  type Tier,
} from "../plugin/mod.ts";
import type { Context } from "./command.ts";
import type { Finding } from "./findings.ts";
import { count } from "./output.ts";
import { checkCodec } from "./plugin_codec_checks.ts";
import { configFixture, fixturePath, textOf } from "./plugin_fixtures.ts";
import { runFrames } from "./plugin_frames.ts";
import { worldOf } from "./plugin_opener.ts";
import { openStore } from "./plugin_project.ts";
import { runStage } from "./plugin_stage.ts";
import { canonicalText, formatMessage, linesOf, parseMessages, portsOf, type PortValue } from "./plugin_values.ts";

/** What is tested, and with what. */
export interface CheckOptions extends RunnablePlugin {
  readonly package: PluginPackage;
  /** What it may do besides `clock` and `random`, which are made up in a test. */
  readonly grants: Grants;
  /** Takes what comes out as what has to come out; given, it writes a fixture. */
  readonly update?: (path: string, text: string) => void;
}

/** All that `tinman plugin test` looks at, one line each. */
export async function* checkPlugin(plugin: CheckOptions, context: Context): AsyncIterable<Finding> {
  const loaded = await checkLoads(plugin, context);
  yield loaded;
  if (loaded.level === "fail") return;
  for (const part of partsOf(plugin.manifest.provides)) {
    yield* checkPart(part, plugin, context);
    if (plugin.manifest.capabilities.length > 0) yield await checkDenied(part, plugin, context);
  }
  for (const codec of plugin.manifest.provides.codecs) yield* checkCodec(codec, plugin, context);
}

/** Starts a plugin with nothing granted, in the tier where it usually is. */
export async function openBare(
  plugin: RunnablePlugin,
  context: Context,
  tier = bareTier(plugin),
): Promise<PluginSession> {
  const { manifest, modules } = plugin;
  const limits = limitsOf(manifest);
  const { clock } = context.io.environment;
  const guest = await worldOf(context).guests[tier]({ plugin: manifest.id, effective: {}, limits });
  return await PluginSession.open(modules, { plugin: manifest.id, guest, clock, limits });
}

/** What an error says, its cause first. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && isTinmanError(error, "PLUGIN") ? error.cause.message : error.message;
}

async function checkLoads(plugin: CheckOptions, context: Context): Promise<Finding> {
  const name = "loads";
  const { manifest: { provides } } = plugin;
  try {
    await using session = await openBare(plugin, context);
    const { nodes, stages, codecs, transports } = session.provided;
    const wrong = [
      ...compare("node", provides.nodes.map((each) => each.name), nodes),
      ...compare("stage", provides.stages.map((each) => each.name), stages),
      ...compare("codec", provides.codecs.map((each) => each.name), Object.keys(codecs)),
      ...compare("transport", provides.transports.map((each) => each.scheme), transports),
      ...provides.codecs.filter((each) => codecs[each.name] !== undefined && codecs[each.name] !== each.version)
        .map((each) => `codec ${each.name} is version ${codecs[each.name]}, plugin.jsonc says ${each.version}`),
    ];
    if (wrong.length > 0) return { level: "fail", name, message: wrong.join("; "), fix: "make both say the same" };
    return { level: "ok", name, message: `in ${bareTier(plugin)}, with nothing granted; it brings what it says` };
  } catch (error) {
    return { level: "fail", name, message: reasonOf(error), ...hintOf(error) };
  }
}

function compare(kind: string, said: readonly string[], brought: readonly string[]): string[] {
  return [
    ...said.filter((name) => !brought.includes(name)).map((name) =>
      `plugin.jsonc has ${kind} ${name}, the module does not`
    ),
    ...brought.filter((name) => !said.includes(name)).map((name) =>
      `the module has ${kind} ${name}, plugin.jsonc does not`
    ),
  ];
}

/** A node or a stage, which are tested alike. */
type Part =
  & { readonly ports: { readonly in: readonly string[]; readonly out: readonly string[] } }
  & ({ readonly kind: "node"; readonly part: ProvidedNode } | { readonly kind: "stage"; readonly part: ProvidedStage });

function partsOf({ nodes, stages }: Provides): Part[] {
  return [
    ...nodes.map((part) => ({ kind: "node" as const, part, ports: portsOf(part) })),
    ...stages.map((part) => {
      const ports = { in: Object.keys(part.in), out: part.output ? ["out"] : [] };
      return { kind: "stage" as const, part, ports };
    }),
  ];
}

async function* checkPart({ kind, part, ports }: Part, plugin: CheckOptions, context: Context): AsyncIterable<Finding> {
  const { manifest, package: { files } } = plugin;
  const name = `${kind} ${part.name}`;
  const [source, golden] = [fixturePath(part.name, "in"), fixturePath(part.name, "out")];
  if (!files.has(source) && !(ports.in.length === 0 && (files.has(golden) || plugin.update !== undefined))) {
    const has = ports.in.length === 0 ? golden : source;
    const line = kind === "node" ? "one message a line, as JSON" : "one frame a line, as JsonlSink writes them";
    const fix = ports.in.length === 0 ? "tinman plugin test FOLDER --update writes it" : line;
    return yield { level: "warn", name, message: `not tested: there is no ${has}`, fix };
  }
  try {
    const config = configFixture(plugin.package, part.name);
    const messages = parseMessages(textOf(files, source), ports.in, source);
    const missing = missingFor(plugin, config, context);
    if (missing !== undefined) {
      return yield { level: "warn", name, message: `not tested: ${missing.what}`, fix: missing.fix };
    }
    const options = { plugin: manifest.id, config, messages, open: opener(plugin, context) };
    const run = () =>
      kind === "node"
        ? runStage({ ...options, node: part }, context.io)
        : runFrames({ ...options, stage: part }, context.io.environment);
    const first = await run();
    const lines = first.messages.map((each) => formatMessage(each, ports.out));
    if (plugin.update !== undefined) {
      const changed = !files.has(golden) || textOf(files, golden) !== textOfLines(lines);
      if (changed) plugin.update(golden, textOfLines(lines));
      yield {
        level: "ok",
        name,
        message: changed ? `wrote ${count(lines.length, "line")} to ${golden}` : `${golden} is as it was`,
      };
    } else yield compareGolden(first.messages, { name, golden, plugin, ports: ports.out });
    const second = await run();
    const differs = firstDifference(second.messages.map(canonicalText), first.messages.map(canonicalText));
    yield differs === undefined
      ? { level: "ok", name, message: "the same again in a second run" }
      : { level: "fail", name, message: `gave something else in a second run: ${differs}`, fix: UNSTEADY };
  } catch (error) {
    yield { level: "fail", name, message: reasonOf(error), ...hintOf(error) };
  }
}

const UNSTEADY = "take time and chance from context.clock and context.random, and keep nothing between runs";

interface Golden {
  readonly name: string;
  readonly golden: string;
  readonly plugin: CheckOptions;
  readonly ports: readonly string[];
}

function compareGolden(messages: readonly PortValue[], { name, golden, plugin, ports }: Golden): Finding {
  const { files } = plugin.package;
  if (!files.has(golden)) {
    const fix = "tinman plugin test FOLDER --update writes it; then read it";
    return { level: "fail", name, message: `there is no ${golden} to compare with`, fix };
  }
  const text = textOf(files, golden);
  const expected = parseMessages(text, ports, golden);
  const sorted = ports.flatMap((port) => expected.filter((each) => each.port === port));
  const shown = (all: readonly PortValue[]) => all.map((each) => formatMessage(each, ports));
  const at = messages.findIndex((each, i) => canonicalText(each) !== canonicalText(sorted[i] ?? null));
  const end = at < 0 && messages.length < sorted.length ? messages.length : at;
  if (end < 0) return { level: "ok", name, message: `${count(messages.length, "message")} as in ${golden}` };
  const [found, wanted] = [shown(messages)[end] ?? "nothing more", shown(sorted)[end] ?? "nothing more"];
  const line = linesOf(text)[end]?.[1];
  const message = `${golden}${line === undefined ? "" : `:${line}`}: expected ${cut(wanted)}, found ${cut(found)}`;
  return { level: "fail", name, message, fix: "if this is what you want: tinman plugin test FOLDER --update" };
}

/** Runs a node or stage with nothing granted: it has to say so, and neither hang nor crash. */
async function checkDenied({ kind, part, ports }: Part, plugin: CheckOptions, context: Context): Promise<Finding> {
  const name = `${kind} ${part.name}`;
  const { manifest, modules, package: pkg } = plugin;
  // Otherwise it would be refused before it is started, and nobody would see what it does.
  const lenient = { ...manifest, capabilities: manifest.capabilities.map((each) => ({ ...each, optional: true })) };
  const open = opener({ ...plugin, manifest: lenient, modules }, context, {});
  const source = fixturePath(part.name, "in");
  try {
    const messages = pkg.files.has(source) ? parseMessages(textOf(pkg.files, source), ports.in, source) : [];
    const config = { ...standIns(part), ...configFixture(pkg, part.name) };
    const options = { plugin: manifest.id, config, messages, open, tier: bareTier(plugin) };
    if (kind === "node") await runStage({ ...options, node: part }, context.io);
    else await runFrames({ ...options, stage: part }, context.io.environment);
    return { level: "ok", name, message: "with nothing granted it ends in good order" };
  } catch (error) {
    const isNode = isTinmanError(error, "PLUGIN") && /^(?:Node|it failed in) /.test(error.message);
    const message = reasonOf(error);
    if (isNode && message !== "") {
      return { level: "ok", name, message: `with nothing granted it says: ${cut(message)}` };
    }
    if (isTinmanError(error, "CONFIG")) {
      return { level: "warn", name, message: `not tried with nothing granted: ${message}` };
    }
    const fix = "let the error of what was refused reach the caller";
    return { level: "fail", name, message: `with nothing granted it does not fail politely: ${cut(message)}`, fix };
  }
}

/** Something of the right type for each value of the configuration that has to be given. */
function standIns({ config }: Pick<ProvidedNode, "config">): Record<string, unknown> {
  const number = ({ min = -Infinity, max = Infinity }: Parameter) => Math.min(max, Math.max(min, 1));
  const usual: Readonly<Record<Parameter["type"], (field: Parameter) => unknown>> = {
    ...{ text: () => "stand-in", number, integer: number, boolean: () => false, choice: ({ choices }) => choices?.[0] },
    ...{ numbers: () => [], list: () => [], object: () => ({}), any: () => null },
  };
  return Object.fromEntries(
    Object.entries(config).filter(([, field]) => !mayBeMissing(field))
      .map(([key, field]) => [key, usual[field.type](field)]),
  );
}

const MADE_UP: Grants = { clock: { allow: true }, random: { allow: true } };

function missingFor(plugin: CheckOptions, config: Readonly<Record<string, unknown>>, context: Context) {
  const { manifest, grants } = plugin;
  const { missing } = resolveGrants(manifest, { ...MADE_UP, ...grants }, { ...openStore(context).paths, config });
  const error = missingError(manifest.id, missing);
  if (error === undefined) return undefined;
  const words = error.hint!.split(" ").slice(4).map((word) => word.startsWith("--") ? word : `--grant ${word}`).join(
    " ",
  );
  return { what: `it needs ${error.details.what}`, fix: `tinman plugin test PLUGIN ${words}` };
}

function opener(plugin: CheckOptions, context: Context, grants = { ...MADE_UP, ...plugin.grants }) {
  return openPlugins({
    ...(worldOf(context) satisfies PluginWorld),
    load: () => plugin,
    grantsOf: () => grants,
    paths: openStore(context).paths,
    clock: context.io.environment.clock,
  });
}

/** Where a plugin runs with no more than it cannot do without. */
function bareTier({ manifest }: RunnablePlugin): Tier {
  return chooseTier(manifest, {}, manifest.capabilities.every(({ optional }) => optional) ? "quickjs" : "process");
}

function firstDifference(found: readonly string[], wanted: readonly string[]): string | undefined {
  const at = Math.max(found.length, wanted.length);
  for (let i = 0; i < at; i++) {
    if (found[i] !== wanted[i]) {
      return `first ${cut(wanted[i] ?? "nothing more")}, then ${cut(found[i] ?? "nothing more")}`;
    }
  }
  return undefined;
}

function hintOf(error: unknown): { fix?: string } {
  return isTinmanError(error) && error.hint !== undefined ? { fix: error.hint } : {};
}

function textOfLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function cut(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 159)}…`;
}
