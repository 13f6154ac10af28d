import {
  type AskedCapability,
  type CapabilityName,
  chooseTier,
  danger,
  type Effective,
  type EffectiveGrant,
  type Grant,
  grantCommand,
  type Grants,
  type Missing,
  newlyAsked,
  type PluginManifest,
  type PluginStore,
  type Resolution,
  resolveGrants,
} from "../plugin/mod.ts";

/** A capability that a plugin asks for, for a table. */
export interface AccessRow {
  /** Against the version before. */
  readonly change: "new" | "gone" | "same";
  readonly name: CapabilityName;
  /** For people: `/dev/ttyUSB0, not /dev/null`. */
  readonly values: string;
  readonly why: string;
  readonly optional: boolean;
  /** Why it takes `--dangerous`, if it does. */
  readonly danger?: string;
}

/** What a plugin asks for; with the manifest before also what changed since. */
export function accessRows(manifest: PluginManifest, before?: PluginManifest): AccessRow[] {
  const now = manifest.capabilities;
  const old = before?.capabilities;
  const row = (change: AccessRow["change"]) => (asked: AskedCapability): AccessRow => {
    const reason = danger(asked.name, asked.allow ?? true);
    return {
      change,
      name: asked.name,
      values: describeValues(asked.name, { allow: asked.allow ?? true, deny: asked.deny ?? [] }),
      why: asked.why,
      optional: asked.optional,
      ...(reason !== undefined && { danger: reason }),
    };
  };
  if (old === undefined) return now.map(row("new"));
  const added = newlyAsked(old, now);
  // Asked for before, in the same words or others, and by nothing that is new.
  const same = now.filter(({ name }) => !added.some((each) => each.name === name));
  return [...added.map(row("new")), ...newlyAsked(now, old).map(row("gone")), ...same.map(row("same"))];
}

/** The values of a grant for people. */
export function describeValues(name: CapabilityName, { allow, deny = [] }: Grant): string {
  const denied = deny.map((value) => `not ${value}`);
  if (allow !== true) return [...allow, ...denied].join(", ") || "nothing";
  const all = hasValues(name) ? "all" : "–";
  return [all, ...denied].join(", ");
}

/** Whether a capability has values; `clock` has none. */
export function hasValues(name: CapabilityName): boolean {
  return !["clock", "random", "kv"].includes(name);
}

/** What was granted or is in force, on one line: `net 127.0.0.1:10110; serial /dev/ttyUSB0`. */
export function describeGrants(grants: Grants | Effective): string {
  const all = Object.entries(grants) as [CapabilityName, Grant][];
  return all.map(([name, grant]) => {
    const values = describeValues(name, grant);
    return values === "–" ? name : `${name} ${values}`;
  }).join("; ") || "nothing";
}

/** What stands between a plugin and its work. */
export interface Needs {
  /** The command that grants what it cannot do without. */
  readonly required?: string;
  /** The command that grants what it can do without. */
  readonly optional?: string;
  /** Words in these commands that stand for a value of the configuration: `PORT` for `port`. */
  readonly standsFor: readonly { readonly word: string; readonly key: string }[];
}

/** The commands that grant what a plugin asks for and does not have. */
export function needsOf(manifest: PluginManifest, store: PluginStore): Needs {
  const { defaults, unset } = configOf(manifest);
  const { missing, effective } = resolve(manifest, store, defaults);
  const all = [...missing, ...unbound(manifest, unset, effective)];
  const command = (optional: boolean) => {
    const some = merge(all.filter((each) => each.optional === optional));
    return some.length === 0 ? undefined : grantCommand(manifest.id, some);
  };
  const [required, optional] = [command(false), command(true)];
  const text = `${required} ${optional}`;
  return {
    ...(required !== undefined && { required }),
    ...(optional !== undefined && { optional }),
    standsFor: [...unset].map((key) => ({ word: wordFor(key), key }))
      .filter(({ word }) => new RegExp(`[=,:/]${word}\\b`).test(text)),
  };
}

/** Where a plugin runs with what it may do now; one that cannot run yet, with what it cannot do without. */
export function tierOf(manifest: PluginManifest, store: PluginStore): string {
  const { effective } = resolve(manifest, store, configOf(manifest).defaults);
  const needed = manifest.capabilities.filter(({ optional }) => !optional)
    .map(({ name }): [string, EffectiveGrant] => [name, { allow: true, deny: [] }]);
  try {
    return chooseTier(manifest, { ...Object.fromEntries(needed), ...effective });
  } catch {
    return "none: it was granted what its isolation does not serve";
  }
}

/** What a plugin may do, with this configuration of its node. */
export function resolve(
  manifest: PluginManifest,
  store: PluginStore,
  config: Readonly<Record<string, unknown>> = {},
): Resolution {
  return resolveGrants(manifest, store.grantsOf(manifest.id), { ...store.paths, config });
}

/** The configuration of all nodes of a plugin: its defaults, and the keys that have none. */
export function configOf({ provides }: PluginManifest): { defaults: Record<string, unknown>; unset: Set<string> } {
  const fields = [...provides.nodes, ...provides.stages].flatMap(({ config }) => Object.entries(config));
  const defaults = Object.fromEntries(
    fields.flatMap(([key, field]) => field.default === undefined ? [] : [[key, field.default]]),
  );
  return { defaults, unset: new Set(fields.map(([key]) => key).filter((key) => !Object.hasOwn(defaults, key))) };
}

/** What is asked for in terms of a configuration that is not known yet, unless some of that capability is there. */
function unbound(manifest: PluginManifest, unset: ReadonlySet<string>, effective: Effective): Missing[] {
  return manifest.capabilities.flatMap(({ name, allow = [], why, optional }) => {
    if (effective[name] !== undefined) return [];
    const values = allow.filter((value) =>
      [...value.matchAll(/\$\{config\.(\w+)\}/g)].some(([, key]) => unset.has(key!))
    )
      .map((value) => value.replaceAll(/\$\{config\.(\w+)\}/g, (_, key: string) => wordFor(key)));
    return values.length === 0 ? [] : [{ name, values, why, optional }];
  });
}

function merge(missing: readonly Missing[]): Missing[] {
  return [...Map.groupBy(missing, ({ name }) => name).values()].map((same) => ({
    ...same[0]!,
    values: same.some(({ values }) => values === true)
      ? true
      : same.flatMap(({ values }) => values as readonly string[]),
  }));
}

function wordFor(key: string): string {
  return key.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
}
