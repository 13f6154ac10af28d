import type { Clock } from "../clock/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { Gauge, Histogram } from "../telemetry/mod.ts";
import type { DataFrame } from "./frame.ts";
import { RunLimit } from "./pool_limit.ts";
import type { PoolOutcomes, PoolStats } from "./pool_stats.ts";
import { LatencyMeter, PRIORITIES, type Priority } from "./priority.ts";
import { Semaphore } from "./semaphore.ts";

/** What a pool needs of a pipeline. One run at a time. */
export interface PooledPipeline<Result> {
  /** Runs all stages once, beginning with `frame` or an empty one. Ends early when `signal` aborts. */
  executeOnce(frame: DataFrame | undefined, options: { readonly signal: AbortSignal }): Promise<Result>;
  /** Makes it as if it had never run. What it throws ends this instance, not the pool. */
  reset(): void | Promise<void>;
  /** Lets go of what it holds. */
  close(): void | Promise<void>;
}

/** Options of {@linkcode openPool}. */
export interface PoolOptions<Result> {
  /** Makes an instance. */
  create(): PooledPipeline<Result> | Promise<PooledPipeline<Result>>;
  /** For limits and statistics. */
  readonly clock: Clock;
  /** How many run at a time; as many instances are kept warm. @default {4} */
  readonly maxConcurrent?: number;
  /** How many runs may wait; whoever comes on top is refused with `UNAVAILABLE`. @default {1024} */
  readonly maxWaiting?: number;
  /** How long a run may take with its wait, in milliseconds, before it is refused with `TIMEOUT`. @default {Infinity} */
  readonly timeoutMs?: number;
  /** How long a run that was told to end keeps its place while it does not, in milliseconds. @default {1000} */
  readonly graceMs?: number;
  /** The class of runs that name none. @default {"normal"} */
  readonly priority?: Priority;
}

/** Options of {@linkcode PipelinePool.execute}. */
export interface ExecuteOptions {
  /** Ends the run, or its wait, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** {@linkcode PoolOptions.timeoutMs} @default {that of the pool} */
  readonly timeoutMs?: number;
  /** Its class. @default {that of the pool} */
  readonly priority?: Priority;
}

/**
 * Opens a pool. The first instance is made now, so that a configuration that cannot run is refused here.
 *
 * @example Ten runs, three at a time
 * ```ts
 * import { VirtualClock } from "tinman";
 * import { openPool } from "./pool.ts";
 *
 * const create = () => ({ executeOnce: () => Promise.resolve("done"), reset() {}, close() {} });
 * await using pool = await openPool({ create, clock: new VirtualClock(), maxConcurrent: 3 });
 * const results = await Promise.all(Array.from({ length: 10 }, () => pool.execute()));
 * console.log(results.length); // 10
 * ```
 */
export async function openPool<Result>(options: PoolOptions<Result>): Promise<PipelinePool<Result>> {
  const pool = new PipelinePool(options);
  await pool.warm();
  return pool;
}

/**
 * Runs a pipeline many times, several at once. A run gets an instance for itself, a used one where there is one, and waits
 * for its turn: the run goes first whose class wants it done first (earliest deadline first, Liu and Layland 1973), so that
 * urgent runs overtake others and nobody is overtaken for ever; runs of one class go in the order in which they came.
 *
 * After `close()` nothing new is taken, and what was taken is done.
 */
export class PipelinePool<Result> implements AsyncDisposable {
  readonly #options: Required<PoolOptions<Result>>;
  readonly #admission: Semaphore;
  readonly #aborted = new AbortController();
  readonly #idle: PooledPipeline<Result>[] = [];
  readonly #taken = new Set<Promise<unknown>>();
  readonly #meters = PRIORITIES.map((priority) => new LatencyMeter({ priority }));
  readonly #waits = new Histogram();
  readonly #running = new Gauge();
  readonly #waiting = new Gauge();
  readonly #counts = {
    created: 0,
    reused: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    timedOut: 0,
    refused: 0,
    abandoned: 0,
  };
  #closed: Promise<void> | undefined;
  #isDrained = false;

  /** For {@linkcode openPool}. */
  constructor(options: PoolOptions<Result>) {
    this.#options = {
      maxConcurrent: 4,
      maxWaiting: 1024,
      timeoutMs: Infinity,
      graceMs: 1000,
      priority: "normal",
      ...options,
      create: () => options.create(),
    };
    const { maxConcurrent, maxWaiting } = this.#options;
    this.#admission = new Semaphore({ permits: maxConcurrent, maxWaiting, what: "a place in the pool" });
  }

  /** Makes one instance ahead of the first run. */
  async warm(): Promise<void> {
    this.#idle.push(await this.#create());
  }

  /**
   * Runs the pipeline once and gives its result; what it throws comes through as it is.
   *
   * @throws {TinmanError} `UNAVAILABLE` when too many wait, `TIMEOUT` when the time is up, `CLOSED` after `close()`.
   */
  execute(frame?: DataFrame, options: ExecuteOptions = {}): Promise<Result> {
    if (this.#closed !== undefined) {
      return Promise.reject(
        new TinmanError("CLOSED", "Cannot run the pipeline: its pool is closed", { unsent: frame }),
      );
    }
    return this.#track(this.#execute(frame, options));
  }

  /** How it is going. Histograms go on growing. */
  stats(): PoolStats {
    return {
      ...this.#counts,
      idle: this.#idle.length,
      running: this.#running.value,
      maxRunning: this.#running.max,
      waiting: this.#admission.waiting,
      maxWaiting: this.#waiting.max,
      waits: this.#waits,
      classes: this.#meters,
    };
  }

  /** Takes nothing new, waits for all runs, and closes the instances. Twice is fine. */
  close(): Promise<void> {
    return this.#closed ??= this.#drain();
  }

  /** Ends all runs with `reason`, and closes. */
  abort(reason: unknown): Promise<void> {
    const closed = this.close();
    this.#aborted.abort(reason);
    return closed;
  }

  /** Same as {@linkcode PipelinePool.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #execute(frame: DataFrame | undefined, options: ExecuteOptions): Promise<Result> {
    const { clock } = this.#options;
    const { signal, timeoutMs = this.#options.timeoutMs, priority = this.#options.priority } = options;
    const meter = this.#meters[PRIORITIES.indexOf(priority)];
    if (meter === undefined) {
      throw new TypeError(`Cannot run with priority "${priority}": it is one of ${PRIORITIES.join(", ")}`);
    }
    const startNs = clock.elapsedNs();
    using limit = new RunLimit(clock, { signals: [signal, this.#aborted.signal], timeoutMs });
    let isAdmitted = false;
    let outcome: keyof PoolOutcomes = "completed";
    try {
      const admitted = this.#admission.acquire({ due: startNs + meter.targetMs * 1e6, signal: limit.signal });
      this.#waiting.set(this.#admission.waiting);
      const release = await admitted;
      isAdmitted = true;
      this.#waits.record(clock.elapsedNs() - startNs);
      return await limit.race(this.#start(frame, { signal: limit.signal, release }));
    } catch (error) {
      if (limit.signal.aborted && error === limit.signal.reason) outcome = isLate(error) ? "timedOut" : "cancelled";
      else outcome = isAdmitted ? "failed" : "refused";
      throw error;
    } finally {
      this.#counts[outcome]++;
      if (outcome !== "cancelled" && outcome !== "refused") meter.record(clock.elapsedNs() - startNs);
    }
  }

  /** Begins a run, which keeps its place until its instance is ready for the next one. */
  #start(
    frame: DataFrame | undefined,
    { signal, release }: { signal: AbortSignal; release: () => void },
  ): Promise<Result> {
    const free = this.#occupy(release, signal);
    const taken = this.#take();
    const result = taken.then(async (pipeline) => {
      const value = await pipeline.executeOnce(frame, { signal });
      // Before anybody has the result: the next run shall find this instance.
      this.#giveBack(pipeline, free);
      return value;
    });
    // An instance that threw is not trusted again.
    result.catch(() => taken.then(close).catch(() => {}).finally(free));
    return result;
  }

  /** Holds a place until it is freed, or for the time of grace after the run was told to end. */
  #occupy(release: () => void, signal: AbortSignal): () => void {
    const { clock, graceMs } = this.#options;
    const { promise, resolve } = Promise.withResolvers<void>();
    let takeBack: (() => void) | undefined;
    const free = () => {
      signal.removeEventListener("abort", told);
      takeBack?.();
      resolve();
    };
    const told = () => {
      takeBack = clock.at(clock.elapsedNs() + Math.round(graceMs * 1e6), () => {
        this.#counts.abandoned++;
        free();
      });
    };
    signal.addEventListener("abort", told, { once: true });
    this.#running.add(1);
    void this.#track(promise.then(() => {
      this.#running.add(-1);
      release();
    }));
    return free;
  }

  async #take(): Promise<PooledPipeline<Result>> {
    const warm = this.#idle.pop();
    if (warm === undefined) return await this.#create();
    this.#counts.reused++;
    return warm;
  }

  #giveBack(pipeline: PooledPipeline<Result>, free: () => void): void {
    const keep = async () => {
      if (this.#isDrained || this.#idle.length >= this.#options.maxConcurrent) await pipeline.close();
      else this.#idle.push(pipeline);
    };
    try {
      const reset = pipeline.reset();
      if (reset === undefined) {
        keep().catch(() => {});
        return free();
      }
      void reset.then(keep, () => close(pipeline)).catch(() => {}).finally(free);
    } catch {
      void close(pipeline).catch(() => {}).finally(free);
    }
  }

  async #create(): Promise<PooledPipeline<Result>> {
    const pipeline = await this.#options.create();
    this.#counts.created++;
    return pipeline;
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#taken.add(work);
    const forget = () => void this.#taken.delete(work);
    work.then(forget, forget);
    return work;
  }

  async #drain(): Promise<void> {
    while (this.#taken.size > 0) await Promise.allSettled(this.#taken);
    this.#isDrained = true;
    await Promise.all(this.#idle.splice(0).map(close));
  }
}

async function close(pipeline: PooledPipeline<unknown>): Promise<void> {
  await pipeline.close();
}

function isLate(error: unknown): boolean {
  return isTinmanError(error, "TIMEOUT");
}
