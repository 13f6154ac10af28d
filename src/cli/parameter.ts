import type { Parameter } from "../parameter/mod.ts";

/** What a parameter takes, in few words: `number 0 … 1 V`, `a b c`. */
export function describeParameter({ type, min, max, unit, choices }: Parameter): string {
  if (choices !== undefined) return choices.join(" ");
  const range = min !== undefined && max !== undefined
    ? `${min} … ${max}`
    : min !== undefined
    ? `≥ ${min}`
    : max !== undefined
    ? `≤ ${max}`
    : "";
  return [type, range, unit ?? ""].filter((each) => each !== "").join(" ");
}

/** Its default as JSON, or what has to be done without one. */
export function describeDefault({ default: usual, optional }: Parameter): string {
  if (usual !== undefined) return `default ${JSON.stringify(usual)}`;
  return optional === true ? "may be left out" : "has to be given";
}
