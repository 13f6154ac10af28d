import type { CodecHeader } from "../codec/mod.ts";
import { isPluginId } from "./manifest.ts";

/** A plugin that headers name. */
export interface NamedPlugin {
  /** The hashes that it had when it wrote. */
  readonly sha256: ReadonlySet<string>;
  /** Its codecs that are named, with the newest version of each. */
  readonly codecs: ReadonlyMap<string, number>;
}

/** A recording with more is none of ours. */
const MAX_PLUGINS = 64;
const MAX_VALUES = 1_000_000;

/**
 * The plugins that headers name, by id, also for codecs inside of others. Headers come from a file: nothing in them is
 * taken for granted.
 */
export function namedPlugins(headers: Iterable<CodecHeader>): ReadonlyMap<string, NamedPlugin> {
  const found = new Map<string, { sha256: Set<string>; codecs: Map<string, number> }>();
  const waiting: unknown[] = [...headers];
  for (let seen = 0; waiting.length > 0 && seen < MAX_VALUES; seen++) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) continue;
    const named = readName(value);
    if (named !== undefined && (found.has(named.id) || found.size < MAX_PLUGINS)) {
      const { id, codec, version, sha256 } = named;
      const plugin = found.get(id) ?? { sha256: new Set(), codecs: new Map() };
      found.set(id, plugin);
      plugin.sha256.add(sha256);
      plugin.codecs.set(codec, Math.max(version, plugin.codecs.get(codec) ?? 0));
    }
    for (const inner of Object.values(value)) if (typeof inner === "object") waiting.push(inner);
  }
  return found;
}

function readName(value: object) {
  const { codec, version, plugin } = value as Partial<Record<keyof CodecHeader, unknown>>;
  if (typeof codec !== "string" || typeof version !== "number" || typeof plugin !== "object" || plugin === null) {
    return undefined;
  }
  const { id, sha256 } = plugin as { readonly id?: unknown; readonly sha256?: unknown };
  if (typeof id !== "string" || !isPluginId(id) || typeof sha256 !== "string" || !codec.startsWith(`${id}/`)) {
    return undefined;
  }
  return { id, codec, version, sha256 };
}
