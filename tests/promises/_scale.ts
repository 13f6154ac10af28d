/**
 * How much the tests of this folder do: 1 at a keyboard, 10 in CI, any number with `TINMAN_TORTURE=n`. With 10 or more, what
 * has a size in the promise has that size here.
 */
export const scale: number = Number(Deno.env.get("TINMAN_TORTURE") ?? (inCi() ? 10 : 1));

/** `full` of something where there is time for all of it, else `brief`. */
export function sized(brief: number, full: number): number {
  return scale >= 10 ? full : brief;
}

/** A seed of this run, to be printed with whatever fails. `TINMAN_SEED=n` runs the same again. */
export const seed: number = Number(Deno.env.get("TINMAN_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]);

function inCi(): boolean {
  return Deno.env.get("CI") === "true" || Deno.env.has("TINMAN_FULL");
}
