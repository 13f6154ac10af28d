import type { Problems } from "../jsonc/mod.ts";
import { inputsOf, outputsOf } from "./registry.ts";
import type { StageType } from "./stage.ts";

/** Where a stage works: in the thread of the pipeline, or in one of its own. */
export type Placement = "main" | "worker";

/** All places. */
export const PLACEMENTS: readonly Placement[] = ["main", "worker"];

/** {@linkcode StageType.module} of the kinds that come with tinman. */
export const OWN_MODULE = "tinman:stages";

/** Reads `placement`, and says where a kind of stage cannot be. */
export function readPlacement(
  given: unknown,
  type: StageType | undefined,
  { at, problems }: { readonly at: string; readonly problems: Problems },
): Placement {
  if (given === undefined) return "main";
  const placement = problems.oneOf(given, at, PLACEMENTS) ?? "main";
  const problem = placement === "worker" && type !== undefined ? whyNotInWorker(type) : undefined;
  if (problem !== undefined) problems.add(at, `${type!.type} cannot work in a worker: ${problem}`);
  return placement;
}

const NOT_LOADED =
  "it cannot be loaded there: files, devices and plugins stay on main, a kind of your own says module: import.meta.url";

/** Why stages of this kind cannot have a thread of their own, if they cannot. */
export function whyNotInWorker(type: StageType): string | undefined {
  if (type.selfDriven === true) return "it gives frames by itself, at times of its own";
  if (outputsOf(type).length > 1) return "it has several outputs";
  if (type.module === undefined) return NOT_LOADED;
  return inputsOf(type).length > 256 ? "it has more than 256 inputs" : undefined;
}
