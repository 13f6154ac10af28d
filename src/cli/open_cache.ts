import { basename, dirname } from "node:path";
import { didYouMean, TinmanError } from "../errors/mod.ts";
import { createStoreArchives, type StoreArchives } from "../reactive/mod.ts";
import type { Context } from "./command.ts";

/** The argument of all commands of `tinman cache`. */
export const CACHE_FILE = { name: "FILE", summary: "the file that --cache or fileArchives() names" } as const;
/** The other one. */
export const CACHE_ARCHIVE = {
  name: "PROCESSOR",
  summary: "whose archive; all of them where it is left out",
  optional: true,
  completes: "nothing",
} as const;

/** What the commands of `tinman cache` look into, and where it is. Closed by the caller. */
export function openCache(
  { args: [file, name], path, io }: Context,
): { readonly archives: StoreArchives; readonly file: string; readonly name: string | undefined } {
  const full = path(file!);
  const { files } = io;
  // Opening makes a file where there is none, which is not what somebody who looks wants.
  const kind = files.stat(full)?.kind;
  if (kind === "folder") {
    throw new TinmanError("NOT_FOUND", `Cannot open ${full}: it is a folder`, {
      kind: "file",
      id: full,
      hint: "name the file that tinman run --cache FILE made",
    });
  }
  if (kind === undefined) {
    throw new TinmanError("NOT_FOUND", `Cannot open ${full}: no such file`, {
      kind: "file",
      id: full,
      hint: didYouMean(basename(full), files.list(dirname(full))) ??
        "tinman run --cache FILE makes one, and fileArchives(FILE) does",
    });
  }
  const archives = createStoreArchives(() => io.openStore(full), { maxBytes: Infinity });
  try {
    const names = archives.names();
    if (name === undefined || names.includes(name)) return { archives, file: full, name };
    throw new TinmanError("NOT_FOUND", `Cannot find an archive of "${name}" in ${full}`, {
      kind: "archive",
      id: name,
      hint: didYouMean(name, names),
    });
  } catch (error) {
    archives.close();
    throw error;
  }
}
