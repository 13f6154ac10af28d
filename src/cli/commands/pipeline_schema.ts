import { pipelineSchema } from "../../pipeline/mod.ts";
import { defineCommand } from "../command.ts";
import { stageRegistry } from "../stage_registry.ts";

/** `tinman pipeline schema` */
export const pipelineSchemaCommand = defineCommand({
  name: "pipeline schema",
  summary: "Print the JSON Schema of a pipeline.json, for editors",
  about:
    'Name it in the file: { "$schema": "./pipeline.schema.json", … }. In a project it knows what its plugins bring.',
  args: [],
  flags: {},
  examples: [["tinman pipeline schema > pipeline.schema.json", "beside a pipeline.json"]],
  exits: {},
  json: "object",
  run(context) {
    context.out.line(JSON.stringify(pipelineSchema(stageRegistry(context)), undefined, 2));
    return 0;
  },
});
