import assert from "node:assert/strict";
import { Problems } from "../jsonc/mod.ts";
import { type Parameter, parameterProblem, parametersSchema, readParameter, readParameters } from "./mod.ts";

function declare(value: unknown): { readonly parameter: Parameter; readonly found: readonly string[] } {
  const problems = new Problems();
  return { parameter: readParameter(value, { name: "rate", at: "config.rate", problems }), found: problems.found };
}

Deno.test("readParameter() takes what a manifest declares, and older words for it", () => {
  const { parameter, found } = declare({ type: "string", description: "How fast", default: "slow" });
  assert.deepEqual([parameter, found], [{ type: "text", title: "How fast", default: "slow" }, []]);
  assert.equal(declare({ type: "any" }).parameter.title, "rate");
});

Deno.test("readParameter() says what cannot be meant, each with its place", () => {
  const cases: [unknown, RegExp][] = [
    [{ type: "wave" }, /config\.rate\.type: expected number, /],
    [{ type: "number", min: 3, max: 2 }, /config\.rate\.min: it is greater than max 2/],
    [{ type: "number", min: 3, default: 1 }, /config\.rate\.default: expected a number of 3 or more, found 1/],
    [{ type: "text", unit: "Hz" }, /config\.rate\.unit: only numbers have one/],
    [{ type: "choice" }, /config\.rate\.choices: a choice needs at least one/],
    [{ type: "number", choices: ["a"] }, /config\.rate\.choices: only a choice has them/],
    [{ type: "number", max: "9" }, /config\.rate\.max: expected a number/],
    [{ type: "number", step: 2 }, /config\.rate\.step: there is no such key/],
    ["number", /config\.rate: expected an object/],
  ];
  for (const [value, expected] of cases) assert.match(declare(value).found.join("; "), expected);
});

Deno.test("readParameters() fills in defaults, and lets go what may be missing", () => {
  const problems = new Problems();
  const parameters = {
    gain: { type: "number", title: "Gain", default: 1, max: 10 },
    name: { type: "text", title: "Name", optional: true },
    points: { type: "list", title: "Points" },
    rest: { type: "object", title: "Rest" },
  } as const;
  const read = readParameters({ points: [], rest: [] }, parameters, { at: "config", problems });
  assert.deepEqual(read, { gain: 1, points: [], rest: [] });
  assert.deepEqual(problems.found, ["config.rest: expected an object, found a list"]);
  readParameters({}, parameters, { at: "config", problems });
  assert.deepEqual(problems.found.slice(1), ["config.points: it is missing", "config.rest: it is missing"]);
});

Deno.test("parameterProblem() names range and unit", () => {
  const parameter: Parameter = { type: "numbers", title: "Taps", min: 0, max: 1, unit: "V" };
  assert.equal(parameterProblem([0, 2], parameter), "number 1: expected a number from 0 to 1 V, found 2");
  assert.equal(parameterProblem("any thing", { type: "any", title: "" }), undefined);
});

Deno.test("parametersSchema() asks for what has no default, and knows ranges", () => {
  const schema = parametersSchema({
    rate: { type: "integer", title: "Rate", min: 1, unit: "Hz" },
    mode: { type: "choice", title: "Mode", choices: ["a", "b"], default: "a" },
  });
  assert.deepEqual(schema, {
    type: "object",
    additionalProperties: false,
    required: ["rate"],
    properties: {
      rate: { description: "Rate, in Hz", type: "integer", minimum: 1 },
      mode: { description: "Mode", enum: ["a", "b"], default: "a" },
    },
  });
});
