/**
 * The contract for files, and a version in memory. The real one is in `src/platform`; a suite in `src/testing` holds
 * both to it, and wraps either so that the n-th write fails.
 *
 * @module
 */
export type { FileMode, Files, FileStat, OpenFile } from "./files.ts";
export { createMemoryFiles, type MemoryFilesOptions } from "./memory.ts";
