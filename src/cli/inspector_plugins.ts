import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { CapabilityName, Grant, ListedPlugin, LivePlugin, PluginStore } from "../plugin/mod.ts";
import { limitsOf, parseGrantArguments } from "../plugin/mod.ts";
import type { ObservedPlugin, PluginAccess, PluginParts } from "../telemetry/mod.ts";
import type { Context } from "./command.ts";
import { auditPlugin } from "./commands/plugin_audit.ts";
import type { Finding } from "./findings.ts";
import { LivePlugins } from "./live_plugins.ts";
import { accessRows, needsOf, tierOf } from "./plugin_access.ts";
import { brings } from "./plugin_describe.ts";
import { openStore } from "./plugin_project.ts";
import { type PluginUsage, readUsage } from "./plugin_usage.ts";

/** The plugins of the project that a command works in, for the page: what `plugin list`, `info` and `audit` tell. */
export function pluginParts(context: Pick<Context, "io" | "path">): PluginParts {
  const store = openStore(context);
  const live = LivePlugins.of(context.io);
  return {
    look() {
      const usage = readUsage(context.io.files, context.path("."));
      const atWork = Map.groupBy(live.all, ({ plugin }) => plugin);
      return store.list().map((listed) => ({
        ...describe(listed, store, Object.hasOwn(usage, listed.id) ? usage[listed.id] : undefined),
        live: (atWork.get(listed.id) ?? []).map((each) => liveOf(each, live.restartsOf(each))),
      }));
    },
    restart: (id, name) => live.restart(id, name),
    withdraw: (id, capability) => live.withdraw(id, capability),
    revoke(id, { capability, value }) {
      const granted = store.grantsOf(id) as Readonly<Record<string, Grant | undefined>>;
      const allow = granted[capability]?.allow;
      const isThere = allow !== undefined && (value === undefined || allow !== true && allow.includes(value));
      if (!isThere) {
        throw new TinmanError("NOT_FOUND", `Cannot take ${capability} back from ${id}: it was not granted`, {
          kind: "grant",
          id: capability,
        });
      }
      store.revoke(id, value === undefined ? parseGrantArguments([capability]) : { [capability]: { allow: [value] } });
    },
  };
}

function liveOf({ as: { kind, name }, tier, usage }: LivePlugin, restarts: number): ObservedPlugin["live"][number] {
  const { memoryBytes, cpuMs } = usage() ?? {};
  return {
    ...{ kind, name, tier, restarts },
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(cpuMs !== undefined && { cpuMs }),
  };
}

function describe(
  listed: ListedPlugin,
  store: PluginStore,
  usage: PluginUsage | undefined,
): Omit<ObservedPlugin, "live"> {
  const { id, version, builtin, manifest, problem } = listed;
  const base = { id, version, isBuiltin: builtin, runs: usage?.runs ?? 0 };
  const last = usage === undefined ? {} : { lastNs: `${usage.lastNs}` };
  const asked = manifest?.capabilities.map((each) => each.name);
  const findings = auditPlugin(id, { store, usage, asked });
  const access = accessOf(listed, { grants: store.grantsOf(id), usage, findings });
  if (manifest === undefined) {
    const state = isTinmanError(problem, "INTEGRITY") ? "changed" : "broken";
    const { message, hint } = problem as { message: string; hint?: string };
    return { ...base, ...last, state, problem: message, ...(hint !== undefined && { fix: hint }), access };
  }
  const { required } = needsOf(manifest, store);
  const { package: { sha256 }, locked } = store.info(id);
  const { memoryMB, startMs, stallMs } = limitsOf(manifest);
  return {
    ...base,
    ...last,
    ...{ state: required === undefined ? "ready" : "not granted", access, sha256, brings: brings(manifest) },
    ...{ tier: tierOf(manifest, store), limits: { memoryMB, startMs, stallMs } },
    ...(manifest.title !== undefined && { title: manifest.title }),
    ...(required !== undefined && { fix: required }),
    ...(locked !== undefined && { addedAt: locked.addedAt }),
    ...(locked?.signer !== undefined && { signer: locked.signer }),
  };
}

function accessOf(
  { manifest }: ListedPlugin,
  { grants, usage, findings }: {
    readonly grants: Readonly<Partial<Record<CapabilityName, Grant>>>;
    readonly usage: PluginUsage | undefined;
    readonly findings: readonly Finding[];
  },
): PluginAccess[] {
  const rows = manifest === undefined ? [] : accessRows(manifest);
  const names = [...new Set([...rows.map(({ name }) => name), ...Object.keys(grants) as CapabilityName[]])];
  return names.map((name): PluginAccess => {
    const row = rows.find((each) => each.name === name);
    const allow = grants[name]?.allow ?? [];
    const verdict = findings.find(({ message }) => new RegExp(`^${name}(?:[ :]|$)`).test(message));
    return {
      ...{ capability: name, isOptional: row?.optional ?? true },
      granted: allow === true ? ["*"] : allow,
      used: usage?.values[name] ?? [],
      ...(row !== undefined && { asked: row.values, why: row.why }),
      ...(row?.danger !== undefined && { danger: row.danger }),
      ...(verdict !== undefined &&
        { verdict: { level: verdict.level === "ok" ? "ok" : "warn", message: verdict.message } as const }),
    };
  });
}
