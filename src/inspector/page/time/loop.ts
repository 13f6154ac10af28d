/// <reference lib="dom" />
import type { View } from "../page.ts";
import { readSeconds, writeSeconds } from "./time_window.ts";

/** What is played again and again; where an end is missing, to the end. It stands in the address. */
export interface Loop {
  readonly inNs: number | undefined;
  readonly outNs: number | undefined;
}

/** The loop that the address names. */
export function readLoop({ param }: Pick<View, "param">): Loop {
  return { inNs: readSeconds(param("in")), outNs: readSeconds(param("out")) };
}

/** Puts it into the address. */
export function writeLoop({ setParam }: Pick<View, "setParam">, { inNs, outNs }: Loop): void {
  setParam("in", inNs === undefined ? "" : writeSeconds(inNs));
  setParam("out", outNs === undefined ? "" : writeSeconds(outNs));
}

/** A loop with other ends; one that would end before it begins loses the end that was there before. */
export function changeLoop(loop: Loop, change: Partial<Loop>): Loop {
  const changed = { ...loop, ...change };
  const { inNs, outNs } = changed;
  if (inNs === undefined || outNs === undefined || inNs < outNs) return changed;
  return "inNs" in change ? { inNs, outNs: undefined } : { inNs: undefined, outNs };
}
