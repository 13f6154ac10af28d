import { createRandom } from "../random/mod.ts";
import { createDiagnostics, type RunEnvironment } from "../runtime/mod.ts";
import { endsOf, feedsOf } from "./build.ts";
import { type Connection, type PipelineConfig, TRIGGER } from "./config.ts";
import { topologicalOrder } from "./connections.ts";
import { deadLetter } from "./error_policy.ts";
import { createFrame, type DataFrame } from "./frame.ts";
import type { StageObserver } from "./observer.ts";
import type { FramePool } from "./stage.ts";
import { type Given, StageRun } from "./stage_run.ts";

/** What came out of a pipeline: frames by the end that gave them. */
export type Results = ReadonlyMap<string, readonly DataFrame[]>;

/** What {@linkcode SingleShot} works with. */
export interface SingleShotOptions {
  readonly environment: Pick<RunEnvironment, "clock" | "say" | "randomSeed">;
  readonly observer: StageObserver;
  readonly pool: FramePool;
}

/**
 * A pipeline without queues: one frame goes through all stages, each stage behind all that it gets frames from. The stages
 * stay, so that the next frame finds them as they were left.
 */
export class SingleShot {
  readonly #config: PipelineConfig;
  readonly #steps: readonly { readonly run: StageRun; readonly feeds: readonly Connection[] }[];
  readonly #ends: readonly string[];
  /** Frames by channel, in the round that is under way. */
  #given = new Map<string, DataFrame[]>();

  /** Makes no stage yet. */
  constructor(config: PipelineConfig, { environment, observer, pool }: SingleShotOptions) {
    this.#config = config;
    this.#ends = endsOf(config);
    const { clock, say } = environment;
    const seed = environment.randomSeed();
    const stages = new Map(config.stages.map((stage) => [stage.id, stage]));
    this.#steps = topologicalOrder(config.stages, config.connections).map((id) => {
      const stage = stages.get(id)!;
      const context = {
        id,
        clock,
        random: createRandom(`${seed}/${id}`),
        log: createDiagnostics(id, clock, say),
        pool,
      };
      const giveUp = (frame: DataFrame, error: unknown) => {
        if (stage.dead_letters !== undefined) this.#give(stage.dead_letters, [deadLetter(frame, id, error)]);
      };
      const run = new StageRun(stage, { context, observer, elapsedNs: () => clock.elapsedNs(), giveUp });
      return { run, feeds: feedsOf(stage, config.connections) };
    });
  }

  /** Sends one frame through; what comes out at each end. When `signal` aborts, its reason is thrown at once. */
  async execute(
    frame: DataFrame = createFrame(),
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Results> {
    const { signal } = options;
    this.#given = new Map([[TRIGGER, [frame]]]);
    for (const { run, feeds } of this.#steps) {
      signal?.throwIfAborted();
      await run.open();
      for (const { from, input } of feeds) {
        for (const each of this.#given.get(from) ?? []) {
          this.#give(run.config.id, await orAborted(run.process(each, input), signal, () => run.abandon()));
        }
      }
    }
    return new Map(this.#ends.map((end) => [end, this.#given.get(end) ?? []]));
  }

  /** Makes it as if it had never run. */
  async reset(): Promise<void> {
    for (const { run } of this.#steps) await run.reset();
  }

  /** Lets all stages go. */
  async close(): Promise<void> {
    for (const { run } of this.#steps) await run.close();
  }

  /** Its configuration. */
  get config(): PipelineConfig {
    return this.#config;
  }

  #give(channel: string, frames: Given): void {
    const before = this.#given.get(channel);
    if (before === undefined) this.#given.set(channel, [...frames]);
    else before.push(...frames);
  }
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
