import { didYouMean, TinmanError } from "../errors/mod.ts";
import {
  type ChannelStats,
  formatLogEntry,
  Graph,
  type LogEntry,
  logs,
  type RunEnvironment,
  type RunReport,
} from "../runtime/mod.ts";
import type { Context } from "./command.ts";
import { GrantWatch } from "./grant_watch.ts";
import { count, formatBytes, formatHz } from "./output.ts";
import { registryFor } from "./plugin_codecs.ts";
import { openerFor, type OpenerOptions } from "./plugin_opener.ts";
import { clean } from "./style.ts";
import { formatDuration } from "./time.ts";

/**
 * What `run` and `replay` share: diagnostics go to stderr, the signal that ended the run becomes the exit code, and what
 * nodes print with `console.log` stays off a stdout that carries data.
 */
export class Session implements Disposable {
  /** What the graph is run with. */
  readonly environment: RunEnvironment;
  readonly #context: Context;
  readonly #cleanup = new DisposableStack();
  #signal: string | undefined;

  /** Begins. `dataOnStdout`: the command itself prints data there. `plugins`: how they are opened, if not as usual. */
  constructor(context: Context, dataOnStdout: boolean, plugins: OpenerOptions = {}) {
    const { io, out } = context;
    this.#context = context;
    const { services } = io.environment;
    this.environment = {
      ...io.environment,
      registryFor: registryFor(context),
      ...(services?.pluginWorld !== undefined && { services: { ...services, plugins: openerFor(context, plugins) } }),
      say: (entry) => this.#say(entry),
      onSignals: (handler) => this.#listen(handler),
      exit: (code) => {
        out.settle();
        io.exit(code);
      },
    };
    this.#cleanup.use(keepConsoleApart(out, dataOnStdout));
    if (plugins.asker !== undefined) this.#cleanup.use(plugins.asker);
    if (services?.pluginWorld !== undefined) this.#cleanup.use(new GrantWatch(context));
  }

  /** What to exit with after `report`. */
  exitCode({ stopped, leftBehind }: RunReport): number {
    if (stopped === "signal") return { SIGTERM: 143, SIGHUP: 129 }[this.#signal ?? ""] ?? 130;
    return leftBehind.length > 0 ? 124 : 0;
  }

  /** Ends: the console is as it was. */
  [Symbol.dispose](): void {
    this.#cleanup.dispose();
  }

  #listen(handler: (name: string) => void): Disposable {
    const { io: { environment }, out } = this.#context;
    return environment.onSignals?.((name) => {
      if (this.#signal === undefined) out.note(`${name}: ending, what is under way drains; once more ends at once`);
      this.#signal = name;
      handler(name);
    }) ?? { [Symbol.dispose]() {} };
  }

  #say(entry: LogEntry): void {
    const { out, settings } = this.#context;
    if (entry.level === "debug" && settings.verbose === 0) return;
    // A message may have several lines; of an error, its first line is enough.
    const said = entry.message.split("\n").length;
    const [first = "", ...rest] = formatLogEntry(entry).split("\n").map(clean);
    const color = ({ error: "red", warn: "yellow", info: "dim", debug: "dim" } as const)[entry.level];
    const text = [out.paintError(color, first), ...settings.verbose > 1 ? rest : rest.slice(0, said)].join("\n");
    if (entry.level === "warn" || entry.level === "error") out.problem(text);
    else out.note(text);
  }
}

/** The nodes of `graph` with these names; all, in the graph as it is, when there is no name. */
export function chooseNodes(graph: Graph, names: readonly string[]): Graph {
  if (names.length === 0) return graph;
  const all = graph.nodes.map(({ name }) => name);
  for (const name of names) {
    if (all.includes(name)) continue;
    throw new TinmanError("NOT_FOUND", `Cannot find node "${name}": the graph has ${all.join(", ")}`, {
      kind: "node",
      id: name,
      hint: didYouMean(name, all),
    });
  }
  return Graph.of(...graph.nodes.filter(({ name }) => names.includes(name)));
}

/** The table of `--stats`. */
export function printStats(channels: readonly ChannelStats[], { out }: Context): void {
  // The channel of diagnostics is there in every run; it is of interest when something was said.
  const shown = channels.filter(({ name, count }) => name !== logs.name || count > 0);
  const rows = shown.map(({ name, count, hz, bytes, drops }) => [
    name,
    count.toLocaleString("en-US"),
    formatHz(hz),
    bytes === 0 ? "–" : formatBytes(bytes),
    drops.toLocaleString("en-US"),
  ]);
  const head = ["channel", "messages", "Hz", "recorded", "lost"];
  out.table(head, rows, { right: head.slice(1) });
}

/** One line for the bottom of a terminal: `12.3 s · distance 20 Hz · plan 20 Hz · 1.2 MiB`. */
export function liveLine(channels: readonly ChannelStats[], elapsedMs: number): string {
  const rates = channels.filter(({ count }) => count > 0).map(({ name, hz }) => `${clean(name)} ${formatHz(hz)} Hz`);
  const bytes = channels.reduce((sum, each) => sum + each.bytes, 0);
  const drops = channels.reduce((sum, each) => sum + each.drops, 0);
  return [
    formatDuration(elapsedMs),
    ...drops > 0 ? [`${count(drops, "frame")} lost`] : [],
    ...bytes > 0 ? [formatBytes(bytes)] : [],
    ...rates,
  ].join(" · ");
}

/** What happened, in one sentence: `3 channels, 300 messages in 5.0 s`. */
export function summary(report: RunReport): string {
  const messages = report.channels.reduce((sum, each) => sum + each.count, 0);
  return `${count(report.channels.length, "channel")}, ${count(messages, "message")} in ${
    formatDuration(report.elapsedMs)
  }`;
}

/** What was recorded, if anything: `recorded 1.2 MiB, nothing lost, to /there`. */
export function recordingSummary({ recording, parts, channels }: RunReport): string | undefined {
  if (recording === undefined) return undefined;
  const bytes = channels.reduce((sum, each) => sum + each.bytes, 0);
  const drops = channels.reduce((sum, each) => sum + each.drops, 0);
  const lost = drops === 0 ? "nothing lost" : `${count(drops, "frame")} lost`;
  return `recorded ${formatBytes(bytes)}, ${lost}, to ${clean(recording)}${
    parts === undefined ? "" : partsSummary(parts)
  }`;
}

function partsSummary({ folders, deleted }: NonNullable<RunReport["parts"]>): string {
  const last = folders.length > 1 ? ` … ${clean(folders.at(-1)!)}` : "";
  const older = deleted > 0 ? `; ${count(deleted, "older part")} deleted` : "";
  return `${last} (${count(folders.length, "part")}${older})`;
}

/** Takes the live line away before a node prints, and moves prints off a stdout that carries data. */
export function keepConsoleApart(out: Context["out"], dataOnStdout: boolean): Disposable {
  const stack = new DisposableStack();
  for (const name of ["log", "info", "debug", "warn", "error"] as const) {
    const before = console[name];
    const target = dataOnStdout ? console.error : before;
    console[name] = (...items: unknown[]) => {
      out.settle();
      target.apply(console, items);
    };
    stack.defer(() => console[name] = before);
  }
  return stack;
}
