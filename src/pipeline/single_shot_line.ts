import type { PipelineConfig } from "./config.ts";
import type { DataFrame } from "./frame.ts";
import { type Results, SingleShot, type SingleShotOptions } from "./single_shot.ts";

/** Frames that are sent through a pipeline one behind the other, though it may be changed while some wait. */
export class SingleShotLine {
  readonly #options: SingleShotOptions;
  #single: SingleShot;
  #last: Promise<unknown> = Promise.resolve();

  /** Makes no stage yet. */
  constructor(config: PipelineConfig, options: SingleShotOptions) {
    [this.#single, this.#options] = [new SingleShot(config, options), options];
  }

  /** {@linkcode SingleShot.execute}, when all calls before it are done. */
  execute(frame: DataFrame | undefined, options: { readonly signal?: AbortSignal }): Promise<Results> {
    const result = this.#last.then(() => this.#single.execute(frame, options));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Makes it another pipeline, with stages of its own: for what waits now, and what comes. */
  change(config: PipelineConfig): void {
    const old = this.#single;
    this.#single = new SingleShot(config, this.#options);
    this.#last = this.#last.then(() => old.close());
  }

  /** {@linkcode SingleShot.reset}, when all calls before it are done. */
  async reset(): Promise<void> {
    await (this.#last = this.#last.then(() => this.#single.reset()));
  }

  /** {@linkcode SingleShot.close}, when all calls before it are done. */
  async close(): Promise<void> {
    await (this.#last = this.#last.then(() => this.#single.close()));
  }
}
