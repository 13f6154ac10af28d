import { TinmanError } from "../errors/mod.ts";
import { covers, denoCapabilities, type DenoCapability, isDenoCapability, isServed } from "./capability.ts";
import type { PluginManifest } from "./manifest.ts";
import type { Effective, EffectiveGrant } from "./resolve.ts";
import type { Tier } from "./protocol.ts";

/**
 * Where a plugin runs: in QuickJS when it may do nothing but compute, else in a process of its own, and in process only
 * when `wanted` says so. The manifest can ask for a stronger border than that, never for a weaker one.
 *
 * @throws {TinmanError} `CONFIG` when that is QuickJS, and the plugin was granted what only a process can serve.
 */
export function chooseTier(manifest: PluginManifest, effective: Effective, wanted?: Tier): Tier {
  const names = Object.keys(effective) as (keyof Effective)[];
  const usual = names.length === 0 ? "quickjs" : "process";
  const tier = stronger(wanted ?? usual, manifest.isolation ?? "trusted");
  const beyond = names.filter(isDenoCapability);
  if (tier !== "quickjs" || beyond.length === 0) return tier;
  const { id } = manifest;
  throw new TinmanError("CONFIG", `Cannot run plugin ${id} in quickjs: it may use ${beyond.join(", ")}`, {
    hint: wanted === "quickjs" ? "run it in the tier process" : `tinman plugin revoke ${id} ${beyond.join(" ")}`,
  });
}

/**
 * Refuses a plugin that cannot work without a capability that this version does not serve.
 *
 * @throws {TinmanError} `UNAVAILABLE`.
 */
export function assertServed({ id, capabilities }: PluginManifest): void {
  const missing = capabilities.filter(({ name, optional }) => !optional && !isServed(name)).map(({ name }) => name);
  if (missing.length === 0) return;
  const what = missing.join(", ");
  const hint = "look for a newer tinman, or ask its author to make this optional";
  throw new TinmanError("UNAVAILABLE", `Cannot load plugin ${id}: ${what} is not served by this version`, {
    what,
    hint,
  });
}

/** The permissions of a worker: as `Deno.PermissionOptionsObject`, every name said. */
export type WorkerPermissions = Record<DenoCapability, boolean | string[]>;

/** What a worker of the plugin may do. It cannot say what is denied, see {@linkcode needsFlags}. */
export function workerPermissions(effective: Effective): WorkerPermissions {
  const permission = (grant: EffectiveGrant | undefined) => grant !== undefined && (allowed(grant) ?? true);
  return Object.fromEntries(denoCapabilities.map((name) => [name, permission(effective[name])])) as WorkerPermissions;
}

/** Whether something inside of what is allowed is denied, which only the flags of a process can say. */
export function needsFlags(effective: Effective): boolean {
  return denoCapabilities.some((name) => (effective[name]?.deny.length ?? 0) > 0);
}

/**
 * The flags of a process of the plugin, such as `--allow-read=/data` and `--deny-read=/data/keys`.
 *
 * @throws {TinmanError} `DENIED` for a path with a comma, at which Deno would take it apart.
 */
export function denoFlags(effective: Effective): string[] {
  return denoCapabilities.flatMap((name) => {
    const grant = effective[name];
    if (grant === undefined) return [];
    const allow = allowed(grant);
    const deny = denied(grant);
    return [
      allow === undefined ? `--allow-${name}` : `--allow-${name}=${joined(allow)}`,
      ...(deny.length === 0 ? [] : [`--deny-${name}=${joined(deny)}`]),
    ];
  });
}

/** What Deno is told to allow; undefined for all. */
function allowed({ allow, aliases = [] }: EffectiveGrant): string[] | undefined {
  return allow === true || allow.includes("*") ? undefined : [...allow, ...aliases.map(({ path }) => path)];
}

/** What Deno is told to deny: by every name that it has. */
function denied({ deny, aliases = [] }: EffectiveGrant): string[] {
  const others = aliases.flatMap(({ path, real }) =>
    deny.filter((each) => covers("read", real, each)).map((each) => path + each.slice(real.length))
  );
  return [...new Set([...deny, ...others])];
}

function joined(values: readonly string[]): string {
  const found = values.find((value) => value.includes(","));
  if (found === undefined) return values.join(",");
  throw new TinmanError("DENIED", `Cannot grant ${found}: Deno does not take a path with a comma`, {
    what: found,
    hint: "rename it, or grant the folder above",
  });
}

function stronger(a: Tier, b: Tier): Tier {
  return strength.indexOf(a) < strength.indexOf(b) ? a : b;
}

const strength: readonly Tier[] = ["quickjs", "process", "trusted"];
