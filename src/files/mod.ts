/**
 * The contract for files, and a version in memory. The real one is in `src/platform`; a suite in `src/testing` holds
 * both to it, and `createFaultyFiles` there makes the n-th change of either fail.
 *
 * @module
 */
export { AppendedFile } from "./appended_file.ts";
export type { FileMode, Files, FileStat, OpenFile } from "./files.ts";
export { createMemoryFiles, type MemoryFilesOptions } from "./memory.ts";
export { readFile } from "./read_file.ts";
