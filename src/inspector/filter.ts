import { TinmanError } from "../errors/mod.ts";

/** Whether a value is one that somebody looks for. */
export type Match = (value: unknown) => boolean;

const MAX_TERMS = 8;
const MAX_TEXT = 500;
const TERM = /^(?<path>[\w$.[\]-]*?)(?<op><=|>=|!=|=|<|>|~)(?<want>.*)$/s;

/**
 * What stands in the filter of a page: terms with a space between them, all of which have to hold. `speed>3`, `pose.x<=2`,
 * `name=bob`, `name!=bob`, `text~err` (contains, in any case), `[0].ok=true`; a word alone is looked for anywhere in the value.
 * Quotes keep spaces: `name="b o b"`. Undefined for an empty text.
 *
 * @throws {TinmanError} `USAGE` for more than it can be.
 */
export function parseFilter(text: string): Match | undefined {
  const words = text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  if (words.length === 0) return undefined;
  if (text.length > MAX_TEXT || words.length > MAX_TERMS) {
    throw new TinmanError("USAGE", `Cannot filter by this: at most ${MAX_TERMS} terms and ${MAX_TEXT} characters`, {});
  }
  const terms = words.map(parseTerm);
  return (value) => terms.every((holds) => holds(value));
}

function parseTerm(word: string): Match {
  const { path, op, want: raw = "" } = TERM.exec(word)?.groups ?? {};
  if (path === undefined || op === undefined || path === "" && op !== "=") return contains(unquote(word));
  const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
  const want = unquote(raw);
  const holds = compare(op, want);
  return (value) => {
    for (const step of steps) {
      if (value instanceof Map) value = value.get(step);
      else if (typeof value === "object" && value !== null && Object.hasOwn(value, step)) {
        value = (value as Readonly<Record<string, unknown>>)[step];
      } else return op === "!=";
    }
    return holds(value);
  };
}

function compare(op: string, want: string): Match {
  const number = Number(want);
  const isNumber = want.trim() !== "" && !Number.isNaN(number);
  const numberOf = (value: unknown) => typeof value === "number" || typeof value === "bigint" ? Number(value) : NaN;
  const equals = (value: unknown) =>
    isNumber && numberOf(value) === number || (typeof value !== "object" || value === null) && String(value) === want;
  if (op === "=") return equals;
  if (op === "!=") return (value) => !equals(value);
  if (op === "~") return contains(want);
  if (op === "<") return (value) => numberOf(value) < number;
  if (op === "<=") return (value) => numberOf(value) <= number;
  return op === ">" ? (value) => numberOf(value) > number : (value) => numberOf(value) >= number;
}

/** Looks into a bounded part of the value: it may be an image. */
function contains(text: string): Match {
  const wanted = text.toLowerCase();
  return (value) => {
    let left = 5000;
    const seek = (value: unknown, depth: number): boolean => {
      if (left-- <= 0 || depth > 16) return false;
      if (typeof value !== "object" || value === null) return String(value).toLowerCase().includes(wanted);
      if (ArrayBuffer.isView(value)) return false;
      if (value instanceof Map) return [...value].some(([key, each]) => seek(key, depth + 1) || seek(each, depth + 1));
      if (Array.isArray(value)) return value.some((each) => seek(each, depth + 1));
      return Object.entries(value).some(([key, each]) => key.toLowerCase().includes(wanted) || seek(each, depth + 1));
    };
    return seek(value, 0);
  };
}

function unquote(text: string): string {
  return text.replace(/"([^"]*)"?/g, "$1");
}
