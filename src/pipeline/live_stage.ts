import { TinmanError } from "../errors/mod.ts";
import type { StageAhead } from "./ahead.ts";
import type { StageConfig } from "./config.ts";
import type { DataFrame } from "./frame.ts";
import { isPromise } from "./given.ts";
import type { Stage, StageContext, StageResult } from "./stage.ts";
import { notMade } from "./stage_error.ts";

/** What {@linkcode LiveStage} works with. */
export interface LiveStageOptions {
  readonly context: StageContext & StageAhead;
  /** Has it made elsewhere. @default {as it is} */
  readonly place?: ((config: StageConfig) => StageConfig) | undefined;
}

/**
 * A stage from when it is made until it is let go, and those that are made in its place. Whatever it promises has to come
 * within its time; one that does not is left behind, and another has to be made. What a stage throws, its calls throw.
 */
export class LiveStage {
  readonly #context: LiveStageOptions["context"];
  readonly #place: (config: StageConfig) => StageConfig;
  #config: StageConfig;
  #stage: Stage | undefined;
  #isNew = true;
  /** Whether it has to be made anew before the next frame. */
  #isStale = false;
  #isBusy = false;
  #takeBackDeadline: (() => void) | undefined;

  /** Makes nothing yet, see {@linkcode LiveStage.open}. */
  constructor(config: StageConfig, { context, place = asItIs }: LiveStageOptions) {
    [this.#context, this.#place, this.#config] = [context, place, place(config)];
  }

  /** What it is. */
  get config(): StageConfig {
    return this.#config;
  }

  /** Whether nobody has tried to make it. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Whether it is there. */
  get isMade(): boolean {
    return this.#stage !== undefined;
  }

  /** Whether it may still be at work on something that nobody waits for any more. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Whether it takes no frame as it is. */
  get mustBeMade(): boolean {
    return this.#isBusy || this.#isStale || this.#stage === undefined || this.#stage.broken === true;
  }

  /** {@linkcode Stage.busyNs} */
  get busyNs(): number | undefined {
    return this.#stage?.busyNs;
  }

  /**
   * Makes the stage, if it is not there.
   *
   * @throws {TinmanError} `NODE`, with what it threw as its cause.
   */
  async open(): Promise<void> {
    this.#isNew = false;
    if (this.#stage !== undefined) return;
    const { id, type, config } = this.#config;
    try {
      this.#stage = await this.#inTime(type.create(config, this.#context), "start");
    } catch (cause) {
      throw notMade(id, cause);
    }
  }

  /** From now on it is this. With `update` the stage is given its new parameters. */
  change(config: StageConfig, update: boolean): void {
    this.#config = this.#place(config);
    if (!update || this.#stage === undefined) return;
    try {
      if (this.#stage.update === undefined) this.#isStale = true;
      else this.#stage.update(config.config);
    } catch (error) {
      this.#isStale = true;
      this.#context.log.warn(`stage "${config.id}" did not take its new parameters; it is made anew`, error);
    }
  }

  /** {@linkcode Stage.process}, of one that need not be made. At once if the stage answers at once. */
  process(frame: DataFrame, input: string): StageResult | Promise<StageResult> {
    const result = this.#stage!.process(frame, input);
    return isPromise(result) ? this.#inTime(result, `frame ${frame.sequenceId}`) : result;
  }

  /** {@linkcode Stage.run} */
  run(): Promise<void> | undefined {
    return this.#stage?.run?.();
  }

  /** {@linkcode Stage.end}; nothing from one that is busy and, with `unlessBroken`, from one that is broken. */
  end({ unlessBroken = false } = {}): Promise<StageResult> | undefined {
    if (this.#stage?.end === undefined || this.#isBusy || (unlessBroken && this.#stage.broken)) return undefined;
    return this.#inTime(this.#stage.end(), "end");
  }

  /** Back to how it was made. A stage that cannot do so is made anew at the next {@linkcode LiveStage.open}. */
  async reset(): Promise<void> {
    if (this.#stage?.reset !== undefined && !this.#isBusy) this.#stage.reset();
    else await this.close();
  }

  /** Nobody waits any more for the frame that it is at work on. */
  abandon(): void {
    this.#isBusy = true;
    this.#takeBackDeadline?.();
  }

  /** Lets the stage go; one that is busy is left behind. What it throws then is heard of and no more. Twice is fine. */
  async close(): Promise<void> {
    const stage = this.#stage;
    this.#stage = undefined;
    this.#isStale = false;
    if (this.#isBusy) {
      this.#isBusy = false;
      stage?.abandon?.();
    } else {
      try {
        await stage?.close?.();
      } catch (error) {
        this.#context.log.warn(`stage "${this.#config.id}" failed while it was closed`, error);
      }
    }
  }

  /** What the stage promised, unless it takes longer than it may. */
  #inTime<T>(promised: T | Promise<T>, what: string): Promise<T> {
    const { timeout_ms: timeoutMs, id } = this.#config;
    if (!isPromise(promised) || timeoutMs === 0) return Promise.resolve(promised);
    const { clock } = this.#context;
    return new Promise((resolve, reject) => {
      const takeBack = clock.at(clock.elapsedNs() + Math.round(timeoutMs * 1e6), () => {
        this.#isBusy = true;
        reject(
          new TinmanError("TIMEOUT", `Stage "${id}" did not come to the end of ${what} within ${timeoutMs} ms`, {
            timeoutMs,
          }),
        );
      });
      this.#takeBackDeadline = takeBack;
      promised.then(resolve, reject).finally(takeBack);
    });
  }
}

function asItIs(config: StageConfig): StageConfig {
  return config;
}
