import type { Clock } from "../clock/mod.ts";
import type { Random } from "../random/mod.ts";
import { type Diagnostics, type NodeContext, SERVICES } from "../runtime/mod.ts";
import { AHEAD } from "./ahead.ts";
import type { BufferPool } from "./buffer_pool.ts";
import type { StageConfig } from "./config.ts";
import type { DataFrame } from "./frame.ts";
import { MovingClock } from "./moving_clock.ts";
import type { StageObserver } from "./observer.ts";
import { StageRun } from "./stage_run.ts";
import { placed } from "./placed.ts";

/** What a stage reaches of the node that it is in. */
export interface Seat {
  readonly clock: Clock;
  /** Those of its inputs that something is connected to. */
  readonly inputs: readonly string[];
  readonly emit: (frame: DataFrame, output: string | undefined) => Promise<void>;
  readonly giveUp: (frame: DataFrame, error: unknown) => void | Promise<void>;
  /** Aborts when the run is asked to end, while the stage is there. */
  readonly stopping?: AbortSignal | undefined;
  /** See {@linkcode StageAhead} */
  readonly ahead?: ((index: number) => DataFrame | undefined) | undefined;
}

/** What a stage is made with. */
export interface MovableOptions extends Pick<NodeContext, "hold" | typeof SERVICES> {
  readonly seat: Seat;
  readonly random: Random;
  readonly log: Diagnostics;
  readonly pool: BufferPool;
  readonly observer: StageObserver;
  readonly elapsedNs: () => number;
  readonly ending: AbortSignal | undefined;
}

/** A stage that keeps its state when it goes from one node to another. */
export class MovableStage {
  readonly run: StageRun;
  readonly #clock: MovingClock;
  readonly #over = new AbortController();
  readonly #stopping = new AbortController();
  #seat: Seat;

  /** Makes nothing yet, see {@linkcode LiveStage.open}. */
  constructor(stage: StageConfig, options: MovableOptions) {
    const { seat, random, log, pool, observer, elapsedNs, hold } = options;
    const stopping = this.#stopping.signal;
    const ending = options.ending === undefined ? stopping : AbortSignal.any([options.ending, stopping]);
    this.#seat = seat;
    this.#clock = new MovingClock(seat.clock);
    const inputs = () => this.#seat.inputs;
    this.run = new StageRun(stage, {
      context: {
        ...{ id: stage.id, clock: this.#clock, random, log, pool, hold, [SERVICES]: options[SERVICES] },
        get inputs() {
          return inputs();
        },
        signal: AbortSignal.any([this.#over.signal, ending]),
        [AHEAD]: (index) => this.#seat.ahead?.(index),
        emit: async (frame, output) => await this.#seat.emit(this.run.gave(frame), output),
      },
      observer,
      elapsedNs,
      ending,
      place: placed,
      giveUp: (frame, error) => this.#seat.giveUp(frame, error),
    });
  }

  /** It is in another node now. */
  moveTo(seat: Seat): void {
    this.#seat = seat;
    this.#clock.moveTo(seat.clock);
    const stop = () => this.#seat === seat && this.#stopping.abort(seat.stopping?.reason);
    if (seat.stopping?.aborted) stop();
    else seat.stopping?.addEventListener("abort", stop, { once: true });
  }

  /** Asks one that gives frames by itself to end. */
  askToEnd(reason?: unknown): void {
    this.#over.abort(reason);
  }

  /** {@linkcode LiveStage.close} */
  close(): Promise<void> {
    this.#over.abort();
    return this.run.stage.close();
  }
}
