import { createRandom } from "../random/mod.ts";
import { createDiagnostics, type RunEnvironment, SERVICES } from "../runtime/mod.ts";
import type { BufferPool } from "./buffer_pool.ts";
import { type Connection, type PipelineConfig, type StageConfig, stageInputs, TRIGGER } from "./config.ts";
import { topologicalOrder } from "./connections.ts";
import { wholeName } from "./dead_letters.ts";
import { deadLetter } from "./error_policy.ts";
import { createFrame, type DataFrame } from "./frame.ts";
import type { Given } from "./given.ts";
import { channelOf, endsOf, feedsOf } from "./layout.ts";
import type { StageObserver } from "./observer.ts";
import { StageRun } from "./stage_run.ts";

/** What came out of a pipeline: frames by the end that gave them. */
export type Results = ReadonlyMap<string, readonly DataFrame[]>;

/** What {@linkcode SingleShot} works with. */
export interface SingleShotOptions {
  readonly environment: Pick<RunEnvironment, "clock" | "say" | "randomSeed" | "services">;
  readonly observer: StageObserver;
  readonly pool: BufferPool;
}

interface Step {
  readonly run: StageRun;
  readonly feeds: readonly Connection[];
}

/**
 * A pipeline without queues: one frame goes through all stages, each stage behind all that it gets frames from. The stages
 * stay, so that the next frame finds them as they were left.
 */
export class SingleShot {
  readonly #config: PipelineConfig;
  readonly #steps: readonly Step[];
  readonly #ends: readonly string[];
  readonly #pool: BufferPool;
  /** How many get what is given to a channel: stages, and whoever gets the results. */
  readonly #readers = new Map<string, number>();
  readonly #observer: StageObserver;
  readonly #elapsedNs: () => number;
  readonly #closing = new AbortController();
  /** Frames by channel, in the round that is under way; between two rounds, for the next. */
  #given = new Map<string, DataFrame[]>();

  /** Makes no stage yet. */
  constructor(config: PipelineConfig, { environment, observer, pool }: SingleShotOptions) {
    [this.#config, this.#pool] = [config, pool];
    this.#ends = endsOf(config);
    const { clock, say } = environment;
    [this.#observer, this.#elapsedNs] = [observer, () => clock.elapsedNs()];
    const seed = environment.randomSeed();
    const stages = new Map(config.stages.map((stage) => [stage.id, stage]));
    this.#steps = topologicalOrder(config.stages, config.connections).map((id) => {
      const stage = stages.get(id)!;
      const feeds = feedsOf(stage, config.connections);
      const context = {
        ...{ id, clock, pool, random: createRandom(`${seed}/${id}`), log: createDiagnostics(id, clock, say) },
        inputs: feeds.filter(({ from }) => from !== TRIGGER).map(({ input }) => input),
        signal: this.#closing.signal,
        emit: (frame: DataFrame, output?: string) => {
          this.#give(channelOf(stage, output), [run.gave(frame)]);
          return Promise.resolve();
        },
        hold: <T>(work: Promise<T>) => work,
        [SERVICES]: environment.services,
      };
      const giveUp = (frame: DataFrame, error: unknown) => {
        if (stage.dead_letters !== undefined) this.#give(stage.dead_letters, [deadLetter(frame, id, error)]);
      };
      const run: StageRun = new StageRun(stage, { context, observer, elapsedNs: () => clock.elapsedNs(), giveUp });
      return { run, feeds: feeds.length > 0 ? feeds : [triggerOf(stage)] };
    });
    const readers = [...this.#ends, ...this.#steps.flatMap(({ feeds }) => feeds.map(({ from }) => from))];
    for (const channel of readers) this.#readers.set(channel, (this.#readers.get(channel) ?? 0) + 1);
  }

  /** Sends one frame through; what comes out at each end. When `signal` aborts, its reason is thrown at once. */
  async execute(
    frame: DataFrame = createFrame(),
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Results> {
    const { signal } = options;
    const startNs = this.#elapsedNs();
    this.#given.set(TRIGGER, [frame]);
    try {
      for (const step of this.#steps) await this.#take(step, signal);
      this.#observer.run?.(this.#elapsedNs() - startNs);
      const results = new Map<string, DataFrame[]>();
      for (const end of this.#ends) {
        const frames = this.#given.get(end) ?? [];
        results.set(wholeName(end), [...results.get(wholeName(end)) ?? [], ...frames]);
      }
      return results;
    } finally {
      this.#given = new Map();
    }
  }

  /** Makes it as if it had never run. */
  async reset(): Promise<void> {
    this.#given = new Map();
    for (const { run } of this.#steps) await run.stage.reset();
  }

  /** Lets all stages go. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { run } of this.#steps) await run.stage.close();
  }

  /** Its configuration. */
  get config(): PipelineConfig {
    return this.#config;
  }

  async #take({ run, feeds }: Step, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await run.stage.open();
    for (const { from, input } of feeds) {
      for (const each of this.#given.get(from) ?? []) {
        // The trigger is of who called.
        const isOurs = run.config.type.doneOnReturn === true && from !== TRIGGER;
        const received = isOurs ? this.#pool.receive(each) : each;
        this.#give(run.config.id, await orAborted(run.process(received, input), signal, () => run.abandon()));
        if (isOurs && run.isDone) this.#pool.release(received);
      }
    }
  }

  #give(channel: string, frames: Given): void {
    const readers = this.#readers.get(channel) ?? 0;
    if (readers === 0) return;
    const shared = frames.map((frame) => this.#pool.share(frame, readers));
    const before = this.#given.get(channel);
    if (before === undefined) this.#given.set(channel, shared);
    else before.push(...shared);
  }
}

/** A stage that gives frames by itself gives its next one to a trigger. */
function triggerOf(stage: StageConfig): Connection {
  return { from: TRIGGER, to: stage.id, input: stageInputs(stage)[0] ?? TRIGGER };
}

async function orAborted<T>(work: T | Promise<T>, signal: AbortSignal | undefined, abandon: () => void): Promise<T> {
  if (signal === undefined || !(work instanceof Promise)) return await work;
  const aborted = Promise.withResolvers<never>();
  const abort = () => {
    abandon();
    aborted.reject(signal.reason);
  };
  signal.addEventListener("abort", abort, { once: true });
  // What the stage says later is of interest to nobody.
  work.catch(() => {});
  try {
    if (signal.aborted) abort();
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
