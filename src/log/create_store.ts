import { TinmanError } from "../errors/mod.ts";
import type { Files } from "../files/mod.ts";
import { FolderStore } from "./folder_store.ts";
import { isMcapPath } from "./folders.ts";
import { McapStore } from "./mcap_store.ts";
import type { McapWriterOptions } from "./mcap_writer.ts";
import type { RecordingStore } from "./recording_store.ts";

/**
 * The form of a recording that its path names; nothing is made yet.
 *
 * @throws {TinmanError} `CONFIG` when a folder is to be compressed.
 */
export function createStore(files: Files, path: string, options: McapWriterOptions): RecordingStore {
  if (isMcapPath(path)) return new McapStore(files, path, options);
  const { compress = "none", ...rest } = options;
  if (compress === "none") return new FolderStore(files, path, rest);
  throw new TinmanError("CONFIG", `Cannot compress a recording in ${path}: only the form of one file has compression`, {
    path,
    hint: "name a file that ends in .mcap, such as run.mcap; the frames of a folder stand in it as they are",
  });
}
