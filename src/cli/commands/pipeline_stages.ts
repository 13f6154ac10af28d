import { didYouMean, TinmanError } from "../../errors/mod.ts";
import type { StageType } from "../../pipeline/mod.ts";
import { defineCommand } from "../command.ts";
import { describeParameter } from "../parameter.ts";
import { clean } from "../style.ts";
import { stageRegistry } from "../stage_registry.ts";

/** `tinman pipeline stages` */
export const pipelineStages = defineCommand({
  name: "pipeline stages",
  summary: "List the types of nodes that a pipeline.json may name",
  about: "Those that come with tinman, and what the plugins of the project bring: PLUGIN/NODE and PLUGIN/STAGE.",
  args: [{ name: "TYPE", summary: "one type, with all that it takes", optional: true, completes: "nothing" }],
  flags: {},
  examples: [
    ["tinman pipeline stages", "all types"],
    ["tinman pipeline stages Gain", "its inputs and parameters"],
    ["tinman pipeline stages tinman.host/telemetry", "a node of a plugin"],
  ],
  exits: { 3: "there is no such type" },
  json: "object",
  run(context) {
    const { args: [name], out, settings } = context;
    const all = stageRegistry(context).list();
    const stages = name === undefined ? all : [find(name, all)];
    if (settings.json) out.json({ v: 1, stages: stages.map(describe) });
    else if (name === undefined) {
      const rows = stages.map(({ type, category, title, parameters }) => [
        type,
        category,
        shorten(Object.keys(parameters)),
        title,
      ]);
      out.table(["type", "category", "parameters", "what it does"], rows);
    } else {
      const [stage] = stages;
      const { title, inputs, outputs, selfDriven, parameters } = describe(stage!);
      out.line(clean(`${name}: ${title}`));
      const unfed = selfDriven ? "it gives frames by itself" : "it is called by triggers";
      out.line(
        `inputs: ${inputs.length === 0 ? `none; ${unfed}` : inputs.join(", ")}${
          inputs.length > 0 && selfDriven ? `; without one ${unfed}` : ""
        }`,
      );
      if (outputs.length !== 1) {
        out.line(
          `outputs: ${outputs.map((each, i) => i === 0 ? each : `${each} (from: "ID.${each}")`).join(", ") || "none"}`,
        );
      }
      const rows = Object.entries(parameters).map(([name, parameter]) => [
        name,
        describeParameter(parameter),
        parameter.default === undefined ? "–" : JSON.stringify(parameter.default),
        parameter.title,
      ]);
      if (rows.length > 0) out.table(["parameter", "takes", "default", "what it is"], rows);
    }
    return 0;
  },
});

/** The names of a few parameters: some plugins have many. */
function shorten(names: readonly string[]): string {
  return names.length === 0 ? "–" : names.length <= 6 ? names.join(" ") : `${names.slice(0, 5).join(" ")} …`;
}

function find(name: string, all: readonly StageType[]): StageType {
  const found = all.find(({ type }) => type === name);
  if (found !== undefined) return found;
  const names = all.map(({ type }) => type);
  throw new TinmanError("NOT_FOUND", `Cannot find type "${name}": there are ${names.join(", ")}`, {
    kind: "type",
    id: name,
    hint: didYouMean(name, names),
  });
}

function describe(type: StageType) {
  const { title, category, inputs = ["in"], outputs = ["out"], hasOutput = true, selfDriven = false, parameters } =
    type;
  return {
    type: type.type,
    title,
    category,
    inputs,
    hasOutput,
    outputs: hasOutput ? outputs : [],
    selfDriven,
    parameters,
  };
}
