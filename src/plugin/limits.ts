import type { PluginManifest } from "./manifest.ts";

/** What a plugin may use at most. */
export interface PluginLimits {
  /** Memory, in MiB. @default {64} */
  readonly memoryMB: number;
  /** To be loaded. @default {5000} */
  readonly startMs: number;
  /** To answer while it has something to do. @default {5000} */
  readonly stallMs: number;
}

/** Limits of a plugin that asks for nothing else. */
export const defaultLimits: PluginLimits = { memoryMB: 64, startMs: 5000, stallMs: 5000 };

/** The most that a plugin may ask for by itself. */
export const maxLimits: PluginLimits = { memoryMB: 1024, startMs: 60_000, stallMs: 60_000 };

/** The limits of a plugin: what it asks for, never more than `allowed`. */
export function limitsOf({ limits }: PluginManifest, allowed: Partial<PluginLimits> = {}): PluginLimits {
  const limit = (name: keyof PluginLimits) =>
    Math.min(limits[name] ?? allowed[name] ?? defaultLimits[name], allowed[name] ?? maxLimits[name]);
  return { memoryMB: limit("memoryMB"), startMs: limit("startMs"), stallMs: limit("stallMs") };
}
