import type { LivePluginState } from "../../../telemetry/mod.ts";
import * as format from "../format.ts";

/** What all of them take together; `n/a` where nobody can tell of one. */
export function memoryOf(live: readonly LivePluginState[]): string {
  const known = live.flatMap(({ memoryBytes }) => memoryBytes ?? []);
  return known.length < live.length ? "n/a" : format.bytes(known.reduce((a, b) => a + b, 0));
}

/** Why nobody can tell what one of them takes. */
export function hintOf(live: readonly LivePluginState[]): string | undefined {
  const unknown = live.find(({ memoryBytes }) => memoryBytes === undefined);
  if (unknown === undefined) return undefined;
  return unknown.tier === "trusted"
    ? "it runs within this process, which has one memory for all that is in it"
    : unknown.tier === "quickjs"
    ? "quickjs does not tell what so many kinds of objects take"
    : "nobody here tells what a process takes";
}

/** What the number is of, where there is one. */
export function memoryHint({ tier }: LivePluginState): string {
  return tier === "quickjs" ? "what it keeps in its quickjs, looked at now and then" : "its process, with the runtime";
}
