import type { CapabilityName, Grant, PluginStore } from "../../plugin/mod.ts";
import { canonicalValue, covers, formatGrant } from "../../plugin/mod.ts";
import { type Context, defineCommand } from "../command.ts";
import type { Finding } from "../findings.ts";
import { printFindings } from "../findings.ts";
import { count } from "../output.ts";
import { describeValues } from "../plugin_access.ts";
import { openStore } from "../plugin_project.ts";
import { type PluginUsage, readUsage, USAGE_FILE } from "../plugin_usage.ts";
import { formatTime } from "../time.ts";

/** `tinman plugin audit` */
export const pluginAudit = defineCommand({
  name: "plugin audit",
  summary: "Compare what plugins were granted with what they came to use",
  about:
    `Each time a plugin is opened it is noted in ${USAGE_FILE} which of its grants were in force: those that it asks ` +
    "for, with the configuration of that run. What never was can be taken back. What a plugin does with a file that it may " +
    "read is not seen.",
  args: [],
  flags: {},
  examples: [["tinman plugin audit", "after some days in the field"]],
  exits: { 6: "something was granted and never in force" },
  json: "object",
  run(context) {
    const { io, out, path, settings } = context;
    const store = openStore(context);
    const usage = readUsage(io.files, path("."));
    const findings = store.list().flatMap(({ id, manifest }) =>
      auditPlugin(id, {
        store,
        usage: Object.hasOwn(usage, id) ? usage[id] : undefined,
        asked: manifest?.capabilities.map((each) => each.name),
      })
    );
    printFindings(findings, context as Context, { usage });
    if (!settings.json && findings.length === 0) out.note("nothing was granted to any plugin");
    return findings.some(({ level }) => level === "warn") ? 6 : 0;
  },
});

/** What {@linkcode auditPlugin} looks at. */
export interface Audited {
  readonly store: PluginStore;
  readonly usage: PluginUsage | undefined;
  /** Undefined when its manifest cannot be read. */
  readonly asked: readonly string[] | undefined;
}

/** Compares what a plugin was granted with what it came to use. */
export function auditPlugin(id: string, { store, usage, asked }: Audited): Finding[] {
  const granted = Object.entries(store.grantsOf(id)) as [CapabilityName, Grant][];
  return granted.filter(([, { allow }]) => allow === true || allow.length > 0).map(([name, grant]): Finding => {
    const what = describeValues(name, grant);
    const shown = what === "–" ? name : `${name} ${what}`;
    if (asked !== undefined && !asked.includes(name)) {
      const message = `${shown}: granted, and it does not ask for it`;
      return { level: "warn", name: id, message, fix: `tinman plugin revoke ${id} ${name}` };
    }
    if (usage === undefined) return { level: "ok", name: id, message: `${shown}: granted, it was not run yet` };
    const used = usage.values[name] ?? [];
    const runs = `${count(usage.runs, "run")}, the last on ${formatTime(usage.lastNs).slice(0, 10)}`;
    if (used.length === 0) {
      const message = `${shown}: granted, never in force in ${runs}`;
      return { level: "warn", name: id, message, fix: `tinman plugin revoke ${id} ${name}` };
    }
    const idle = grant.allow === true ? [] : grant.allow.filter((value) => !isUsed(value, used, name, store));
    if (idle.length === 0) return { level: "ok", name: id, message: `${shown}: in force in ${runs}` };
    const message = `${name} ${idle.join(", ")}: granted, never in force in ${runs}`;
    return { level: "warn", name: id, message, fix: `tinman plugin revoke ${id} ${formatGrant(name, idle)}` };
  });
}

/** Whether some of what was in force is inside of `value`, or the other way round. */
function isUsed(value: string, used: readonly string[], name: CapabilityName, { paths }: PluginStore): boolean {
  const canonical = canonicalValue(name, value, paths);
  return used.some((each) => each === "*" || covers(name, canonical, each) || covers(name, each, canonical));
}
