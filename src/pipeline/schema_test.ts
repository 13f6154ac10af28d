// Goal: an editor that follows pipeline.schema.json is told what readPipeline() says, for all that concerns one value.
// Method: the file is compared with what the types and rules give, and both judge the same changes of a configuration.
import assert from "node:assert/strict";
import shipped from "./pipeline.schema.json" with { type: "json" };
import { createMemoryFiles } from "../files/mod.ts";
import { fits } from "../testing/schema.ts";
import { readPipeline } from "./config.ts";
import { StageRegistry } from "./registry.ts";
import { pipelineSchema } from "./schema.ts";
import { builtinStages, fileStages } from "./stages/mod.ts";

const registry = new StageRegistry([...builtinStages, ...fileStages(createMemoryFiles())]);
const schema = pipelineSchema(registry);

const good = {
  $schema: "./pipeline.schema.json",
  pipeline_config: {
    channel_capacity: 10,
    priority: "high",
    trigger_every_ms: 5,
    trigger_count: 3,
    stage_timeout_ms: 0,
  },
  nodes: [
    { id: "sine", type: "SineGenerator", config: { frequency: 440, frame_size: 64 } },
    {
      ...{ id: "gain", type: "Gain", config: { gain: 2 }, on_error: "default", default_frame: { main_channel: [0] } },
      ...{ dead_letters: "lost", timeout_ms: 100, restart: { strategy: "exponential", base_ms: 10, jitter: 0.5 } },
    },
    { id: "out", type: "Print", restart: "circuit_breaker" },
  ],
  connections: [{ from: "sine", to: "gain" }, { from: "gain", to: "out.in", shed: "drop_oldest" }],
};

function taken(config: unknown): boolean {
  try {
    return readPipeline(config, { registry }) !== undefined;
  } catch {
    return false;
  }
}

/** `good` with another value at a path such as `nodes.0.id`. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(good) as unknown as Record<string, unknown>;
  const keys = path.split(".");
  const parent = keys.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[keys.at(-1)!];
  else parent[keys.at(-1)!] = value;
  return copy;
}

Deno.test("pipeline.schema.json is that of the types that come with tinman; `tinman pipeline schema` adds those of plugins", () => {
  assert.deepEqual(shipped, JSON.parse(JSON.stringify(schema)));
});

Deno.test("the schema and readPipeline() say the same of every change of one value", () => {
  assert.ok(taken(good) && fits(good, schema));
  const paths = [
    ...["pipeline_config", "nodes", "nodes.0", "nodes.0.id", "nodes.0.type", "nodes.0.config", "nodes.1.on_error"],
    ...["nodes.0.config.frequency", "nodes.0.config.frame_size", "nodes.0.config.nothing", "nodes.0.nothing"],
    ...["nodes.1.restart", "nodes.1.restart.strategy", "nodes.1.restart.base_ms", "nodes.1.restart.jitter"],
    ...["nodes.1.restart.window_ms", "nodes.1.dead_letters", "nodes.1.timeout_ms", "nodes.1.default_frame"],
    ...[
      "nodes.2.restart",
      "connections",
      "connections.1.shed",
      "connections.1.nothing",
      "connections.0.from",
      "nothing",
    ],
    ...Object.keys(good.pipeline_config).map((key) => `pipeline_config.${key}`),
  ];
  const values = [undefined, null, true, 0, 1, -1, 0.5, 1e15, "", "sine", "x y", "trigger", "never", "skip", [], {}, [
    1,
  ]];
  for (const path of paths) {
    for (const value of values) {
      if (path === "nodes.0" && value === undefined) continue;
      const config = changed(path, value);
      // What the schema cannot say: names that are there twice, or not at all.
      if (
        value === "sine" && /id$|dead_letters|from$/.test(path) || path.endsWith("from") && typeof value === "string"
      ) continue;
      if (path === "connections" || /nodes\.0\.(id|type)$|nodes$|on_error$|dead_letters$/.test(path)) {
        if (taken(config)) assert.ok(fits(config, schema), `${path}: ${JSON.stringify(value)}`);
      } else assert.equal(fits(config, schema), taken(config), `${path}: ${JSON.stringify(value)}`);
    }
  }
});

Deno.test("the default of every parameter of every type is a value that it takes", () => {
  for (const { type, parameters } of builtinStages) {
    const config = Object.fromEntries(
      Object.entries(parameters).flatMap(([name, { default: usual }]) => usual === undefined ? [] : [[name, usual]]),
    );
    const nodes = [{ id: "a", type, config }];
    const isWhole = Object.values(parameters).every((each) => Object.hasOwn(each, "default"));
    if (isWhole) assert.ok(taken({ nodes }) && fits({ nodes }, schema), type);
  }
});
