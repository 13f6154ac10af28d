import { TinmanError } from "../errors/mod.ts";
import { PLUGIN_MANIFEST } from "./manifest.ts";
import { createPackage, type PluginPackage } from "./package.ts";

/** Files of the plugins that come with tinman, by paths such as `csv/plugin.jsonc`. Folder `csv` is plugin `tinman.csv`. */
export interface BuiltinPlugins {
  list(): readonly string[];
  read(path: string): Uint8Array | string;
}

/** The ids of the plugins that come with tinman. */
export function builtinIds(builtin: BuiltinPlugins | undefined): string[] {
  return (builtin?.list() ?? [])
    .filter((path) => path.endsWith(`/${PLUGIN_MANIFEST}`) && path.split("/").length === 2)
    .map((path) => `tinman.${path.split("/")[0]}`);
}

/** A plugin that comes with tinman, or undefined when there is none of this id. */
export function readBuiltin(builtin: BuiltinPlugins | undefined, id: string): PluginPackage | undefined {
  if (builtin === undefined || !builtinIds(builtin).includes(id)) return undefined;
  const folder = id.slice("tinman.".length);
  const paths = builtin.list().filter((path) => path.startsWith(`${folder}/`));
  const contents = paths.map((path) => {
    const content = builtin.read(path);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    return [path.slice(folder.length + 1), bytes] as const;
  });
  const pkg = createPackage(new Map(contents), `plugins/${folder}`);
  if (pkg.manifest.id === id) return pkg;
  throw new TinmanError("CONFIG", `Cannot load plugin ${id}: its manifest is of ${pkg.manifest.id}`, {
    path: pkg.folder,
  });
}
