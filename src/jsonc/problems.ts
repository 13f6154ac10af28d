import { didYouMean } from "../errors/mod.ts";

type Kind = "text" | "list" | "object" | "number" | "boolean";

/** So many problems are named. */
const MOST = 50;

/** Looks at a value from outside part by part, and keeps all that is wrong with it, each with its place. */
export class Problems {
  readonly found: string[] = [];

  add(at: string, what: string): void {
    // A hostile file may have a hundred thousand; nobody reads more than these.
    if (this.found.length < MOST) this.found.push(`${at === "" ? "the whole" : at}: ${what}`);
    else if (this.found.length === MOST) this.found.push("and more, which are said when these are mended");
  }

  object(value: unknown, at: string, keys?: readonly string[]): Readonly<Record<string, unknown>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.#wrong(value, at, "object");
      return {};
    }
    for (const key of keys === undefined ? [] : Object.keys(value)) {
      if (keys!.includes(key)) continue;
      const near = didYouMean(key, keys!);
      this.add(join(at, key), near === undefined ? `there is no such key; there are ${keys!.join(", ")}` : near);
    }
    return value as Readonly<Record<string, unknown>>;
  }

  list(value: unknown, at: string, max = 256): readonly unknown[] {
    if (!Array.isArray(value)) {
      if (value !== undefined) this.#wrong(value, at, "list");
      return [];
    }
    if (value.length > max) this.add(at, `it has ${value.length} items, more than ${max}`);
    return value.slice(0, max);
  }

  /** A text of one line that fits `shape`, else undefined; `what` says the shape in words. */
  text(value: unknown, at: string, { shape, what, max = 200 }: TextRules = {}): string | undefined {
    if (typeof value !== "string") {
      this.#wrong(value, at, "text");
      return undefined;
    }
    const problem = value.length > max
      ? `it has ${value.length} characters, more than ${max}`
      : UNPRINTABLE.test(value)
      ? "it has characters that cannot be seen"
      : shape !== undefined && !shape.test(value)
      ? `expected ${what}, found ${JSON.stringify(value)}`
      : undefined;
    if (problem === undefined) return value;
    this.add(at, problem);
    return undefined;
  }

  oneOf<T extends string>(value: unknown, at: string, names: readonly T[]): T | undefined {
    if (names.includes(value as T)) return value as T;
    const near = typeof value === "string" ? didYouMean(value, names) : undefined;
    this.add(at, `expected ${names.join(", ")}, found ${shown(value)}${near === undefined ? "" : `; ${near}`}`);
    return undefined;
  }

  whole(value: unknown, at: string, max: number): number | undefined {
    if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= max) return value as number;
    this.add(at, `expected a whole number from 1 to ${max}, found ${shown(value)}`);
    return undefined;
  }

  flag(value: unknown, at: string): boolean {
    if (typeof value !== "boolean") this.#wrong(value, at, "boolean");
    return value === true;
  }

  #wrong(value: unknown, at: string, kind: Kind): void {
    this.add(at, value === undefined ? "it is missing" : `expected ${NAMES[kind]}, found ${shown(value)}`);
  }
}

/** What {@linkcode Problems.text} takes. */
export interface TextRules {
  readonly shape?: RegExp;
  readonly what?: string;
  readonly max?: number;
}

/** `a.b`, `a["b c"]`: where something is, for people. */
export function join(at: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${at}[${JSON.stringify(key.slice(0, 80))}]`;
  return at === "" ? key : `${at}.${key}`;
}

const NAMES: Readonly<Record<Kind, string>> = {
  text: "a text",
  list: "a list",
  object: "an object",
  number: "a number",
  boolean: "true or false",
};

// Control, surrogate, private and format characters, among these the bidirectional ones, and the two line ends.
const UNPRINTABLE = /[\p{C}\u2028\u2029]/u;

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return String(JSON.stringify(value)).slice(0, 80);
}
