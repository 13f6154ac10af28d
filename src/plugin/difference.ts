import type { AskedCapability } from "./manifest.ts";

/** What `after` asks for that `before` does not: whole capabilities, or the new values of one. */
export function newlyAsked(before: readonly AskedCapability[], after: readonly AskedCapability[]): AskedCapability[] {
  return after.flatMap((asked) => {
    const same = before.filter(({ name }) => name === asked.name);
    // What was denied by the plugin itself and is not any more is asked for anew.
    const isDropped = same.some(({ deny = [] }) => deny.some((value) => !(asked.deny ?? []).includes(value)));
    if (same.length === 0 || isDropped) return [asked];
    if (same.some(({ allow }) => allow === undefined)) return [];
    if (asked.allow === undefined) return [asked];
    const known = new Set(same.flatMap(({ allow }) => allow ?? []));
    const allow = asked.allow.filter((value) => !known.has(value));
    return allow.length === 0 ? [] : [{ ...asked, allow }];
  });
}
