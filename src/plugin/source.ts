import { TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import { unpackPlugin } from "./archive.ts";
import { packageLimits, type PluginPackage, readPackage } from "./package.ts";

/** The package in a folder, or in a file that `packPlugin` made. */
export function readSource(files: Files, source: string): PluginPackage {
  const kind = files.stat(source)?.kind;
  if (kind === "folder") return readPackage(files, source);
  // Room for the headers of a tar beside the files.
  const bytes = readFile(files, source, packageLimits.totalBytes + packageLimits.files * 1024 + 4096);
  if (bytes !== undefined) return unpackPlugin(bytes, { path: source });
  const hint = "name the folder of a plugin, or a file that `tinman plugin pack` made";
  throw new TinmanError("NOT_FOUND", `Cannot add ${source}: nothing is there`, { kind: "plugin", id: source, hint });
}
