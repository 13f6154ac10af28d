import { TinmanError } from "../errors/mod.ts";

/** One word of an expression. */
export interface Token {
  readonly kind: "number" | "text" | "ref" | "name" | "sign" | "end";
  /** The number's digits, the text without its quotes, the name, the operator. */
  readonly text: string;
  /** Where it begins, in characters from 1. */
  readonly at: number;
}

/** Longest expression. Authors of large forms write a few thousand characters. */
const MAX_CHARS = 20_000;
/** Bounds how deep a reader of the expression may come. */
const MAX_TOKENS = 4_000;

const NAME = /[\p{L}_][\p{L}\p{N}_.-]*(?::[\p{L}_][\p{L}\p{N}_.-]*)?/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)/y;
const SIGN = /\.\.|::|\/\/|!=|<=|>=|[-+*=<>()[\],./|@]/y;
const REF = /\$\{\s*(?:last-saved#)?([\p{L}_][\p{L}\p{N}_.-]*)\s*\}/uy;

/**
 * The words of an expression; the last one is `end`.
 *
 * @throws {TinmanError} `CONFIG` with the character where it stops to be one.
 */
export function tokenize(text: string): Token[] {
  if (text.length > MAX_CHARS) throw expressionError(1, `it has ${text.length} characters, more than ${MAX_CHARS}`);
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at++;
    if (tokens.length > MAX_TOKENS) throw expressionError(at + 1, `it has more than ${MAX_TOKENS} words`);
    const char = text[at];
    const place = at + 1;
    if (char === undefined) {
      tokens.push({ kind: "end", text: "the end", at: place });
      return tokens;
    }
    let found: RegExpExecArray | null;
    if (char === "'" || char === '"') {
      const end = text.indexOf(char, at + 1);
      if (end < 0) throw expressionError(place, `a text begins with ${char} and does not end`);
      tokens.push({ kind: "text", text: text.slice(at + 1, end), at: place });
      at = end + 1;
      continue;
    }
    if (char === "$") {
      found = take(REF);
      if (found === null) throw expressionError(place, "expected ${name} of a field");
      // The answer of the entry before this one is not among the values of this one.
      const name = found[0].includes("last-saved#") ? `last-saved#${found[1]!}` : found[1]!;
      tokens.push({ kind: "ref", text: name, at: place });
    } else if ((found = take(NUMBER)) !== null) tokens.push({ kind: "number", text: found[0], at: place });
    else if ((found = take(NAME)) !== null) tokens.push({ kind: "name", text: found[0], at: place });
    else if ((found = take(SIGN)) !== null) tokens.push({ kind: "sign", text: found[0], at: place });
    else throw expressionError(place, strange(char));
    at += found[0].length;
  }
}

/** The error for an expression that cannot be read, with the character where. */
export function expressionError(at: number, message: string): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot read expression at character ${at}: ${message}`, {});
}

// What word processors and other languages make of the signs of this one.
function strange(char: string): string {
  const meant: Readonly<Record<string, string>> = {
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "«": '"',
    "»": '"',
    "–": "-",
    "—": "-",
    "−": "-",
    "×": "*",
    "÷": "div",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "&": "and",
    "!": "!= or not(…)",
  };
  const instead = meant[char];
  return `found ${char}${instead === undefined ? ", which no expression has" : `, meant is ${instead}`}`;
}
