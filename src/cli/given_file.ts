import { TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";

/**
 * The bytes of a file that somebody has named; `what` is what is tried with it, such as `unpack`.
 *
 * @throws {TinmanError} `NOT_FOUND` for one that is not there, or is a folder; `TOO_LARGE`.
 */
export function readGiven(files: Files, path: string, { what, maxBytes }: {
  readonly what: string;
  readonly maxBytes: number;
}): Uint8Array {
  const bytes = readFile(files, path, maxBytes);
  if (bytes !== undefined) return bytes;
  const isFolder = files.stat(path)?.kind === "folder";
  throw new TinmanError(
    "NOT_FOUND",
    `Cannot ${what} ${path}: ${isFolder ? "it is a folder" : "there is no such file"}`,
    {
      kind: "file",
      id: path,
      ...(isFolder && { hint: "name a file in it" }),
    },
  );
}
