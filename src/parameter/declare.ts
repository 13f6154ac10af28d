import { join, type Problems } from "../jsonc/mod.ts";
import { type Parameter, PARAMETER_TYPES, type ParameterType } from "./parameter.ts";
import { parameterProblem } from "./read.ts";

/** Most words of a choice. */
const MAX_CHOICES = 256;
const KEYS = ["type", "title", "description", "default", "optional", "min", "max", "unit", "choices"];
const NUMERIC: ReadonlySet<ParameterType> = new Set(["number", "integer", "numbers"]);

/**
 * A parameter as a manifest declares it. `string` is an older word for `text`, and so is `description` for `title`; without
 * either, its name is the title.
 */
export function readParameter(
  value: unknown,
  { name, at, problems }: { readonly name: string; readonly at: string; readonly problems: Problems },
): Parameter {
  const given = problems.object(value, at, KEYS);
  const type = given.type === "string"
    ? "text"
    : problems.oneOf(given.type, join(at, "type"), PARAMETER_TYPES) ?? "any";
  const text = (key: string, max: number) =>
    given[key] === undefined ? undefined : problems.text(given[key], join(at, key), { max });
  const [title, description, unit] = [text("title", 500), text("description", 500), text("unit", 20)];
  const [min, max] = ["min", "max"].map((key) => readLimit(given[key], join(at, key), problems));
  if (min !== undefined && max !== undefined && min > max) {
    problems.add(join(at, "min"), `it is greater than max ${max}`);
  }
  if (!NUMERIC.has(type)) {
    for (const key of ["min", "max", "unit"]) {
      if (given[key] !== undefined) problems.add(join(at, key), `only numbers have one, its type is ${type}`);
    }
  }
  const choices = readChoices(given.choices, type, at, problems);
  const parameter: Parameter = {
    type,
    title: title ?? description ?? name,
    ...(given.optional !== undefined && { optional: problems.flag(given.optional, join(at, "optional")) }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(unit !== undefined && { unit }),
    ...(choices !== undefined && { choices }),
  };
  if (given.default === undefined) return parameter;
  const problem = parameterProblem(given.default, parameter);
  if (problem !== undefined) problems.add(join(at, "default"), problem);
  return { ...parameter, default: given.default };
}

function readLimit(value: unknown, at: string, problems: Problems): number | undefined {
  if (value === undefined || (typeof value === "number" && Number.isFinite(value))) return value;
  problems.add(at, "expected a number");
  return undefined;
}

function readChoices(
  value: unknown,
  type: ParameterType,
  at: string,
  problems: Problems,
): readonly string[] | undefined {
  const place = join(at, "choices");
  if (type !== "choice") {
    if (value !== undefined) problems.add(place, `only a choice has them, its type is ${type}`);
    return undefined;
  }
  const words = problems.list(value, place, MAX_CHOICES).map((word, i) => problems.text(word, `${place}[${i}]`) ?? "");
  if (words.length === 0) problems.add(place, "a choice needs at least one");
  return words;
}
