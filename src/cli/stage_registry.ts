import type { Files } from "../files/mod.ts";
import { builtinStages, fileStages, StageRegistry } from "../pipeline/mod.ts";

/** The kinds of stages that a pipeline.json may name on the command line: all that come with tinman, files among them. */
export function stageRegistry(files: Files): StageRegistry {
  return new StageRegistry([...builtinStages, ...fileStages(files)]);
}
