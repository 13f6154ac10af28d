import type { Clock } from "../clock/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { StageAhead } from "./ahead.ts";
import type { StageConfig } from "./config.ts";
import { defaultFrame } from "./error_policy.ts";
import { type DataFrame, findFrameProblem, type FrameProblem } from "./frame.ts";
import type { StageObserver } from "./observer.ts";
import { createSupervisor, type Supervisor } from "./restart.ts";
import type { Stage, StageContext, StageResult } from "./stage.ts";

/** What one stage works with. */
export interface StageRunOptions {
  readonly context: StageContext & StageAhead;
  readonly observer: StageObserver;
  /** Time for measurements alone: not that of the run, which is written down. */
  readonly elapsedNs: () => number;
  /** Ends the wait for a restart: the frame that it was for is given up. */
  readonly ending?: AbortSignal | undefined;
  /** Has it made elsewhere. @default {as it is} */
  readonly place?: (config: StageConfig) => StageConfig;
  /** Gets each frame that is given up. */
  readonly giveUp?: ((frame: DataFrame, error: unknown) => void | Promise<void>) | undefined;
}

/** Frames that follow from one. */
export type Given = readonly DataFrame[];

const NOTHING: Given = [];
/** How often a circuit breaker is asked where no frame comes that could ask. */
const BREAKER_MS = 100;

/** One stage at work: it is made, called frame by frame, made anew after errors, and let go. What it throws ends here. */
export class StageRun {
  readonly #options: StageRunOptions;
  #config: StageConfig;
  #supervisor: Supervisor;
  #stage: Stage | undefined;
  /** Whether it has to be made anew before the next frame. */
  #isStale = false;
  /** Whether the stage may still be at work on a frame that was given up. */
  #busy = false;
  #hasGivenUp = false;
  #isNew = true;
  /** Whether the stage, or one before it, may still be at work on the last frame. */
  #leftBehind = false;

  /** Makes nothing yet, see {@linkcode StageRun.open}. */
  constructor(config: StageConfig, options: StageRunOptions) {
    const { place = asItIs } = options;
    [this.#config, this.#options] = [place(config), options];
    this.#supervisor = createSupervisor(config.restart, options.context);
  }

  /**
   * Makes the stage, if it is not there.
   *
   * @throws {TinmanError} `NODE`, with what it threw as its cause.
   */
  async open(): Promise<void> {
    this.#isNew = false;
    if (this.#stage !== undefined) return;
    const { id, type, config } = this.config;
    try {
      this.#stage = await this.#inTime(type.create(config, this.#options.context), `start`);
    } catch (cause) {
      throw isOwn(cause) || isRefusal(cause)
        ? cause
        : new TinmanError("NODE", `Cannot make stage "${id}": ${said(cause)}`, { node: id, cause });
    }
  }

  /** Whether nobody has tried to make it. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Makes it in place of one that is gone. If that cannot be, it is tried again for each frame. */
  async reopen(): Promise<void> {
    const { observer, context: { log } } = this.#options;
    const { id } = this.#config;
    observer.restart(id);
    try {
      await this.open();
      log.info(`stage "${id}" was restarted`);
    } catch (error) {
      log.warn(`stage "${id}" was restarted, and cannot be made anew; it is tried again for its next frame`, error);
    }
  }

  /** What it is. */
  get config(): StageConfig {
    return this.#config;
  }

  /** From now on it is this. With `update` the stage is given its new parameters. */
  change(config: StageConfig, update: boolean): void {
    const { place = asItIs } = this.#options;
    const isWatchedAlike = JSON.stringify(this.#config.restart) === JSON.stringify(config.restart);
    this.#config = place(config);
    if (!isWatchedAlike) this.#supervisor = createSupervisor(config.restart, this.#options.context);
    if (!update || this.#stage === undefined) return;
    try {
      if (this.#stage.update === undefined) this.#isStale = true;
      else this.#stage.update(config.config);
    } catch (error) {
      this.#isStale = true;
      this.#options.context.log.warn(`stage "${config.id}" did not take its new parameters; it is made anew`, error);
    }
  }

  /** Whether nobody in here looks at the last frame again, unless it was given on. */
  get isDone(): boolean {
    return this.config.type.doneOnReturn === true && !this.#leftBehind;
  }

  /** Hands over one frame. What comes back at once if the stage gives it at once. */
  process(frame: DataFrame, input: string): Given | Promise<Given> {
    this.#leftBehind = false;
    const entry = this.#supervisor.enter();
    if (entry === "refuse") return this.#refuse(frame);
    if (entry === "renew" || this.#mustBeMade) {
      return this.#renew().then(() => this.#call(frame, input), (error) => this.#failed(error, frame, input));
    }
    return this.#call(frame, input);
  }

  get #mustBeMade(): boolean {
    return this.#busy || this.#isStale || this.#stage === undefined || this.#stage.broken === true;
  }

  /** Has a stage that is self-driven give its frames until it is over, or has failed for good. */
  async drive(): Promise<void> {
    const { signal } = this.#options.context;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      if (this.#supervisor.enter() === "refuse") {
        if (!await this.#pause(BREAKER_MS)) return;
        continue;
      }
      try {
        if (!isFirst || this.#stage === undefined) await this.#renew();
        return await this.#stage?.run?.();
      } catch (error) {
        if (isTinmanError(error, "STOPPED") || !await this.#failedAlone(error)) return;
      }
    }
  }

  /** Says whether a stage that failed while nobody had called it is to be made anew; throws where its policy says so. */
  async #failedAlone(error: unknown): Promise<boolean> {
    const { observer, context } = this.#options;
    const { id, on_error, restart } = this.config;
    observer.error(id);
    const waitMs = this.#supervisor.failed();
    const why = this.#wrap(error, "while it ran");
    if (waitMs === undefined && restart.strategy !== "circuit_breaker") {
      if (on_error === "propagate") throw why;
      context.log.warn(`${why.message}; it is given up`);
      return false;
    }
    context.log.warn(`${why.message}; it is made anew${waitMs ? ` in ${Math.round(waitMs)} ms` : ""}`);
    return await this.#pause(waitMs ?? 0);
  }

  /** A frame that the stage gives at a time of its own. Throws when it is none. */
  gave(frame: DataFrame): DataFrame {
    checkResult(frame);
    this.#supervisor.passed();
    return frame;
  }

  /** No frame comes any more: what is left in the stage. One that begins anew may have failed for long. */
  async end({ isRestarted = false } = {}): Promise<Given> {
    if (this.#stage?.end === undefined || this.#busy || (isRestarted && this.#stage.broken)) return NOTHING;
    try {
      return checkResult(await this.#inTime(this.#stage.end(), "end"));
    } catch (error) {
      this.#options.observer.error(this.config.id);
      if (this.config.on_error === "propagate" && !isRestarted) throw this.#wrap(error, "at its end");
      this.#options.context.log.warn(`stage "${this.config.id}" failed at its end`, error);
      return NOTHING;
    }
  }

  /** Back to how it was made. A stage that cannot do so is made anew at the next {@linkcode StageRun.open}. */
  async reset(): Promise<void> {
    if (this.#stage?.reset !== undefined && !this.#busy) this.#stage.reset();
    else await this.close();
  }

  /** Nobody waits any more for the frame that it is at work on: it is made anew before the next. */
  abandon(): void {
    this.#busy = this.#leftBehind = true;
  }

  /** Lets the stage go. Twice is fine. */
  async close(): Promise<void> {
    const stage = this.#stage;
    this.#stage = undefined;
    this.#isStale = false;
    // One that hangs is left behind.
    if (this.#busy) {
      this.#busy = false;
      stage?.abandon?.();
    } else {
      try {
        await stage?.close?.();
      } catch (error) {
        this.#options.context.log.warn(`stage "${this.config.id}" failed while it was closed`, error);
      }
    }
  }

  #call(frame: DataFrame, input: string): Given | Promise<Given> {
    const startNs = this.#options.elapsedNs();
    try {
      const result = this.#stage!.process(frame, input);
      if (!isPromise(result)) return this.#done(result, startNs);
      const inTime = this.#inTime(result, `frame ${frame.sequenceId}`);
      return inTime.then((result) => this.#done(result, startNs)).catch((error) => this.#failed(error, frame, input));
    } catch (error) {
      return this.#failed(error, frame, input);
    }
  }

  #done(result: StageResult, startNs: number): Given {
    const { observer, elapsedNs } = this.#options;
    const given = checkResult(result);
    this.#supervisor.passed();
    observer.frame(this.#config.id, this.#stage?.busyNs ?? elapsedNs() - startNs);
    return given;
  }

  async #failed(error: unknown, frame: DataFrame, input: string): Promise<Given> {
    const { observer, context } = this.#options;
    const { id, on_error, default_frame } = this.config;
    observer.error(id);
    const waitMs = this.#supervisor.failed();
    if (waitMs !== undefined) {
      const why = this.#wrap(error, `on frame ${frame.sequenceId}`);
      context.log.warn(`${why.message}; it is made anew${waitMs > 0 ? ` in ${Math.round(waitMs)} ms` : ""}`);
      if (!await this.#pause(waitMs)) return await this.#giveUp(frame, error);
      try {
        await this.#renew();
      } catch (again) {
        return this.#failed(again, frame, input);
      }
      return await this.#call(frame, input);
    }
    if (on_error === "propagate") throw this.#wrap(error, `on frame ${frame.sequenceId}`);
    this.#tellGivenUp(error, frame);
    await this.#giveUp(frame, error);
    return on_error === "skip" ? NOTHING : [defaultFrame(frame, default_frame)];
  }

  /** While a circuit breaker is open. */
  async #refuse(frame: DataFrame): Promise<Given> {
    const { id, on_error, default_frame } = this.config;
    await this.#giveUp(
      frame,
      new TinmanError("UNAVAILABLE", `Stage "${id}" is not called: it failed too often`, { what: id }),
    );
    return on_error === "skip" ? NOTHING : [defaultFrame(frame, default_frame)];
  }

  /** Once for people: a stage may fail on every frame. */
  #tellGivenUp(error: unknown, frame: DataFrame): void {
    const { log } = this.#options.context;
    if (this.#hasGivenUp) return log.debug(`frame ${frame.sequenceId} is given up`, error);
    this.#hasGivenUp = true;
    const { message } = this.#wrap(error, `on frame ${frame.sequenceId}`);
    log.warn(`${message}; the frame is given up, and so is without a word each that fails from now on`);
  }

  async #giveUp(frame: DataFrame, error: unknown): Promise<Given> {
    this.#options.observer.drop(this.config.id, 1);
    await this.#options.giveUp?.(frame, error);
    return NOTHING;
  }

  /** Waits for a restart; says whether it may begin. */
  async #pause(ms: number): Promise<boolean> {
    const { ending, context } = this.#options;
    if (ms === 0) return true;
    if (ending?.aborted) return false;
    try {
      await context.clock.sleep(ms, { signal: ending });
      return true;
    } catch (error) {
      if (ending?.aborted) return false;
      throw error;
    }
  }

  async #renew(): Promise<void> {
    await this.close();
    this.#options.observer.restart(this.config.id);
    await this.open();
  }

  /** What the stage promised, unless it takes longer than it may. */
  #inTime<T>(promised: T | Promise<T>, what: string): Promise<T> {
    const { timeout_ms: timeoutMs, id } = this.config;
    if (!isPromise(promised) || timeoutMs === 0) return Promise.resolve(promised);
    const { clock } = this.#options.context;
    return new Promise((resolve, reject) => {
      const takeBack = atDeadline(clock, timeoutMs, () => {
        this.#busy = this.#leftBehind = true;
        reject(
          new TinmanError("TIMEOUT", `Stage "${id}" did not come to the end of ${what} within ${timeoutMs} ms`, {
            timeoutMs,
          }),
        );
      });
      promised.then(resolve, reject).finally(takeBack);
    });
  }

  #wrap(cause: unknown, when: string): Error {
    const { id } = this.config;
    if (isOwn(cause)) return cause;
    const hint = isTinmanError(cause) ? cause.hint : undefined;
    return new TinmanError("NODE", `Stage "${id}" failed ${when}: ${said(cause)}`, { node: id, cause, hint });
  }
}

/** What a stage gave, as a list. It comes from code of others: a wrong shape would be noticed far from where it was made. */
export function checkResult(result: StageResult): Given {
  if (result === undefined) return NOTHING;
  const frames = Array.isArray(result) ? result as Given : [result as DataFrame];
  for (const frame of frames) {
    const problem = findFrameProblem(frame);
    if (problem !== undefined) throw new TypeError(`it gave no frame: ${describeProblem(problem)}`);
  }
  return frames;
}

function asItIs(config: StageConfig): StageConfig {
  return config;
}

function atDeadline(clock: Clock, ms: number, late: () => void): () => void {
  return clock.at(clock.elapsedNs() + Math.round(ms * 1e6), late);
}

/** Errors that say what has to be granted or put right before the stage can be made. */
function isRefusal(error: unknown): boolean {
  return isTinmanError(error) && ["CONFIG", "DENIED", "INTEGRITY", "UNAVAILABLE"].includes(error.code);
}

/** Errors that name the stage already. */
function isOwn(error: unknown): error is TinmanError {
  return isTinmanError(error, "TIMEOUT") || isTinmanError(error, "NODE") || isTinmanError(error, "STOPPED");
}

function said(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function describeProblem({ at, value, expected }: FrameProblem): string {
  const kind = typeof value === "object" && value !== null ? "an object" : String(value).slice(0, 40);
  return `${at === "" ? "it" : `its ${at.slice(1)}`} is ${Array.isArray(value) ? "a list" : kind}, not ${expected}`;
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === "function";
}
