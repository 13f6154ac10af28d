/** Where a pipeline is in its life. */
export type PipelineState = "idle" | "starting" | "running" | "paused" | "draining" | "stopped" | "failed";

const NEXT: Readonly<Record<PipelineState, readonly PipelineState[]>> = {
  idle: ["starting"],
  starting: ["running", "draining", "failed"],
  running: ["paused", "draining", "failed"],
  paused: ["running", "draining", "failed"],
  draining: ["stopped", "failed"],
  stopped: ["idle", "starting"],
  failed: ["idle"],
};

/** The states of one pipeline: it goes only where the picture above says. */
export class StateMachine {
  #state: PipelineState = "idle";
  readonly #onChange: ((to: PipelineState, from: PipelineState) => void) | undefined;

  /** Begins idle. */
  constructor(onChange?: (to: PipelineState, from: PipelineState) => void) {
    this.#onChange = onChange;
  }

  /** Where it is. */
  get state(): PipelineState {
    return this.#state;
  }

  /** Whether it may go to `state` now. */
  allows(state: PipelineState): boolean {
    return NEXT[this.#state].includes(state);
  }

  /**
   * Goes to `state`.
   *
   * @throws {TypeError} When there is no way from here, naming both states.
   */
  go(state: PipelineState): void {
    const from = this.#state;
    if (!this.allows(state)) {
      throw new TypeError(
        `Cannot take a pipeline from ${from} to ${state}: from there it goes to ${NEXT[from].join(", ")}`,
      );
    }
    this.#state = state;
    this.#onChange?.(state, from);
  }
}
