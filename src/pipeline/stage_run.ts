import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { StageConfig } from "./config.ts";
import { defaultFrame } from "./error_policy.ts";
import type { DataFrame } from "./frame.ts";
import { checkResult, type Given, isPromise, NOTHING } from "./given.ts";
import { LiveStage, type LiveStageOptions } from "./live_stage.ts";
import type { StageObserver } from "./observer.ts";
import { createSupervisor, type Supervisor } from "./restart.ts";
import type { StageResult } from "./stage.ts";
import { failedWith } from "./stage_error.ts";

/** What {@linkcode StageRun} works with. */
export interface StageRunOptions extends LiveStageOptions {
  readonly observer: StageObserver;
  /** Time for measurements alone: not that of the run, which is written down. */
  readonly elapsedNs: () => number;
  /** Ends the wait for a restart: the frame that it was for is given up. */
  readonly ending?: AbortSignal | undefined;
  /** Gets each frame that is given up. */
  readonly giveUp?: ((frame: DataFrame, error: unknown) => void | Promise<void>) | undefined;
}

/** How often a circuit breaker is asked where no frame comes that could ask. */
const BREAKER_MS = 100;

/**
 * A stage at work: it is called frame by frame, and made anew or left out after errors, as its configuration says. What it
 * throws ends here.
 */
export class StageRun {
  /** The stage; who makes it and lets it go does that here. */
  readonly stage: LiveStage;
  readonly #options: StageRunOptions;
  #supervisor: Supervisor;
  #hasGivenUp = false;
  /** Whether the stage, or one before it, may still be at work on the last frame. */
  #leftBehind = false;
  /** Goes up when a frame is abandoned: what becomes of it then is of interest to nobody. */
  #turn = 0;

  /** Makes nothing yet, see {@linkcode LiveStage.open}. */
  constructor(config: StageConfig, options: StageRunOptions) {
    [this.stage, this.#options] = [new LiveStage(config, options), options];
    this.#supervisor = createSupervisor(config.restart, options.context);
  }

  /** What it is. */
  get config(): StageConfig {
    return this.stage.config;
  }

  /** Makes it in place of one that is gone. If that cannot be, it is tried again for each frame. */
  async reopen(): Promise<void> {
    const { observer, context: { log } } = this.#options;
    const { id } = this.config;
    observer.restart(id);
    try {
      await this.stage.open();
      log.info(`stage "${id}" was restarted`);
    } catch (error) {
      log.warn(`stage "${id}" was restarted, and cannot be made anew; it is tried again for its next frame`, error);
    }
  }

  /** From now on it is this. With `update` the stage is given its new parameters. */
  change(config: StageConfig, update: boolean): void {
    const isWatchedAlike = JSON.stringify(this.config.restart) === JSON.stringify(config.restart);
    if (!isWatchedAlike) this.#supervisor = createSupervisor(config.restart, this.#options.context);
    this.stage.change(config, update);
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
    if (entry === "renew" || this.stage.mustBeMade) {
      const turn = this.#turn;
      return this.#renew().then(
        () => turn === this.#turn ? this.#call(frame, input) : NOTHING,
        (error) => turn === this.#turn ? this.#failed(error, frame, input) : NOTHING,
      );
    }
    return this.#call(frame, input);
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
        if (!isFirst || !this.stage.isMade) await this.#renew();
        return await this.stage.run();
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
    const why = failedWith(id, "while it ran", error);
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
    try {
      return checkResult(await this.stage.end({ unlessBroken: isRestarted }));
    } catch (error) {
      this.#options.observer.error(this.config.id);
      if (this.config.on_error === "propagate" && !isRestarted) throw failedWith(this.config.id, "at its end", error);
      this.#options.context.log.warn(`stage "${this.config.id}" failed at its end`, error);
      return NOTHING;
    }
  }

  /** Nobody waits any more for the frame that it is at work on: the stage is made anew before the next. */
  abandon(): void {
    this.#leftBehind = true;
    this.#turn++;
    this.stage.abandon();
  }

  #call(frame: DataFrame, input: string): Given | Promise<Given> {
    const startNs = this.#options.elapsedNs();
    try {
      const result = this.stage.process(frame, input);
      if (!isPromise(result)) return this.#done(result, startNs);
      const turn = this.#turn;
      return result.then((result) => turn === this.#turn ? this.#done(result, startNs) : NOTHING)
        .catch((error) => turn === this.#turn ? this.#failed(error, frame, input) : NOTHING);
    } catch (error) {
      return this.#failed(error, frame, input);
    }
  }

  #done(result: StageResult, startNs: number): Given {
    const { observer, elapsedNs } = this.#options;
    const given = checkResult(result);
    this.#supervisor.passed();
    observer.frame(this.config.id, this.stage.busyNs ?? elapsedNs() - startNs);
    return given;
  }

  async #failed(error: unknown, frame: DataFrame, input: string): Promise<Given> {
    const { observer, context } = this.#options;
    const { id, on_error, default_frame } = this.config;
    observer.error(id);
    this.#leftBehind ||= this.stage.isBusy;
    const waitMs = this.#supervisor.failed();
    if (waitMs !== undefined) {
      const why = failedWith(id, `on frame ${frame.sequenceId}`, error);
      context.log.warn(`${why.message}; it is made anew${waitMs > 0 ? ` in ${Math.round(waitMs)} ms` : ""}`);
      const turn = this.#turn;
      if (!await this.#pause(waitMs)) return await this.#giveUp(frame, error);
      if (turn !== this.#turn) return NOTHING;
      try {
        await this.#renew();
      } catch (again) {
        return turn === this.#turn ? this.#failed(again, frame, input) : NOTHING;
      }
      return turn === this.#turn ? await this.#call(frame, input) : NOTHING;
    }
    if (on_error === "propagate") throw failedWith(id, `on frame ${frame.sequenceId}`, error);
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
    const { message } = failedWith(this.config.id, `on frame ${frame.sequenceId}`, error);
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
    await this.stage.close();
    this.#options.observer.restart(this.config.id);
    await this.stage.open();
  }
}
