import type { Problems } from "../jsonc/mod.ts";
import { createFrame, type DataFrame } from "./frame.ts";

/** What becomes of a frame on which a stage failed for good: the pipeline fails, it is left out, or another stands in for it. */
export type ErrorPolicy = "propagate" | "skip" | "default";

/** All policies. */
export const ERROR_POLICIES: readonly ErrorPolicy[] = ["propagate", "skip", "default"];

/** Samples by channel, for `on_error: "default"`. */
export type DefaultPayload = Readonly<Record<string, readonly number[]>>;

/** Reads `on_error`; the policy without one is `usual`. */
export function readErrorPolicy(
  given: unknown,
  { at, problems, usual }: { readonly at: string; readonly problems: Problems; readonly usual: ErrorPolicy },
): ErrorPolicy {
  return given === undefined ? usual : problems.oneOf(given, at, ERROR_POLICIES) ?? usual;
}

/** Reads `default_frame`: lists of numbers by channel. */
export function readDefaultPayload(given: unknown, at: string, problems: Problems): DefaultPayload | undefined {
  if (given === undefined) return undefined;
  const channels = Object.entries(problems.object(given, at));
  for (const [name, samples] of channels) {
    const fits = Array.isArray(samples) && samples.every((each) => typeof each === "number");
    if (!fits) problems.add(`${at}.${name}`, "expected a list of numbers");
  }
  return given as DefaultPayload;
}

/** What stands in for a frame: with these samples, else silence as long as what came in. Its times and number stay. */
export function defaultFrame(frame: DataFrame, payload: DefaultPayload | undefined): DataFrame {
  const { timestampUs, sequenceId } = frame;
  const samples = payload === undefined
    ? [...frame.payload].map(([name, { length }]) => [name, new Float64Array(length)] as const)
    : Object.entries(payload).map(([name, each]) => [name, Float64Array.from(each)] as const);
  return createFrame({ timestampUs, sequenceId, payload: new Map(samples), metadata: { stand_in: true } });
}

/** A frame that was given up, for the channel of dead letters: itself, with who gave it up and why in its metadata. */
export function deadLetter(frame: DataFrame, stage: string, error: unknown): DataFrame {
  const message = error instanceof Error ? error.message : String(error);
  return { ...frame, metadata: { ...frame.metadata, dead_letter: { stage, error: message } } };
}
