import type { Clock } from "../clock/mod.ts";
import type { Parameter } from "../parameter/mod.ts";
import type { Random } from "../random/mod.ts";
import type { Diagnostics, SERVICES, Services } from "../runtime/mod.ts";
import type { DataFrame } from "./frame.ts";

export type { Parameter } from "../parameter/mod.ts";

/** What a stage gets besides frames. */
export interface StageContext {
  /** Its id in the pipeline. */
  readonly id: string;
  /** The run's time. */
  readonly clock: Clock;
  /** The run's chance. */
  readonly random: Random;
  /** Messages for people. */
  readonly log: Diagnostics;
  /** Where it takes arrays for what it gives. */
  readonly pool: FramePool;
  /** Those of its inputs that something is connected to. */
  readonly inputs: readonly string[];
  /** Aborts when a stage that gives frames by itself has to end. */
  readonly signal: AbortSignal;
  /**
   * Gives a frame besides those that {@linkcode Stage.process} returns: on another output, or at a time of its own.
   * Resolves when there is room for more. `output` is one of {@linkcode StageType.outputs}. @default {the first}
   */
  emit(frame: DataFrame, output?: string): Promise<void>;
  /** For who asks something outside and gets the same answer each time: a replay waits for `work`. Gives it back. */
  hold<T>(work: Promise<T>): Promise<T>;
  /** For kinds of stages that a library makes: what the run's environment has for them. */
  readonly [SERVICES]?: Services | undefined;
}

/** Gives arrays that were used before, and takes them back when the last reader of their frame is done. */
export interface FramePool {
  /** An array of `length` numbers; whatever was in it. It belongs to the frame that it is put into. */
  take(length: number): Float64Array;
}

/**
 * A stage at work. It may keep state between frames; one frame is processed at a time. The same input gives the same
 * output: time and chance come from the context.
 */
export interface Stage {
  /**
   * Takes one frame from `input` and gives what follows from it: one frame, several, or none. A source is called with a
   * trigger, an empty frame. What it throws is handled by the stage's error policy.
   */
  process(frame: DataFrame, input: string): StageResult | Promise<StageResult>;
  /**
   * Gives frames by {@linkcode StageContext.emit} until it is over, or until the signal aborts. Called once, in place of
   * triggers, where the type is {@linkcode StageType.selfDriven} and nothing is connected to its inputs.
   */
  run?(): Promise<void>;
  /** Whether it cannot be called any more: then it is made anew before the next frame. */
  readonly broken?: boolean;
  /** Nanoseconds that it worked on the last frame, where that is not the time that `process()` took. */
  readonly busyNs?: number;
  /** No frame comes any more: gives what is left. */
  end?(): StageResult | Promise<StageResult>;
  /** Takes other parameters, and keeps its state: those that {@linkcode StageType.updates} names may have changed. */
  update?(config: Readonly<Record<string, unknown>>): void;
  /** Goes back to how it was made, so that a warm pipeline can be used again. Without it, the stage is made anew. */
  reset?(): void;
  /** Lets go of what it holds. Called once. */
  close?(): void | Promise<void>;
  /** In place of `close`, where it did not come back in time: ends what it began, without a wait. */
  abandon?(): void;
}

/** Frames for the output; `void` for none. */
export type StageResult = DataFrame | readonly DataFrame[] | undefined | void;

/** What is wrong with a value of a configuration. */
export interface ParameterProblem {
  /** Where in `config`: `map.left`. */
  readonly at: string;
  /** What is there and what should be. */
  readonly problem: string;
}

/** A kind of stage: what it is called in a configuration, what people read about it, and how it is made. */
export interface StageType {
  /** The `type` in a configuration: `SineGenerator`. */
  readonly type: string;
  /** One line for people. */
  readonly title: string;
  /** What it is about: `source`, `filter`, `analysis`, `sink`, `math`, `timing`. */
  readonly category: string;
  /** Names of its inputs; none: a source, called by triggers. @default {["in"]} */
  readonly inputs?: readonly string[];
  /** Whether it gives frames. @default {true} */
  readonly hasOutput?: boolean;
  /** Names of its outputs; the first is meant by its id alone, the others are channels `id.output`. @default {["out"]} */
  readonly outputs?: readonly string[];
  /** Whether it gives frames by itself where nothing is connected to it, so that no trigger calls it. @default {false} */
  readonly selfDriven?: boolean;
  /**
   * Whether it never looks at a frame again once `process()` has settled, unless it gives the same samples on: then their
   * memory is used again. A stage that keeps frames says nothing, or copies what it keeps. @default {false}
   */
  readonly doneOnReturn?: boolean;
  /**
   * Where a thread of its own finds this kind: the URL of a module that exports it, such as `import.meta.url`. A stage of it
   * may then have `"placement": "worker"`; it looks at no clock, and gives what `process()` returns. @default {none}
   */
  readonly module?: string;
  /** Parameters that {@linkcode Stage.update} takes in; when another one changes, the stage is made anew. @default {[]} */
  readonly updates?: readonly string[];
  /** What it can be configured with, by name. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  /**
   * What is wrong with values that their parameters allow; said with all other problems, before anything starts.
   *
   * @default {nothing}
   */
  findProblems?(config: Readonly<Record<string, unknown>>): readonly ParameterProblem[];
  /** Makes one. `config` is checked and has all defaults. */
  create(config: Readonly<Record<string, unknown>>, context: StageContext): Stage | Promise<Stage>;
}

/** Types a kind of stage, and gives it back as it is. */
export function defineStage(stage: StageType): StageType {
  return stage;
}
