import { TinmanError } from "../errors/mod.ts";
import { node, type RunEnvironment, type RunOptions, type RunReport } from "../runtime/mod.ts";
import { BufferPool } from "./buffer_pool.ts";
import { buildGraph } from "./build.ts";
import { ChangeLine } from "./change_line.ts";
import { type PipelineConfig, readPipeline, TRIGGER } from "./config.ts";
import type { PipelineDiff } from "./diff.ts";
import { createFrame, type DataFrame } from "./frame.ts";
import { KeptResults } from "./kept_results.ts";
import { triggeredBy } from "./layout.ts";
import { noObserver, type StageObserver } from "./observer.ts";
import type { StageRegistry } from "./registry.ts";
import type { Results } from "./single_shot.ts";
import { SingleShotLine } from "./single_shot_line.ts";
import { type PipelineState, StateMachine } from "./state.ts";
import { TriggerFeed, triggerFor } from "./triggers.ts";

/** Options of {@linkcode createPipeline}. */
export interface PipelineOptions {
  /** The kinds of stages that the configuration may name. */
  readonly registry: StageRegistry;
  /** Time, chance, files. */
  readonly environment: RunEnvironment;
  /** Hears what the stages do. @default {nobody} */
  readonly observer?: StageObserver;
  /** Where stages take arrays. @default {one of its own} */
  readonly pool?: BufferPool;
  /** How {@linkcode Pipeline.start} runs it: recorded, with a seed, with statistics. @default {{}} */
  readonly run?: Omit<RunOptions, "signal" | "handleSignals">;
  /** Gets every frame that comes out at an end while it runs. It returns at once. */
  readonly onResult?: (end: string, frame: DataFrame) => void;
  /** Called at every change of state. */
  readonly onState?: (to: PipelineState, from: PipelineState) => void;
  /** The file that the configuration comes from, for messages. */
  readonly path?: string;
}

/**
 * Makes a pipeline of a configuration: a text, a value, or what `readPipeline()` gave. Nothing starts.
 *
 * @example A sine, twice as loud
 * ```ts
 * import { createEnvironment } from "tinman";
 * import { builtinStages, createPipeline, StageRegistry } from "tinman/pipeline";
 *
 * await using pipeline = createPipeline({
 *   nodes: [
 *     { id: "sine", type: "SineGenerator", config: { frequency: 1000, frame_size: 48 } },
 *     { id: "loud", type: "Gain", config: { gain: 2 } },
 *   ],
 *   connections: [{ from: "sine", to: "loud" }],
 * }, { registry: new StageRegistry(builtinStages), environment: createEnvironment() });
 *
 * const results = await pipeline.executeOnce();
 * console.log(results.get("loud")?.[0]?.payload.get("main_channel")?.[12]?.toFixed(3)); // 2.000
 * ```
 * @throws {TinmanError} `CONFIG`, with all problems at once.
 */
export function createPipeline(config: unknown, options: PipelineOptions): Pipeline {
  return new Pipeline(readConfig(config, options), options);
}

function readConfig(config: unknown, { registry, path }: PipelineOptions): PipelineConfig {
  return isRead(config) ? config : readPipeline(config, { registry, ...(path !== undefined && { path }) });
}

function isRead(config: unknown): config is PipelineConfig {
  return typeof config === "object" && config !== null && "stages" in config && "settings" in config;
}

/**
 * A pipeline: either one frame at a time by {@linkcode Pipeline.executeOnce}, or all stages at work at once between
 * {@linkcode Pipeline.start} and {@linkcode Pipeline.stop}. The two do not share stages.
 */
export class Pipeline implements AsyncDisposable {
  readonly #options: PipelineOptions;
  readonly #states: StateMachine;
  readonly #pool: BufferPool;
  readonly #single: SingleShotLine;
  readonly #results: KeptResults;
  #feed = new TriggerFeed();
  #line: ChangeLine;
  #stopping = new AbortController();
  #run: Promise<RunReport> | undefined;
  #triggers = 0;
  #error: unknown;

  /** Use {@linkcode createPipeline}. */
  constructor(config: PipelineConfig, options: PipelineOptions) {
    const { pool = new BufferPool(), environment, observer = noObserver } = options;
    [this.#options, this.#pool, this.#results] = [options, pool, new KeptResults(pool)];
    this.#states = new StateMachine(options.onState);
    this.#line = new ChangeLine(config);
    this.#single = new SingleShotLine(config, { environment, observer, pool });
  }

  /** What it is made of, with the changes that it has taken in. */
  get config(): PipelineConfig {
    return this.#line.config;
  }

  /** Where it is in its life. */
  get state(): PipelineState {
    return this.#states.state;
  }

  /** What it failed with, when it is `failed`. */
  get error(): unknown {
    return this.#error;
  }

  /** The last frames that came out at each end since it was started, oldest first. */
  get results(): Results {
    return this.#results.all;
  }

  /**
   * Sends one frame through all stages, in the order of their connections, and gives what comes out at each end. Without a
   * frame it is an empty one, which makes sources give their next. Calls wait for each other; a stage keeps its state.
   *
   * @throws {TinmanError} `NODE` or `TIMEOUT`, naming the stage; the reason of `signal`, at once.
   */
  executeOnce(frame?: DataFrame, options: { readonly signal?: AbortSignal } = {}): Promise<Results> {
    return this.#single.execute(frame, options);
  }

  /** Makes the stages of {@linkcode Pipeline.executeOnce} as if they had never run; a pipeline that failed is idle again. */
  async reset(): Promise<void> {
    await this.#single.reset();
    if (this.#states.allows("idle")) this.#states.go("idle");
    this.#error = undefined;
  }

  /**
   * Starts all stages; resolves when each is made and waits for frames.
   *
   * @throws {TypeError} When it cannot start from where it is. @throws {TinmanError} When a stage cannot be made.
   */
  async start(): Promise<void> {
    this.#states.go("starting");
    const { environment, observer = noObserver, run = {}, onResult } = this.#options;
    const { registry } = this.#options;
    const feed = this.#feed = new TriggerFeed();
    const line = this.#line = new ChangeLine(this.config);
    this.#stopping = new AbortController();
    this.#results.clear();
    this.#triggers = 0;
    const ready = Promise.withResolvers<void>();
    let left = this.config.stages.length;
    const graph = buildGraph(this.config, {
      observer,
      pool: this.#pool,
      elapsedNs: () => environment.clock.elapsedNs(),
      ending: this.#stopping.signal,
      passing: () => feed.passing(),
      onReady: () => --left === 0 && ready.resolve(),
      onResult: (end, frame) => {
        this.#results.keep(end, frame);
        // Who hears of it may keep it.
        if (onResult !== undefined) onResult(end, this.#pool.share(frame, 1));
      },
      changes: { registry, listener: line },
      triggers: (trigger, changes) =>
        node({ out: { out: trigger, changes }, name: TRIGGER }, ({ out, changes, signal }) => {
          line.attach(changes, (work) => feed.between(work));
          return feed.pump(out, signal);
        }),
    });
    this.#run = graph.run(environment, { ...run, handleSignals: false });
    this.#run.then(() => this.#ended(), (error) => this.#failed(error));
    await Promise.race([ready.promise, this.#run]);
    // It may have been stopped meanwhile.
    if (this.state === "starting") this.#states.go("running");
  }

  /**
   * Has every source give its next frame, or the source with this id alone; `frame` is what they are given. Resolves when
   * they have taken it in, so that who waits for it never runs ahead. While paused, triggers wait.
   *
   * @throws {TinmanError} `NOT_FOUND`, `CLOSED`, or `TOO_LARGE` when too many wait.
   */
  trigger(source?: string, frame?: DataFrame): Promise<void> {
    if (this.state !== "running" && this.state !== "paused") {
      return Promise.reject(
        new TinmanError("CLOSED", `Cannot trigger the pipeline: it is ${this.state}`, { hint: "start() it first" }),
      );
    }
    const sources = source === undefined ? [] : triggeredBy(this.config);
    if (source !== undefined && !sources.includes(source)) {
      const message = `Cannot trigger "${source}": the sources are ${sources.join(", ") || "none"}`;
      return Promise.reject(new TinmanError("NOT_FOUND", message, { kind: "source", id: source }));
    }
    const made = frame ?? createFrame({ sequenceId: this.#triggers });
    this.#triggers++;
    return this.#feed.push(triggerFor(source, made));
  }

  /**
   * Makes it another pipeline while it runs: a text, a value, or what `readPipeline()` gave. New stages are made first; if
   * one cannot be made, nothing changes. Then frames of triggers that were sent before go through the old pipeline to the
   * end, and those of later ones through the new, each once and in order. Stages whose type and parameters stay keep their
   * state; what is left in others comes out first. Resolves, with what changed, when every stage works on the new. Changes
   * wait for each other. While paused it goes ahead of the triggers that wait.
   *
   * @throws {TinmanError} `CONFIG`, with all problems; `CLOSED` when it does not run; `NODE` or `TIMEOUT` when a stage
   * cannot be made; `TOO_LARGE` when too many changes wait; what a stage failed with meanwhile.
   */
  async apply(config: unknown): Promise<PipelineDiff> {
    this.#assertRuns("change");
    const line = this.#line;
    const diff = await line.apply(readConfig(config, this.#options));
    if (line === this.#line && !diff.isEmpty) this.#single.change(this.config);
    return diff;
  }

  /**
   * Has stages begin anew while it runs, as if they were made now. What is left in them comes out first, no frame is lost,
   * and a replay restarts them at the same frames. One that cannot be made is tried again for each frame, by its policy.
   *
   * @throws {TinmanError} `NOT_FOUND` for a stage that is not there, `CLOSED` when it does not run, `TOO_LARGE`.
   */
  async restart(...ids: readonly string[]): Promise<void> {
    this.#assertRuns("restart stages of");
    await this.#line.restart(ids);
  }

  /** Lets no trigger through until {@linkcode Pipeline.resume}; what is under way goes on. */
  pause(): void {
    this.#states.go("paused");
    this.#feed.pause();
  }

  /** Lets triggers through again. */
  resume(): void {
    if (this.state !== "paused") {
      throw new TypeError(`Cannot take a pipeline from ${this.state} to running: it is not paused`);
    }
    this.#states.go("running");
    this.#feed.resume();
  }

  /**
   * Takes no more triggers, lets what is under way drain, and resolves when all stages have ended. A stage that waits for
   * a restart waits no longer, and its frame is given up. Waits along when it is called twice; before a start it does
   * nothing.
   *
   * @throws What a stage failed with.
   */
  async stop(): Promise<RunReport | undefined> {
    if (this.#states.allows("draining")) {
      this.#states.go("draining");
      this.#stopping.abort();
      this.#feed.close();
    }
    return await this.#run;
  }

  /** Stops it, and lets go of all stages. Errors of stages are in {@linkcode Pipeline.error}. */
  async close(): Promise<void> {
    await this.stop().catch(() => {});
    await this.#single.close();
  }

  /** Same as {@linkcode Pipeline.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertRuns(what: string): void {
    if (this.state === "running" || this.state === "paused") return;
    throw new TinmanError("CLOSED", `Cannot ${what} the pipeline: it is ${this.state}`, {
      hint: "start() it first, or make another one with createPipeline()",
      cause: this.#error,
    });
  }

  #ended(): void {
    if (this.state !== "draining") this.#states.go("draining");
    this.#states.go("stopped");
    this.#feed.close();
    this.#line.end(new TinmanError("CLOSED", "Cannot change the pipeline: it has ended", {}));
  }

  #failed(error: unknown): void {
    this.#error = error;
    this.#states.go("failed");
    this.#feed.abort(error);
    this.#line.end(error);
  }
}
