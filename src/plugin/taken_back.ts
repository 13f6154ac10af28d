import { canonicalValue, type CapabilityName, covers, type PathOptions } from "./capability.ts";
import type { Effective, EffectiveGrant, Grant, Grants } from "./resolve.ts";

/** What {@linkcode takenBack} compares. */
export interface GrantChange {
  /** What was granted when the plugin was opened. */
  readonly before: Grants;
  /** What is granted now. */
  readonly now: Grants;
  readonly paths: PathOptions;
}

/**
 * The capabilities that a plugin holds, and that were granted `before` and are not `now`, or are denied since. What was
 * never in the grants, as when somebody allowed it for one run, cannot be taken back from there.
 */
export function takenBack(effective: Effective, { before, now, paths }: GrantChange): readonly CapabilityName[] {
  return (Object.entries(effective) as [CapabilityName, EffectiveGrant][]).flatMap(([name, held]) => {
    const read = (grants: Grants) => canonical(name, Object.hasOwn(grants, name) ? grants[name] : undefined, paths);
    return isLost(name, held, { before: read(before), now: read(now) }) ? [name] : [];
  });
}

type Values = Required<Grant>;

function isLost(name: CapabilityName, held: EffectiveGrant, { before, now }: { before: Values; now: Values }): boolean {
  const has = (values: readonly string[] | true, value: string) =>
    values === true || values.some((each) => covers(name, each, value));
  const isIn = (value: string) =>
    held.allow === true || held.allow.some((each) => covers(name, each, value) || covers(name, value, each));
  const isRemoved = held.allow === true
    ? before.allow === true && now.allow !== true
    : held.allow.some((value) => has(before.allow, value) && !has(now.allow, value));
  return isRemoved || now.deny.some((value) => isIn(value) && !has(before.deny, value) && !has(held.deny, value));
}

function canonical(name: CapabilityName, grant: Grant | undefined, paths: PathOptions): Values {
  const { allow = [], deny = [] } = grant ?? {};
  const read = (values: readonly string[]) => values.map((value) => canonicalValue(name, value, paths));
  return { allow: allow === true ? true : read(allow), deny: read(deny) };
}
