import fs from "node:fs";
import { TinmanError } from "../errors/mod.ts";
import { readFailure } from "./file_errors.ts";
import { type Embedded, embedded } from "./embedded.ts";

/**
 * What the program carries as text: the first-party plugins, the page of the inspector, and the declarations of its public
 * modules (`.d.ts`), which only a bundle has. `deno task compile` embeds all of them.
 */
export type AssetFolder = "plugins" | "src/inspector/page" | "types";

/** Text files that come with the program, wherever it runs from: beside the source, or inside the executable. */
export interface Assets {
  /** The paths of all files, from the folder, sorted: `csv/plugin.jsonc`. */
  list(): string[];
  /**
   * The text of one file, by a path as `list()` gives it.
   *
   * @throws {TinmanError} `NOT_FOUND` for any other path.
   */
  read(path: string): string;
}

/** The files of one folder. From source they are read when they are asked for, so that a change is seen at once. */
export function programAssets(folder: AssetFolder): Assets {
  const files = (embedded as Embedded | undefined)?.files;
  return files === undefined
    ? folderAssets(new URL(`../../${folder}/`, import.meta.url))
    : embeddedAssets(files, folder);
}

/** The files below a folder on disk; a folder that is not there has none. Hidden files and node_modules are left out. */
export function folderAssets(folder: URL): Assets {
  return {
    list: () => walk(folder).sort(),
    read(path) {
      if (!isPlain(path)) throw missing(path);
      try {
        return fs.readFileSync(new URL(encodePath(path), folder), "utf8");
      } catch (error) {
        throw readFailure("read", path, error);
      }
    },
  };
}

/** The files of a map whose paths begin with `folder`. */
export function embeddedAssets(files: Embedded["files"], folder: string): Assets {
  const start = `${folder}/`;
  return {
    list: () =>
      Object.keys(files).filter((path) => path.startsWith(start)).map((path) => path.slice(start.length)).sort(),
    read(path) {
      if (!Object.hasOwn(files, start + path)) throw missing(path);
      return files[start + path]!;
    },
  };
}

function walk(folder: URL, prefix = ""): string[] {
  let entries: fs.Dirent[];
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (prefix === "" && (error as { code?: string }).code === "ENOENT") return [];
    throw readFailure("list", prefix, error);
  }
  return entries.filter(({ name }) => !name.startsWith(".") && name !== "node_modules").flatMap((entry) => {
    if (entry.isDirectory()) return walk(new URL(`${encodePath(entry.name)}/`, folder), `${prefix}${entry.name}/`);
    return entry.isFile() ? [prefix + entry.name] : [];
  });
}

/** Whether a path stays below its folder. */
function isPlain(path: string): boolean {
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function missing(path: string): TinmanError {
  return new TinmanError("NOT_FOUND", `Cannot read ${path}: it is not part of this program`, {
    kind: "file",
    id: path,
  });
}
