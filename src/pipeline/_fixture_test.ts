import { createTestEnvironment, type TestEnvironment } from "../testing/mod.ts";
import { createFrame, type DataFrame, MAIN_CHANNEL } from "./frame.ts";
import { frameKind } from "./frame_codec.ts";
import { createPipeline, type Pipeline, type PipelineOptions } from "./pipeline.ts";
import { StageRegistry } from "./registry.ts";
import { defineStage, type StageContext, type StageResult, type StageType } from "./stage.ts";

/** A kind of stage in one line: what it does with each frame; made anew, it starts from nothing. */
export function stageType(
  type: string,
  make: (
    context: StageContext,
    config: Readonly<Record<string, unknown>>,
  ) => (frame: DataFrame, input: string) => StageResult | Promise<StageResult>,
  rest: Partial<StageType> = {},
): StageType {
  return defineStage({
    type,
    title: type,
    category: "math",
    parameters: {},
    ...rest,
    create: (config, context) => ({ process: make(context, config) }),
  });
}

/** 0, 1, 2, … one a trigger. */
export const counter: StageType = stageType("Counter", () => {
  let next = 0;
  return () => numberFrame(next++);
}, { inputs: [], category: "source" });

/** Adds `by`. */
export const add: StageType = stageType(
  "Add",
  (_, { by }) => (frame) => numberFrame(valueOf(frame) + (by as number), frame.sequenceId),
  {
    parameters: { by: { type: "number", title: "What is added", default: 1, min: -100, max: 100 } },
  },
);

/** Counts the frames at each of two inputs. */
export const join: StageType = stageType("Join", () => {
  const last = { a: 0, b: 0 };
  return (frame, input) => {
    last[input as "a" | "b"] = valueOf(frame);
    return numberFrame(last.a * 1000 + last.b, frame.sequenceId);
  };
}, { inputs: ["a", "b"] });

/** Fails as `plan` says, with the number of the call from 1 on over all that were ever made. */
export function failing(plan: (call: number) => boolean, calls: { count: number } = { count: 0 }): StageType {
  return stageType("Failing", () => {
    let seen = 0;
    return (frame) => {
      if (plan(++calls.count)) throw new RangeError(`call ${calls.count}`);
      // How many frames this very stage has seen: it begins again when it is made anew.
      return { ...frame, metadata: { seen: ++seen } };
    };
  });
}

/** A frame with one sample. */
export function numberFrame(value: number, sequenceId: number = value): DataFrame {
  return createFrame({ sequenceId, payload: Float64Array.of(value) });
}

/** The first sample. */
export function valueOf(frame: DataFrame): number {
  return frame.payload.get(MAIN_CHANNEL)?.[0] ?? NaN;
}

/** A world in which recordings of frames can be read. */
export function world(): TestEnvironment {
  return createTestEnvironment({ registry: createTestEnvironment().registry.with([frameKind]) });
}

/** A pipeline on a world of its own. */
export function make(
  config: unknown,
  types: readonly StageType[] = [],
  options: Partial<PipelineOptions> = {},
): { readonly pipeline: Pipeline; readonly environment: TestEnvironment } {
  const environment = world();
  const registry = new StageRegistry([counter, add, join, ...types]);
  return { pipeline: createPipeline(config, { registry, environment, ...options }), environment };
}

/** The values at one end. */
export function values(results: ReadonlyMap<string, readonly DataFrame[]>, end: string): number[] {
  return (results.get(end) ?? []).map(valueOf);
}
