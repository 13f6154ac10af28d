import { createSlice } from "../channel/mod.ts";
import type { RunEnvironment } from "./environment.ts";
import { Execution } from "./execution.ts";
import { fuse, nameNodes } from "./graph_plan.ts";
import { noJournal } from "./journal.ts";
import { createDiagnostics } from "./logs.ts";
import type { Node } from "./node.ts";
import type { RunOptions, RunReport } from "./options.ts";
import { Probing } from "./probe.ts";
import { Recorder, STOP } from "./recorder.ts";
import { watchForStall } from "./stall.ts";
import { StatsCollector } from "./stats.ts";
import { validate } from "./validate.ts";

/**
 * Runs a graph until all its nodes have ended, somebody asks it to end, or a node fails.
 *
 * @throws {TinmanError} `GRAPH` before anything starts; afterwards the first error that a node threw, itself.
 */
export async function runGraph(
  nodes: readonly Node[],
  env: RunEnvironment,
  options: RunOptions = {},
): Promise<RunReport> {
  const named = nameNodes(nodes);
  validate(named);
  const { clock, nextTurn } = env;
  const seed = options.seed ?? env.randomSeed();
  const startedNs = clock.elapsedNs();
  using cleanup = new DisposableStack();

  const recorder = options.record === undefined
    ? undefined
    : new Recorder(env, { nodes: named, record: options.record, seed, clock, live: true });
  if (recorder !== undefined) cleanup.use(recorder);
  const probing = options.onProbe && new Probing(env.defaultCodec);
  const watched = (channel: string) =>
    options.stats === true || probing !== undefined || recorder?.records(channel) === true;
  const execution = new Execution(fuse(named, watched), {
    clock,
    nextTurn,
    seed,
    driven: false,
    slice: createSlice({ nextTurn, elapsedNs: () => clock.elapsedNs() }),
    services: env.services,
    journal: (node) => recorder?.journal(node) ?? noJournal,
    joinedJournal: (number) => recorder?.joinedJournal(number) ?? noJournal,
    retireJournal: (journal) => recorder?.retireJournal(journal),
    tap: (channel) => {
      const record = recorder?.tap(channel);
      return probing?.tap(channel, record) ?? record;
    },
    say: (entry) => env.say(entry),
  });
  const log = createDiagnostics("", clock, execution.say);
  if (recorder !== undefined && env.onClockStep !== undefined) {
    cleanup.use(env.onClockStep((step) => recorder.note("clock-step", { deltaMs: step.deltaMs })));
  }

  const unhandled = env.onUnhandled?.(execution.takeUnhandled);
  if (unhandled !== undefined) cleanup.use(unhandled);

  const stats = new StatsCollector(execution.wiring.outs, () => clock.elapsedNs());
  const report = () => stats.stats((channel) => recorder?.counts(channel));
  cleanup.use(
    repeat(env, options.statsEveryMs ?? 1000, () => options.onStats ? options.onStats(report()) : stats.sample()),
  );
  const stopper = new Stopper(env, execution, options, {
    asked: () => recorder?.note(STOP, {}),
    forced: () => recorder?.[Symbol.dispose](),
  });
  cleanup.use(stopper);
  cleanup.use(watchForStall(env, execution, options.stallMs ?? 10_000));

  if (probing !== undefined) options.onProbe?.(probing.open({ execution, recorder, now: () => clock.now() }));
  execution.start();
  const leftBehind = await stopper.ended();
  if (leftBehind.length > 0) log.warn(`nodes did not end in time: ${leftBehind.join(", ")}`);
  if (execution.missedLogs > 0) log.warn(`readers of the logs missed ${execution.missedLogs} entries`);
  const channels = report();
  recorder?.close();
  return {
    ...recorder?.place,
    channels: recorder === undefined ? channels : report(),
    stopped: stopper.cause,
    elapsedMs: (clock.elapsedNs() - startedNs) / 1e6,
    leftBehind,
  };
}

/** Who wants to know that the run ends before its time. */
interface StopListener {
  asked(): void;
  forced(): void;
}

/** Turns signals, a duration or an abort into a polite end, and the end of politeness into an abrupt one. */
class Stopper implements Disposable {
  cause: RunReport["stopped"] = "ended";
  readonly #env: RunEnvironment;
  readonly #execution: Execution;
  readonly #options: RunOptions;
  readonly #on: StopListener;
  readonly #asked = Promise.withResolvers<void>();
  readonly #disposed = new AbortController();
  readonly #signals: Disposable | undefined;

  constructor(env: RunEnvironment, execution: Execution, options: RunOptions, on: StopListener) {
    [this.#env, this.#execution, this.#options, this.#on] = [env, execution, options, on];
    const { durationMs, signal, handleSignals = true } = options;
    if (handleSignals) this.#signals = env.onSignals?.((name) => this.#signalled(name));
    if (durationMs !== undefined && durationMs < Infinity) {
      env.clock.sleep(durationMs, { signal: this.#disposed.signal }).then(() => this.#stop("duration"), () => {});
    }
    if (signal?.aborted) queueMicrotask(() => this.#stop("asked"));
    signal?.addEventListener("abort", () => this.#stop("asked"), { once: true, signal: this.#disposed.signal });
  }

  /** Waits for the end; returns the nodes that did not come to theirs. */
  async ended(): Promise<string[]> {
    const grace = this.#asked.promise.then(() =>
      this.#env.clock.sleep(this.#options.graceMs ?? 5000, { signal: this.#disposed.signal })
    ).catch(() => {});
    try {
      await Promise.race([this.#execution.ended, grace]);
    } finally {
      // Daemons were asked to end when the last other node had; they get the rest of one turn. So do refusals that nobody
      // waits for: they are known only then.
      await this.#env.nextTurn();
    }
    if (this.#execution.failure !== undefined) throw this.#execution.failure.error;
    const late = this.#execution.unfinished();
    this.#execution.abort();
    if (late.length > 0) await this.#env.nextTurn();
    return this.#execution.unfinished();
  }

  [Symbol.dispose](): void {
    this.#disposed.abort();
    this.#signals?.[Symbol.dispose]();
  }

  #stop(cause: RunReport["stopped"]): void {
    if (this.#execution.stopping) return;
    this.cause = cause;
    this.#on.asked();
    this.#execution.stop();
    this.#asked.resolve();
  }

  #signalled(name: string): void {
    if (!this.#execution.stopping) return this.#stop("signal");
    this.#execution.abort();
    this.#on.forced();
    this.#env.exit?.(name === "SIGTERM" ? 143 : 130);
  }
}

/** Calls back every `ms` milliseconds until disposed. */
function repeat(env: RunEnvironment, ms: number, callback: () => void): Disposable {
  const ended = new AbortController();
  void (async () => {
    for await (const _ of env.clock.every(ms, { signal: ended.signal })) callback();
  })().catch(() => {});
  return { [Symbol.dispose]: () => ended.abort() };
}
