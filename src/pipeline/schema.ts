import { parametersSchema, type Schema } from "../parameter/mod.ts";
import { MAX_STAGES, NAME, RESERVED } from "./config.ts";
import { MAX_CONNECTIONS } from "./connections.ts";
import { ERROR_POLICIES } from "./error_policy.ts";
import { PLACEMENTS, whyNotInWorker } from "./placement.ts";
import { PRIORITIES } from "./priority.ts";
import type { StageRegistry } from "./registry.ts";
import { RESTART_FIELDS, WHOLE } from "./restart.ts";
import { SHED_POLICIES } from "./shed_queue.ts";
import type { StageType } from "./stage.ts";

export type { Schema } from "../parameter/mod.ts";

/**
 * The JSON Schema (draft 7) of a pipeline with the types of `registry`, for editors. It knows all that can be said of one
 * value; `readPipeline()` also knows whether names are there and connections lead somewhere. `pipeline.schema.json` is
 * that of the types that come with tinman.
 */
export function pipelineSchema(registry: StageRegistry): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: "https://tinman.dev/pipeline.v1.json",
    title: "A pipeline of tinman: nodes, how they are configured, and how they are connected",
    ...object({
      $schema: { type: "string", maxLength: 200 },
      pipeline_config: settings(),
      nodes: { type: "array", minItems: 1, maxItems: MAX_STAGES, items: node(registry.list()) },
      connections: { type: "array", maxItems: MAX_CONNECTIONS, items: connection() },
    }, ["nodes"]),
    definitions: {
      name: { type: "string", maxLength: 100, pattern: NAME.source, not: { enum: [...RESERVED] } },
      ms: { type: "number", minimum: 0, maximum: 1e12 },
    },
  };
}

const NAME_REF = { $ref: "#/definitions/name" };
const MS_REF = { $ref: "#/definitions/ms" };

function object(properties: Schema, required: readonly string[] = []): Schema {
  return { type: "object", additionalProperties: false, ...(required.length > 0 && { required }), properties };
}

function settings(): Schema {
  return object({
    channel_capacity: {
      description: "Frames that may wait for one node on one connection",
      ...{ type: "integer", minimum: 1, maximum: 2 ** 24, default: 100 },
    },
    priority: { description: "Class of urgency", enum: PRIORITIES, default: "normal" },
    trigger_every_ms: {
      description: "Milliseconds between two triggers, where nobody else triggers the sources",
      ...{ type: "number", exclusiveMinimum: 0, maximum: 1e12 },
    },
    trigger_count: {
      description: "How many triggers, where nobody else triggers the sources; without end with trigger_every_ms",
      ...{ type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: 1 },
    },
    stage_timeout_ms: {
      description: "Longest that a node may work on one frame; 0: for ever",
      ...{ type: "number", minimum: 0, maximum: 1e12, default: 30_000 },
    },
  });
}

function node(types: readonly StageType[]): Schema {
  const properties = {
    id: NAME_REF,
    type: { anyOf: types.map(({ type, title }) => ({ const: type, description: title })) },
    config: { type: "object" },
    on_error: { description: "What becomes of a frame on which the node failed for good", enum: ERROR_POLICIES },
    default_frame: {
      description: "What stands in for such a frame, by channel; silence without it",
      ...{ type: "object", additionalProperties: { type: "array", items: { type: "number" } } },
    },
    restart: restart(),
    dead_letters: { description: "The channel for frames that were given up", ...NAME_REF },
    timeout_ms: { description: "Longest that it may work on one frame; 0: for ever", ...MS_REF },
    placement: { description: "The thread that it works in", enum: PLACEMENTS, default: "main" },
  };
  return { ...object(properties, ["id", "type"]), allOf: types.map(forType) };
}

function forType(kind: StageType): Schema {
  const { type, parameters } = kind;
  const config = parametersSchema(parameters);
  const then = {
    ...("required" in config && { required: ["config"] }),
    properties: {
      config,
      ...(whyNotInWorker(kind) !== undefined && { placement: { enum: ["main"] } }),
    },
  };
  return { if: { required: ["type"], properties: { type: { const: type } } }, then };
}

function restart(): Schema {
  const strategies = Object.entries(RESTART_FIELDS).map(([strategy, fields]) => {
    const numbers = Object.entries(fields).map(([name, [usual, minimum, maximum]]) => [
      name,
      { type: WHOLE.has(name) ? "integer" : "number", minimum, maximum, default: usual },
    ]);
    return object({ strategy: { const: strategy }, ...Object.fromEntries(numbers) }, ["strategy"]);
  });
  return {
    description: "How the node is made anew after an error; times in milliseconds",
    anyOf: [{ enum: Object.keys(RESTART_FIELDS) }, ...strategies],
    default: "never",
  };
}

function connection(): Schema {
  return object({
    from: { description: "A node, or a channel of dead letters", type: "string" },
    to: { description: "A node, or `node.input`", type: "string" },
    shed: { description: "What gives when frames come faster than they go", enum: SHED_POLICIES, default: "block" },
  }, ["from", "to"]);
}
