import { TinmanError } from "../errors/mod.ts";
import {
  canonicalValue,
  type CapabilityName,
  covers,
  isDenoCapability,
  isServed,
  kindOf,
  type PathOptions,
  plainValue,
  valueProblem,
} from "./capability.ts";
import { holdPaths } from "./hold.ts";
import type { AskedCapability, PluginManifest } from "./manifest.ts";

/** What a person allows a plugin, by capability. */
export type Grants = Readonly<Partial<Record<CapabilityName, Grant>>>;

/** Values that are allowed, `true` for all; `deny` beats them. */
export interface Grant {
  readonly allow: readonly string[] | true;
  readonly deny?: readonly string[];
}

/** What a plugin may do: asked for and granted, in canonical values. Nothing that is not in here. */
export type Effective = Readonly<Partial<Record<CapabilityName, EffectiveGrant>>>;

/** Values that are allowed, but for those in `deny`. */
export interface EffectiveGrant {
  readonly allow: readonly string[] | true;
  readonly deny: readonly string[];
  /** Other names of allowed paths, through links that were named when they were asked for or granted. */
  readonly aliases?: readonly PathAlias[];
}

/** A path through a link, and where it leads. */
export interface PathAlias {
  readonly path: string;
  readonly real: string;
}

/** What a plugin asks for and is not granted. */
export interface Missing {
  readonly name: CapabilityName;
  /** `true` when it asks for all. */
  readonly values: readonly string[] | true;
  readonly why: string;
  readonly optional: boolean;
}

/** What came of {@linkcode resolveGrants}. */
export interface Resolution {
  readonly effective: Effective;
  readonly missing: readonly Missing[];
}

/** Options of {@linkcode resolveGrants}. */
export interface ResolveOptions extends PathOptions {
  /** The node's configuration, for `${config.x}`. @default {{}} */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Names in a folder. With it links that lead out of a granted folder are denied; Deno itself would follow them. */
  readonly list?: (path: string) => readonly string[];
  /** Paths that are never written, whatever is granted. @default {[]} */
  readonly protect?: readonly string[];
}

/**
 * What a plugin may do: the intersection of what its manifest asks for and what it is granted, without what either denies.
 *
 * @throws {TinmanError} `CONFIG` when a value of the configuration cannot be put into one of the manifest; `DENIED` when
 * a granted folder is too large to be searched for links.
 */
export function resolveGrants(manifest: PluginManifest, grants: Grants, options: ResolveOptions): Resolution {
  const asked = manifest.capabilities.filter(({ name }) => isServed(name)).map((each) => bindAsked(each, options));
  const effective: Partial<Record<CapabilityName, EffectiveGrant>> = {};
  for (const name of new Set(asked.map((each) => each.name))) {
    const grant = Object.hasOwn(grants, name) ? grants[name] : undefined;
    if (grant === undefined) continue;
    const canonical = (values: readonly string[]) => values.map((value) => canonicalValue(name, value, options));
    const entries = asked.filter((each) => each.name === name);
    const granted = grant.allow === true ? true : canonical(grant.allow);
    const deny = [...canonical(grant.deny ?? []), ...entries.flatMap((each) => each.deny)];
    if (name === "write") deny.push(...canonical(options.protect ?? []));
    const both = entries.map(({ allow }) => intersect(name, allow, granted));
    const allow = both.includes(true) ? true : both.flatMap((values) => values as readonly string[]);
    const found = withoutDenied(name, { allow, deny });
    if (found === undefined) continue;
    const named = [...entries.flatMap((each) => each.named), ...(grant.allow === true ? [] : grant.allow)];
    effective[name] = withAliases(name, found, { named, paths: options });
  }
  const missing = asked.flatMap((each) => missingOf(each, effective[each.name]));
  return { effective: holdPaths(effective, options), missing };
}

/** Whether a plugin may use `value` of a capability; without a value: anything of it at all. */
export function allows(effective: Effective, name: CapabilityName, value: string, paths: PathOptions): boolean {
  const grant = Object.hasOwn(effective, name) ? effective[name] : undefined;
  if (grant === undefined) return false;
  const canonical = canonicalValue(name, value, paths);
  if (grant.deny.some((each) => covers(name, each, canonical))) return false;
  return grant.allow === true || grant.allow.some((each) => covers(name, each, canonical));
}

interface Bound {
  readonly name: CapabilityName;
  readonly allow: readonly string[] | true;
  readonly deny: readonly string[];
  /** As it is named, links not followed. */
  readonly named: readonly string[];
  readonly asked: AskedCapability;
}

function bindAsked(asked: AskedCapability, options: ResolveOptions): Bound {
  const { name, allow, deny = [] } = asked;
  const bind = (values: readonly string[]) => values.flatMap((value) => bindValue(value, name, options.config ?? {}));
  const canonical = (values: readonly string[]) => values.map((value) => canonicalValue(name, value, options));
  const named = bind(allow ?? []);
  return { name, allow: allow === undefined ? true : canonical(named), deny: canonical(bind(deny)), named, asked };
}

/** `value` with the configuration in it; none when that says nothing. */
function bindValue(value: string, name: CapabilityName, config: Readonly<Record<string, unknown>>): string[] {
  let isBound = true;
  const bound = value.replaceAll(/\$\{config\.(\w+)\}/g, (_, key: string) => {
    const found = Object.hasOwn(config, key) ? config[key] : undefined;
    if (found === undefined || found === null || found === "") isBound = false;
    else if (typeof found === "object") throw notBound(value, key, "it is not a text");
    return String(found);
  });
  if (!isBound) return [];
  const problem = bound.includes("${") ? "it has a ${" : valueProblem(name, bound);
  if (problem !== undefined) throw notBound(value, bound, problem);
  return [bound];
}

function notBound(value: string, what: string, problem: string): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot put ${JSON.stringify(what)} into ${value}: ${problem}`, {});
}

function intersect(
  name: CapabilityName,
  asked: readonly string[] | true,
  granted: readonly string[] | true,
): readonly string[] | true {
  if (asked === true) return granted;
  if (granted === true) return asked;
  return asked.flatMap((a) => granted.flatMap((g) => covers(name, g, a) ? [a] : covers(name, a, g) ? [g] : []));
}

/** What is left of a grant, or undefined when that is nothing; only denials that take something away are kept. */
function withoutDenied(name: CapabilityName, { allow, deny }: EffectiveGrant): EffectiveGrant | undefined {
  if (allow === true) return { allow, deny: unique(deny) };
  const left = unique(allow).filter((value) => !deny.some((each) => covers(name, each, value)));
  const kept = unique(deny).filter((each) => left.some((value) => covers(name, value, each)));
  return left.length === 0 ? undefined : { allow: left, deny: kept };
}

/** Adds the names through links, without which Deno would refuse a path that was granted by such a name. */
function withAliases(
  name: CapabilityName,
  grant: EffectiveGrant,
  { named, paths }: { readonly named: readonly string[]; readonly paths: PathOptions },
): EffectiveGrant {
  const { allow } = grant;
  // A link that could be moved into a second place could lead elsewhere from there.
  if (allow === true || (name === "write" && allow.length > 1)) return grant;
  if (kindOf(name) !== "path" || !isDenoCapability(name)) return grant;
  const aliases = unique(named.map((value) => plainValue(name, value, paths)))
    .map((path) => ({ path, real: canonicalValue(name, path, paths) }))
    .filter(({ path, real }) => path !== real && allow.some((each) => covers(name, each, real)));
  return aliases.length === 0 ? grant : { ...grant, aliases };
}

function missingOf({ name, allow, asked }: Bound, found: EffectiveGrant | undefined): Missing[] {
  const { why, optional } = asked;
  const has = (value: string) =>
    found !== undefined &&
    (found.allow === true
      ? !found.deny.some((each) => covers(name, each, value))
      : found.allow.some((each) => covers(name, each, value) || covers(name, value, each)));
  const values = allow === true ? found === undefined : allow.filter((value) => !has(value));
  return values === false || (values !== true && values.length === 0) ? [] : [{ name, values, why, optional }];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
