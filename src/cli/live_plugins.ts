import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { PipelineWatch } from "../pipeline/mod.ts";
import { type LivePlugin, LiveShelf, type PluginWorld } from "../plugin/mod.ts";
import type { RunEnvironment } from "../runtime/mod.ts";

/** The run that plugins are at work in, as far as it matters to who restarts them. */
export interface PluginRun {
  /** The pipeline that can be changed while it runs. @default {none} */
  readonly pipeline?: Pick<PipelineWatch, "has" | "restart"> | undefined;
  /** Whether it is recorded, so that a replay has to do the same. */
  readonly isRecorded: boolean;
}

/** What is known of the machine. */
type Machine = Pick<RunEnvironment, "clock" | "services">;

/** How long a plugin that is to be restarted may go on with what is in its hands. */
const RESTART_MS = 5000;
/** The same for one that has lost a capability. */
const REVOKE_MS = 1000;
/** How long somebody waits to see its successor. */
const LOOK_MS = 2000;

/** By what they were opened for: the machine of a command line. */
const byOwner = new WeakMap<object, LivePlugins>();

/** The plugins that are at work for one command, and how they are restarted. */
export class LivePlugins {
  readonly #clock: Clock;
  readonly #own = new LiveShelf();
  readonly #links: LiveShelf | undefined;
  /** How often each was opened, by who it works for. */
  readonly #opened = new Map<string, number>();
  readonly #revoked = new Set<string>();
  /** Those that are being ended because something was taken back from them. */
  readonly #leaving = new WeakSet<LivePlugin>();
  #added = Promise.withResolvers<void>();
  /** What they are at work in. */
  run: PluginRun = { isRecorded: false };

  private constructor({ clock, services }: Machine) {
    this.#clock = clock;
    this.#links = (services?.pluginWorld as PluginWorld | undefined)?.links;
  }

  /** Those of the command that has this `io`. */
  static of(io: { readonly environment: Machine }): LivePlugins {
    const known = byOwner.get(io) ?? new LivePlugins(io.environment);
    byOwner.set(io, known);
    return known;
  }

  /** Takes in one that is at work, until it is no more. */
  add(live: LivePlugin): void {
    this.#own.add(live);
    this.#opened.set(keyOf(live), this.#openings(live) + 1);
    this.#added.resolve();
    this.#added = Promise.withResolvers();
  }

  /** Those that are at work now. */
  get all(): readonly LivePlugin[] {
    return [...this.#own.all, ...this.#links?.all ?? []];
  }

  /** Calls `listener` whenever one more is at work, until what it returns is disposed. */
  onAdd(listener: () => void): Disposable {
    const stack = new DisposableStack();
    for (const shelf of [this.#own, this.#links]) if (shelf !== undefined) stack.use(shelf.onAdd(listener));
    return stack;
  }

  /** How often it was started again for who it works for. */
  restartsOf(live: LivePlugin): number {
    return Math.max(0, this.#openings(live) - 1);
  }

  /** Whether something was taken back from a plugin: then nobody is asked to give it again. */
  isRevoked(plugin: string): boolean {
    return this.#revoked.has(plugin);
  }

  /**
   * Has a plugin begin anew wherever it is at work, or only as the node or stage `name`: a stage between two frames, a node
   * when it has done with what it was given. Resolves when the successors are there.
   *
   * @throws {TinmanError} `NOT_FOUND` when it is not at work, `UNAVAILABLE` where a replay could not do the same, or when a
   * successor is not there in time.
   */
  async restart(plugin: string, name?: string): Promise<void> {
    const isMeant = ({ as }: LivePlugin) => name === undefined ? as.kind !== "link" : as.name === name;
    const found = this.all.filter((live) => live.plugin === plugin && isMeant(live));
    if (found.length === 0) throw notAtWork(plugin, name);
    for (const live of found) this.#assertMay(live);
    const lost = await this.#replace(found, RESTART_MS, (live) => {
      const what = `it did not come to rest within ${RESTART_MS} ms when it was to be restarted`;
      return new TinmanError("PLUGIN", `Plugin ${plugin} was ended: ${what}`, { plugin, tier: live.tier });
    });
    if (lost.length > 0) throw notBack(plugin, lost);
  }

  /**
   * A capability was taken back: whoever holds it is ended, and opened again with what is left. Where that cannot be, the
   * policy of its node or stage says what then. Gives what is to be said of it.
   */
  async withdraw(plugin: string, capability: string): Promise<readonly string[]> {
    return await this.#withdraw(
      plugin,
      capability,
      this.all.filter((live) => live.plugin === plugin && capability in live.effective),
    );
  }

  /**
   * Looks at the grants: whoever holds what they no longer give is ended as by {@linkcode LivePlugins.withdraw}, unless that
   * is under way. `say` is told of it, first what was taken back, as that may be the end of the run.
   *
   * @throws {TinmanError} At once, when the grants cannot be read; then nobody is ended.
   */
  withdrawTaken(say: (line: string) => void): void {
    const lost = this.all.filter((live) => !this.#leaving.has(live))
      .map((live) => ({ live, taken: live.takenBack() }))
      .filter(({ taken }) => taken.length > 0);
    for (const [plugin, each] of Map.groupBy(lost, ({ live }) => live.plugin)) {
      const what = [...new Set(each.flatMap(({ taken }) => taken))].join(", ");
      say(`${what} was taken back from ${plugin}`);
      void this.#withdraw(plugin, what, each.map(({ live }) => live)).then((lines) => lines.forEach(say));
    }
  }

  async #withdraw(plugin: string, what: string, found: readonly LivePlugin[]): Promise<readonly string[]> {
    this.#revoked.add(plugin);
    for (const live of found) this.#leaving.add(live);
    const reason = () => {
      return new TinmanError("DENIED", `Plugin ${plugin} was ended: ${what} was taken back from it`, { what });
    };
    try {
      await this.#replace(found, REVOKE_MS, reason);
    } catch {
      // The run ends, or has too much else to do. Nobody keeps what was taken back.
      for (const live of found) live.end(reason());
    }
    return found.map((live) => {
      const { kind, name } = live.as;
      const isExact = kind === "link" || live.isReplaying || !this.run.isRecorded || this.#isOfPipeline(live);
      return `${kind} ${name} was ended for that${isExact ? "" : "; in a replay of this recording it is not"}`;
    });
  }

  /** Gives those that have no successor yet. */
  async #replace(
    found: readonly LivePlugin[],
    withinMs: number,
    reason: (live: LivePlugin) => TinmanError,
  ): Promise<readonly LivePlugin[]> {
    const before = found.filter(({ as }) => as.kind !== "link").map((live) => [live, this.#openings(live)] as const);
    const late = this.#clock.elapsedNs() + withinMs * 1e6;
    const cancels = found.map((live) => this.#clock.at(late, () => live.end(reason(live))));
    const stages = found.filter((live) => this.#isOfPipeline(live));
    try {
      await Promise.all([
        ...stages.length === 0 ? [] : [this.run.pipeline!.restart(stages.map(({ as }) => as.name))],
        ...found.filter((live) => !stages.includes(live)).map((live) =>
          live.leave?.(withinMs) ?? live.end(reason(live))
        ),
      ]);
    } finally {
      for (const cancel of cancels) cancel();
    }
    await this.#successors(before);
    return before.filter(([live, count]) => this.#openings(live) <= count).map(([live]) => live);
  }

  /** Waits until each is there again, or for as long as somebody likes to wait. */
  async #successors(before: readonly (readonly [live: LivePlugin, openings: number])[]): Promise<void> {
    const isThere = () => before.every(([live, count]) => this.#openings(live) > count);
    const given = new AbortController();
    const cancel = this.#clock.at(this.#clock.elapsedNs() + LOOK_MS * 1e6, () => given.abort());
    const over = new Promise<void>((resolve) => given.signal.addEventListener("abort", () => resolve()));
    while (!isThere() && !given.signal.aborted) await Promise.race([this.#added.promise, over]);
    cancel();
  }

  #assertMay(live: LivePlugin): void {
    const { as: { kind, name }, isReplaying } = live;
    const refuse = (why: string, hint: string) => {
      throw new TinmanError("UNAVAILABLE", `Cannot restart ${kind} "${name}": ${why}`, { what: name, hint });
    };
    if (kind === "link") refuse("a link is open or closed", "what uses it opens it again when it breaks");
    if (isReplaying) refuse("it is in a replay, which does what the run did", "restart it in a run");
    if (kind === "stage" && !this.#isOfPipeline(live)) {
      refuse("its pipeline cannot be changed in this run", "run one pipeline.json, as a whole, without --only");
    }
    if (kind === "node" && this.run.isRecorded) {
      refuse(
        "the run is recorded, and a replay would not restart it",
        "run it without --record, or as a stage of a pipeline",
      );
    }
  }

  /** Whether a pipeline restarts it, and writes that down. */
  #isOfPipeline({ as: { kind, name }, isReplaying }: LivePlugin): boolean {
    return kind === "stage" && !isReplaying && this.run.pipeline?.has(name) === true;
  }

  #openings(live: LivePlugin): number {
    return this.#opened.get(keyOf(live)) ?? 0;
  }
}

function keyOf({ plugin, as: { kind, name } }: LivePlugin): string {
  return JSON.stringify([plugin, kind, name]);
}

function notAtWork(plugin: string, name: string | undefined): TinmanError<"NOT_FOUND"> {
  const as = name === undefined ? "" : ` as "${name}"`;
  return new TinmanError("NOT_FOUND", `Cannot restart plugin ${plugin}: it is not at work here${as}`, {
    kind: "plugin",
    id: plugin,
  });
}

function notBack(plugin: string, lost: readonly LivePlugin[]): TinmanError<"UNAVAILABLE"> {
  const who = lost.map(({ as: { kind, name } }) => `${kind} "${name}"`).join(", ");
  return new TinmanError(
    "UNAVAILABLE",
    `Cannot restart plugin ${plugin}: ${who} did not begin anew within ${LOOK_MS} ms`,
    {
      what: plugin,
      hint: "the diagnostics of the run say why; restart and on_error of a stage say what comes then",
    },
  );
}
