import type { Out } from "../channel/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Change, ChangeListener } from "./change.ts";
import type { PipelineConfig } from "./config.ts";
import { diffPipelines, type PipelineDiff } from "./diff.ts";
import { writePipeline } from "./write_config.ts";

/** Changes that may wait for one that is under way. */
const MAX_WAITING = 16;

/** Lets `work` in between two triggers, and resolves when it is done. */
export type Between = (work: () => Promise<void>) => Promise<void>;

/**
 * Takes changes in, one behind the other, and tells them to the stages: first the new configuration, while triggers go
 * on, and when all that is new was made, `go` between two triggers. {@linkcode ChangeLine.attach} has to be called by the
 * node that triggers; it publishes both.
 */
export class ChangeLine implements ChangeListener {
  #config: PipelineConfig;
  #number = 0;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #started = Promise.withResolvers<void>();
  #end: { readonly reason: unknown } | undefined;
  /** Whoever waits for something that the end of the run would keep from them. */
  readonly #waits = new Set<(reason: unknown) => void>();
  #door: { readonly out: Out<Change>; readonly between: Between } | undefined;
  #commit: ((number: number) => void) | undefined;
  #made: PromiseWithResolvers<void> | undefined;
  #done: PromiseWithResolvers<void> | undefined;

  /** Begins with the configuration that the run begins with. */
  constructor(config: PipelineConfig) {
    this.#config = config;
  }

  /** What new frames are processed by. */
  get config(): PipelineConfig {
    return this.#config;
  }

  /** The node that triggers is there. */
  attach(out: Out<Change>, between: Between): void {
    this.#door = { out, between };
    void this.#tell({ number: 0, config: writePipeline(this.#config) }).catch(() => {});
    this.#start();
  }

  /**
   * Makes the pipeline this one. Resolves when every stage has done its last frame of the one before, with what changed.
   *
   * @throws {TinmanError} `TOO_LARGE` when too many wait; `NODE` or `TIMEOUT` when a stage cannot be made: then nothing
   * has changed; whatever the run fails with meanwhile.
   */
  async apply(config: PipelineConfig): Promise<PipelineDiff> {
    return await this.#inTurn(() => this.#change(config));
  }

  /**
   * Has stages begin anew, in the way of {@linkcode ChangeLine.apply}: what is left in them comes out first. One that cannot
   * be made then is tried again for each frame, and its policy says what becomes of that.
   *
   * @throws {TinmanError} `NOT_FOUND` for a stage that is not there; what `apply()` throws.
   */
  async restart(ids: readonly string[]): Promise<void> {
    await this.#inTurn(async () => {
      for (const id of ids) this.#find(id);
      await this.#pass(this.#config, { restart: ids });
    });
  }

  /** Takes no more; what is under way is refused with `reason`. Twice is fine. */
  end(reason: unknown): void {
    this.#end ??= { reason };
    for (const reject of this.#waits) reject(reason);
  }

  /** {@linkcode ChangeListener.attached} */
  attached(commit: (number: number) => void): void {
    this.#commit = commit;
    this.#start();
  }

  /** {@linkcode ChangeListener.ready} */
  ready(number: number): void {
    if (number === this.#number) this.#made?.resolve();
  }

  /** {@linkcode ChangeListener.refused} */
  refused(number: number, error: unknown): void {
    if (number === this.#number) this.#made?.reject(error);
  }

  /** {@linkcode ChangeListener.passed} */
  passed(number: number): void {
    if (number === this.#number) this.#done?.resolve();
  }

  #start(): void {
    if (this.#door !== undefined && this.#commit !== undefined) this.#started.resolve();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) {
      throw new TinmanError("TOO_LARGE", `Cannot take another change: ${MAX_WAITING} wait already`, {
        limit: MAX_WAITING,
        actual: MAX_WAITING + 1,
        hint: "wait for what apply() returns before the next",
      });
    }
    this.#waiting++;
    const turn = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = turn.catch(() => {});
    return await turn;
  }

  #find(id: string): void {
    const ids = this.#config.stages.map((stage) => stage.id);
    if (ids.includes(id)) return;
    throw new TinmanError("NOT_FOUND", `Cannot restart stage "${id}": the pipeline has ${ids.join(", ") || "none"}`, {
      kind: "stage",
      id,
    });
  }

  async #change(config: PipelineConfig): Promise<PipelineDiff> {
    const diff = diffPipelines(this.#config, config);
    if (!diff.isEmpty) await this.#pass(config);
    return diff;
  }

  async #pass(config: PipelineConfig, restart: Pick<Change, "restart"> = {}): Promise<void> {
    await this.#orEnd(this.#started.promise);
    const number = ++this.#number;
    [this.#made, this.#done] = [Promise.withResolvers(), Promise.withResolvers()];
    this.#made.promise.catch(() => {});
    await this.#orEnd(this.#tell({ number, config: writePipeline(config), ...restart }));
    await this.#orEnd(this.#made.promise);
    await this.#orEnd(this.#door!.between(async () => {
      // It stands in the recording where it happens here: nothing comes between the two.
      const told = this.#tell({ number, go: true });
      this.#commit!(number);
      this.#config = config;
      await told;
    }));
    await this.#orEnd(this.#done.promise);
  }

  #tell(change: Change): Promise<void> {
    return this.#door!.out.publish(change);
  }

  // Not a race: what loses one is kept by the other, here for as long as the run lasts.
  #orEnd(work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end.reason);
      this.#waits.add(reject);
      const done = (settle: () => void) => {
        this.#waits.delete(reject);
        settle();
      };
      work.then(() => done(resolve), (error) => {
        // A run that ends refuses this and that; why it ends, it says itself.
        if (!isTinmanError(error, "CLOSED") && !isTinmanError(error, "STOPPED")) done(() => reject(error));
      });
    });
  }
}
