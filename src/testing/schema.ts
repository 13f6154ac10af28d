/** As much of JSON Schema (draft 7) as tinman's schemas use: whether `value` fits. Anything else in it throws. */
export function fits(value: unknown, schema: unknown, root: unknown = schema): boolean {
  return Object.entries(schema as Record<string, unknown>).every(([word, rule]) => {
    const check = checks[word];
    if (check === undefined) throw new Error(`The test does not know "${word}" of JSON Schema`);
    return check({ value, rule: rule as never, schema: schema as Schema, root });
  });
}

type Schema = { readonly properties?: Record<string, unknown>; readonly then?: unknown };
type Check = (at: { value: unknown; rule: never; schema: Schema; root: unknown }) => boolean;

const always: Check = () => true;
const checks: Readonly<Record<string, Check>> = {
  $schema: always,
  $id: always,
  title: always,
  description: always,
  default: always,
  definitions: always,
  $ref: ({ value, rule, root }) => fits(value, (rule as string).slice(2).split("/").reduce(child, root), root),
  type: ({ value, rule }) => types[rule]!(value),
  not: ({ value, rule, root }) => !fits(value, rule, root),
  anyOf: ({ value, rule, root }) => (rule as unknown[]).some((each) => fits(value, each, root)),
  allOf: ({ value, rule, root }) => (rule as unknown[]).every((each) => fits(value, each, root)),
  if: ({ value, rule, schema, root }) => !fits(value, rule, root) || fits(value, schema.then, root),
  then: always,
  const: ({ value, rule }) => value === rule,
  enum: ({ value, rule }) => (rule as unknown[]).includes(value),
  pattern: ({ value, rule }) => typeof value !== "string" || new RegExp(rule, "u").test(value),
  minLength: ({ value, rule }) => typeof value !== "string" || value.length >= rule,
  maxLength: ({ value, rule }) => typeof value !== "string" || value.length <= rule,
  minimum: ({ value, rule }) => typeof value !== "number" || value >= rule,
  maximum: ({ value, rule }) => typeof value !== "number" || value <= rule,
  exclusiveMinimum: ({ value, rule }) => typeof value !== "number" || value > rule,
  minItems: ({ value, rule }) => !Array.isArray(value) || value.length >= rule,
  maxItems: ({ value, rule }) => !Array.isArray(value) || value.length <= rule,
  items: ({ value, rule, root }) => !Array.isArray(value) || value.every((each) => fits(each, rule, root)),
  required: ({ value, rule }) => !isObject(value) || (rule as string[]).every((key) => Object.hasOwn(value, key)),
  properties: ({ value, rule, root }) =>
    !isObject(value) ||
    Object.entries(rule).every(([key, each]) => !Object.hasOwn(value, key) || fits(value[key], each, root)),
  propertyNames: ({ value, rule, root }) =>
    !isObject(value) || Object.keys(value).every((key) => fits(key, rule, root)),
  additionalProperties: ({ value, rule, schema, root }) =>
    !isObject(value) ||
    Object.entries(value).every(([key, each]) =>
      Object.hasOwn(schema.properties ?? {}, key) || (rule !== false && fits(each, rule, root))
    ),
};

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  integer: Number.isInteger,
  number: (value) => typeof value === "number",
  array: Array.isArray,
  object: isObject,
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function child(value: unknown, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}
