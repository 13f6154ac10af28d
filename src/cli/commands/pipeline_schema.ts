import { builtinStages, pipelineSchema, StageRegistry } from "../../pipeline/mod.ts";
import { defineCommand } from "../command.ts";

/** `tinman pipeline schema` */
export const pipelineSchemaCommand = defineCommand({
  name: "pipeline schema",
  summary: "Print the JSON Schema of a pipeline.json, for editors",
  about: 'Name it in the file: { "$schema": "./pipeline.schema.json", … }.',
  args: [],
  flags: {},
  examples: [["tinman pipeline schema > pipeline.schema.json", "beside a pipeline.json"]],
  exits: {},
  json: "object",
  run({ out }) {
    out.line(JSON.stringify(pipelineSchema(new StageRegistry(builtinStages)), undefined, 2));
    return 0;
  },
});
