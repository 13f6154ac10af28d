import { TinmanError } from "../errors/mod.ts";
import type { PluginPackage } from "../plugin/mod.ts";

/** Where the fixtures of a node or codec are, in the package. */
export function fixturePath(name: string, kind: "in" | "out" | "codec" | "config"): string {
  return `fixtures/${name}.${kind}.${kind === "config" ? "json" : "jsonl"}`;
}

/** The text of a file of a package; empty when it is not there. */
export function textOf(files: PluginPackage["files"], path: string): string {
  return new TextDecoder().decode(files.get(path) ?? new Uint8Array());
}

/** The configuration with which a node is tested: what `fixtures/NODE.config.json` says, if it is there. */
export function configFixture({ files }: PluginPackage, node: string): Record<string, unknown> {
  const path = fixturePath(node, "config");
  if (!files.has(path)) return {};
  try {
    const value: unknown = JSON.parse(textOf(files, path));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    throw new TypeError("it is not an object");
  } catch (cause) {
    throw new TinmanError("CONFIG", `Cannot read ${path}: ${(cause as Error).message}`, { path, cause });
  }
}
