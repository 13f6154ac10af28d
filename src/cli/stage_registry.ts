import { builtinStages, fileStages, StageRegistry } from "../pipeline/mod.ts";
import { projectStages } from "../plugin/mod.ts";
import type { Context } from "./command.ts";
import { openStore } from "./plugin_project.ts";

/**
 * The kinds of stages that a pipeline.json may name on the command line: all that come with tinman, files among them, and
 * what the plugins of the project bring.
 */
export function stageRegistry(context: Pick<Context, "io" | "path">): StageRegistry {
  return new StageRegistry([...builtinStages, ...fileStages(context.io.files)], {
    more: projectStages(openStore(context)),
  });
}
