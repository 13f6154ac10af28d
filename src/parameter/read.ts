import { join, type Problems } from "../jsonc/mod.ts";
import { mayBeMissing, type Parameter, type Parameters } from "./parameter.ts";

/** Longest list of numbers in a configuration, such as the coefficients of a filter. */
export const MAX_NUMBERS = 65_536;

/** A configuration with all defaults, as its parameters ask for it. What is wrong goes into `problems`. */
export function readParameters(
  given: unknown,
  parameters: Parameters,
  { at, problems }: { readonly at: string; readonly problems: Problems },
): Readonly<Record<string, unknown>> {
  const values = given === undefined ? {} : problems.object(given, at, Object.keys(parameters));
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, parameter]) => {
      const value = Object.hasOwn(values, name) ? values[name] : parameter.default;
      const problem = value === undefined
        ? mayBeMissing(parameter) ? undefined : "it is missing"
        : parameterProblem(value, parameter);
      if (problem !== undefined) problems.add(join(at, name), problem);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Why `value` cannot be used for `parameter`, if it cannot. */
export function parameterProblem(value: unknown, parameter: Parameter): string | undefined {
  const { type, choices = [] } = parameter;
  switch (type) {
    case "number":
    case "integer":
      return numberProblem(value, parameter);
    case "boolean":
      return typeof value === "boolean" ? undefined : `expected true or false, found ${shown(value)}`;
    case "text":
      return typeof value === "string" ? undefined : `expected a text, found ${shown(value)}`;
    case "choice":
      return choices.includes(value as string) ? undefined : `expected ${choices.join(", ")}, found ${shown(value)}`;
    case "numbers": {
      if (!Array.isArray(value)) return `expected a list of numbers, found ${shown(value)}`;
      if (value.length > MAX_NUMBERS) return `it has ${value.length} numbers, more than ${MAX_NUMBERS}`;
      const index = value.findIndex((each) => numberProblem(each, parameter) !== undefined);
      return index < 0 ? undefined : `number ${index}: ${numberProblem(value[index], parameter)}`;
    }
    case "list":
      return Array.isArray(value) ? undefined : `expected a list, found ${shown(value)}`;
    case "object": {
      const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
      return isObject ? undefined : `expected an object, found ${shown(value)}`;
    }
    case "any":
      return undefined;
  }
}

function numberProblem(value: unknown, { type, min = -Infinity, max = Infinity, unit }: Parameter): string | undefined {
  const what = type === "integer" ? "a whole number" : "a number";
  const fits = typeof value === "number" && Number.isFinite(value) &&
    (type !== "integer" || Number.isSafeInteger(value));
  if (!fits) return `expected ${what}, found ${shown(value)}`;
  if (value >= min && value <= max) return undefined;
  const range = max === Infinity ? `of ${min} or more` : min === -Infinity ? `up to ${max}` : `from ${min} to ${max}`;
  return `expected ${what} ${range}${unit === undefined ? "" : ` ${unit}`}, found ${shown(value)}`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return String(JSON.stringify(value)).slice(0, 80);
}
