import { didYouMean, TinmanError } from "../errors/mod.ts";
import { isPluginId, openPluginStore, PLUGIN_MANIFEST, type PluginStore } from "../plugin/mod.ts";
import type { Context } from "./command.ts";

/** What the help says about the argument ID. */
export const idArgument = {
  name: "ID",
  summary: "the id of a plugin, such as org.example.nmea; tinman plugin list shows them",
  completes: "nothing",
} as const;

/** What the help says about an argument that is an id or a folder. */
export const idOrFolderArgument = {
  name: "PLUGIN",
  summary: "the id of a plugin that was added, or the folder of one that is being written",
  completes: "folder",
} as const;

/** The plugins of the project that the command works in. */
export function openStore({ io, path }: Pick<Context, "io" | "path">): PluginStore {
  return openPluginStore({
    files: io.files,
    project: path("."),
    clock: io.environment.clock,
    builtin: io.builtin,
  });
}

/** A plugin as it is named on the command line. */
export type PluginTarget =
  | { readonly kind: "added"; readonly id: string; readonly node?: string }
  | { readonly kind: "folder"; readonly folder: string };

/**
 * What PLUGIN means: an id wins over a folder of that name, so that nothing else is run than what was added. `ID/NODE` also
 * names a node.
 *
 * @throws {TinmanError} `NOT_FOUND`, with what was probably meant.
 */
export function findPlugin(text: string, context: Pick<Context, "io" | "path">): PluginTarget {
  const [id = "", node, ...more] = text.split("/");
  const ids = openStore(context).list().map((each) => each.id);
  if (ids.includes(id) && more.length === 0) return { kind: "added", id, ...(node !== undefined && { node }) };
  const folder = context.path(text);
  if (context.io.files.stat(`${folder}/${PLUGIN_MANIFEST}`)?.kind === "file") return { kind: "folder", folder };
  const isFolder = context.io.files.stat(folder)?.kind === "folder";
  const what = isFolder ? `the folder has no ${PLUGIN_MANIFEST}` : "it was not added, and no folder has that name";
  const near = didYouMean(id, ids);
  throw new TinmanError("NOT_FOUND", `Cannot find plugin ${text}: ${what}`, {
    kind: "plugin",
    id: text,
    hint: near ?? (isPluginId(text) ? "tinman plugin add FOLDER" : "tinman plugin list shows those that were added"),
  });
}
