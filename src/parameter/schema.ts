import { mayBeMissing, type Parameter, type Parameters, type ParameterType } from "./parameter.ts";
import { MAX_NUMBERS } from "./read.ts";

/** A JSON Schema, as an object. */
export type Schema = Readonly<Record<string, unknown>>;

/** The schema of a configuration with these parameters and no others. */
export function parametersSchema(parameters: Parameters): Schema {
  const entries = Object.entries(parameters);
  const required = entries.filter(([, each]) => !mayBeMissing(each)).map(([name]) => name);
  return {
    type: "object",
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(entries.map(([name, each]) => [name, parameterSchema(each)])),
  };
}

/** The schema of one value. */
export function parameterSchema({ type, title, default: usual, min, max, unit, choices }: Parameter): Schema {
  const range = { ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) };
  const shapes: Readonly<Record<ParameterType, Schema>> = {
    number: { type: "number", ...range },
    integer: { type: "integer", ...range },
    boolean: { type: "boolean" },
    text: { type: "string" },
    choice: { enum: choices ?? [] },
    numbers: { type: "array", maxItems: MAX_NUMBERS, items: { type: "number", ...range } },
    list: { type: "array" },
    object: { type: "object" },
    any: {},
  };
  const description = unit === undefined ? title : `${title}, in ${unit}`;
  return { description, ...shapes[type], ...(usual !== undefined && { default: usual }) };
}
