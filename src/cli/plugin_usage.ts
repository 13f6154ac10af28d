import type { Files } from "../files/mod.ts";
import { parseJsonc } from "../jsonc/mod.ts";
import type { CapabilityName, Effective } from "../plugin/mod.ts";

/** Where it is kept what plugins were opened with; may be removed at any time. */
export const USAGE_FILE = ".tinman/plugin-usage.json";

/** How often a plugin was opened, and what was in force then. */
export interface PluginUsage {
  readonly runs: number;
  /** In nanoseconds since 1970. */
  readonly lastNs: bigint;
  /** Values that were in force at least once, by capability; `*` stands for all. */
  readonly values: Readonly<Partial<Record<CapabilityName, readonly string[]>>>;
}

/** What was in force when the plugins of a project were opened, by id; nothing when that cannot be read. */
export function readUsage(files: Files, project: string): Record<string, PluginUsage> {
  const path = `${project}/${USAGE_FILE}`;
  try {
    using file = files.open(path, "read");
    const bytes = new Uint8Array(Math.min(file.size(), MAX_BYTES));
    file.read(bytes, 0);
    const { value } = parseJsonc(new TextDecoder().decode(bytes), { path, maxLength: MAX_BYTES });
    const entries = Object.entries(value as Record<string, { runs: number; lastNs: string; values: object }>);
    return Object.fromEntries(
      entries.map(([id, { runs, lastNs, values }]) => [id, { runs: Number(runs), lastNs: BigInt(lastNs), values }]),
    );
  } catch {
    // It only helps to find grants that are not needed.
    return {};
  }
}

/** Notes that a plugin was opened. A disk that cannot be written is nothing to fail for. */
export function noteUsage(
  files: Files,
  project: string,
  opened: { id: string; effective: Effective; nowNs: bigint },
): void {
  const { id, effective, nowNs } = opened;
  const all = readUsage(files, project);
  const before = Object.hasOwn(all, id) ? all[id]! : { runs: 0, values: {} };
  const values: Partial<Record<CapabilityName, readonly string[]>> = { ...before.values };
  for (const [key, { allow }] of Object.entries(effective)) {
    const name = key as CapabilityName;
    const more = allow === true ? ["*"] : allow;
    values[name] = [...new Set([...values[name] ?? [], ...more])].sort().slice(0, MAX_VALUES);
  }
  const usage = { ...all, [id]: { runs: before.runs + 1, lastNs: nowNs, values } };
  const text = JSON.stringify(usage, (_, each) => typeof each === "bigint" ? String(each) : each, 2);
  try {
    files.makeFolder(`${project}/.tinman`);
    files.replace(`${project}/${USAGE_FILE}`, new TextEncoder().encode(`${text}\n`));
  } catch {
    // See above.
  }
}

const MAX_BYTES = 1024 * 1024;
const MAX_VALUES = 100;
