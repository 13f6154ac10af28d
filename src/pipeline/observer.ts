/**
 * What a pipeline says about its stages while it works; metrics are made of it. Calls are made for every frame, so they
 * return at once, throw nothing and keep nothing. Stages are named by their id in the configuration.
 */
export interface StageObserver {
  /** A stage was given one frame and is done with it, after `busyNs` nanoseconds of its own work. */
  frame(id: string, busyNs: number): void;
  /** A stage threw on a frame. That frame is not counted by {@linkcode StageObserver.frame}. */
  error(id: string): void;
  /** A stage was made anew after an error. */
  restart(id: string): void;
  /** `count` frames did not reach the stage, or were given up by it: skipped after an error, or shed. */
  drop(id: string, count: number): void;
  /** A stage waited `ns` nanoseconds until what it gave had found room. */
  blocked(id: string, ns: number): void;
  /** A frame came out at an end of the pipeline, `latencyNs` nanoseconds after the trigger that it follows from. */
  run?(latencyNs: number): void;
  /** A queue between two stages is there to be looked at. */
  watch?(edge: EdgeProbe): void;
  /** The queue between two stages is no longer there: the pipeline was changed. */
  unwatch?(from: string, to: string): void;
  /** A stage is no longer there: the pipeline was changed. */
  left?(id: string): void;
}

/** The queue between two stages, looked at when somebody asks. */
export interface EdgeProbe {
  /** The stage that fills it. */
  readonly from: string;
  /** The stage that empties it. */
  readonly to: string;
  /** How many frames may wait in it. */
  readonly capacity: number;
  /** How many frames went in so far. */
  frames(): number;
  /** How many frames wait now. */
  waiting(): number;
  /** How many frames were shed so far. */
  drops?(): number;
}

/** Hears everything and keeps nothing. */
export const noObserver: StageObserver = {
  frame() {},
  error() {},
  restart() {},
  drop() {},
  blocked() {},
};
