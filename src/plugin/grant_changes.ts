import { canonicalValue, type CapabilityName, covers, kindOf, type PathOptions } from "./capability.ts";
import type { Grant, Grants } from "./resolve.ts";

/** `before` with what `more` allows and denies. What is allowed now is not denied by the same value any more. */
export function addGrants(before: Grants, more: Grants, paths: PathOptions): Grants {
  return change(before, more, paths, (old, { allow, deny = [] }, same) => ({
    allow: old.allow === true || allow === true ? true : [...old.allow, ...allow],
    deny: [...(old.deny ?? []).filter((value) => allow !== true && !same(allow, value)), ...deny],
  }));
}

/** `before` without what `less` allows: all of a capability for `true`, else its values; these are denied if need be. */
export function takeGrants(before: Grants, less: Grants, paths: PathOptions): Grants {
  return change(before, less, paths, (old, { allow }, same, broader) => {
    if (allow === true) return undefined;
    const left = old.allow === true ? true : old.allow.filter((value) => !same(allow, value));
    const denied = allow.filter((value) => left === true || broader(left, value));
    const deny = [...old.deny ?? [], ...denied];
    return left !== true && left.length === 0 ? undefined : { allow: left, deny };
  });
}

type Compare = (values: readonly string[], value: string) => boolean;
type Change = (old: Grant, by: Grant, same: Compare, broader: Compare) => Grant | undefined;

function change(before: Grants, by: Grants, paths: PathOptions, make: Change): Grants {
  const after: Partial<Record<CapabilityName, Grant>> = { ...before };
  for (const [key, grant] of Object.entries(by)) {
    const name = key as CapabilityName;
    const canonical = (value: string) => canonicalValue(name, value, paths);
    const same: Compare = (values, value) => values.some((each) => canonical(each) === canonical(value));
    const broader: Compare = (values, value) => values.some((each) => covers(name, canonical(each), canonical(value)));
    const old = Object.hasOwn(before, name) ? before[name]! : { allow: kindOf(name) === "none" ? true : [] } as Grant;
    const made = make(old, grant, same, broader);
    if (made === undefined) delete after[name];
    else after[name] = made;
  }
  return after;
}
