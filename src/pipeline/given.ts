import { type DataFrame, findFrameProblem, type FrameProblem } from "./frame.ts";
import type { StageResult } from "./stage.ts";

/** Frames that follow from one. */
export type Given = readonly DataFrame[];

/** No frame follows. */
export const NOTHING: Given = [];

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

/** Whether a stage answers later. Its promise may be of any kind. */
export function isPromise<T>(answer: T | Promise<T>): answer is Promise<T> {
  return typeof (answer as Promise<T> | undefined)?.then === "function";
}

function describeProblem({ at, value, expected }: FrameProblem): string {
  const kind = typeof value === "object" && value !== null ? "an object" : String(value).slice(0, 40);
  return `${at === "" ? "it" : `its ${at.slice(1)}`} is ${Array.isArray(value) ? "a list" : kind}, not ${expected}`;
}
