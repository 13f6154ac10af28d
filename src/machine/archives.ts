import { dirname } from "node:path";
import { createPlatform, openSqliteStore } from "../platform/mod.ts";
import { type ArchivesOptions, createStoreArchives, type StoreArchives } from "../reactive/mod.ts";
import type { Store } from "../store/mod.ts";

/**
 * The store in a file (SQLite), which is made where there is none, with the folders above it. Several processes may have
 * it open: they take turns. Whoever opens it closes it.
 *
 * @throws {TinmanError} `CORRUPT_STORE` when the file is something else.
 */
export function openStore(path: string): Store {
  createPlatform().files.makeFolder(dirname(path));
  return openSqliteStore(path);
}

/**
 * Archives in a file, for `createEventPipeline(processors, { archives })`: what `caching()` and builders keep there is
 * found by later runs. The file is opened when there is need and closed after each run; `tinman cache` looks into it.
 */
export function fileArchives(path: string, options?: ArchivesOptions): StoreArchives {
  return createStoreArchives(() => openStore(path), options);
}
