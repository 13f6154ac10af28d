/**
 * The compact form of runs, on the air and on disk. How it works: README.md.
 *
 * @module
 */
export {
  decodeRun,
  decodeRuns,
  type DecodeRunsOptions,
  encodeRun,
  encodeRuns,
  MissingContext,
  type RunContext,
  type RunPlace,
} from "./runs.ts";
