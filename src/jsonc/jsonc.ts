import { TinmanError } from "../errors/mod.ts";

/** Options of {@linkcode parseJsonc}. */
export interface JsoncOptions {
  /** The file it comes from, for messages. */
  readonly path: string;
  /** Longest text to take, in UTF-16 units. @default {262144} */
  readonly maxLength?: number;
  /** Deepest nesting to take. @default {32} */
  readonly maxDepth?: number;
}

/** A value, and where it stands in the text. */
export interface JsoncNode {
  readonly value: unknown;
  readonly start: number;
  readonly end: number;
  /** Of an object only. */
  readonly members?: ReadonlyMap<string, JsoncMember>;
}

/** One `"key": value` of an object. */
export interface JsoncMember {
  /** Where its key begins. */
  readonly start: number;
  readonly node: JsoncNode;
}

/**
 * JSON (RFC 8259) with comments and trailing commas. Stricter than `JSON.parse` where a second reader could see something
 * else: a key that is there twice, and `__proto__`, are refused.
 *
 * @throws {TinmanError} `CONFIG`, with line and column.
 */
export function parseJsonc(text: string, options: JsoncOptions): JsoncNode {
  return new Parser(text, options).document();
}

class Parser {
  readonly #text: string;
  readonly #path: string;
  readonly #maxDepth: number;
  #at = 0;

  constructor(text: string, { path, maxLength = 262_144, maxDepth = 32 }: JsoncOptions) {
    [this.#text, this.#path, this.#maxDepth] = [text, path, maxDepth];
    if (text.length > maxLength) this.#fail(`it has ${text.length} characters, more than ${maxLength}`);
  }

  document(): JsoncNode {
    if (this.#text.startsWith("\ufeff")) this.#at = 1;
    const node = this.#value(0);
    this.#skip();
    if (this.#at < this.#text.length) this.#fail(`expected the end, found ${this.#here()}`);
    return node;
  }

  #value(depth: number): JsoncNode {
    this.#skip();
    if (depth > this.#maxDepth) this.#fail(`nested deeper than ${this.#maxDepth}`);
    const start = this.#at;
    const char = this.#text[start];
    if (char === "{") return this.#object(depth);
    if (char === "[") return this.#list(depth);
    const value = char === '"' ? this.#string() : this.#word();
    return { value, start, end: this.#at };
  }

  #object(depth: number): JsoncNode {
    const start = this.#at++;
    const members = new Map<string, JsoncMember>();
    const value: Record<string, unknown> = {};
    while (!this.#closes("}")) {
      const at = this.#at;
      if (this.#text[at] !== '"') this.#fail(`expected a key in double quotes or }, found ${this.#here()}`);
      const key = this.#string();
      // The only key that means something else than itself, in every object literal and many a copy.
      if (key === "__proto__") this.#fail("the key __proto__ is not allowed", at);
      if (members.has(key)) this.#fail(`the key ${JSON.stringify(key)} is there twice`, at);
      this.#skip();
      if (this.#text[this.#at] !== ":") this.#fail(`expected a colon, found ${this.#here()}`);
      this.#at++;
      const node = this.#value(depth + 1);
      members.set(key, { start: at, node });
      value[key] = node.value;
      this.#separator("}");
    }
    return { value, start, end: this.#at, members };
  }

  #list(depth: number): JsoncNode {
    const start = this.#at++;
    const value: unknown[] = [];
    while (!this.#closes("]")) {
      value.push(this.#value(depth + 1).value);
      this.#separator("]");
    }
    return { value, start, end: this.#at };
  }

  #closes(end: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== end) return false;
    this.#at++;
    return true;
  }

  #separator(end: string): void {
    this.#skip();
    if (this.#text[this.#at] === ",") this.#at++;
    else if (this.#text[this.#at] !== end) this.#fail(`expected a comma or ${end}, found ${this.#here()}`);
  }

  #string(): string {
    const start = this.#at;
    for (let at = start + 1; at < this.#text.length; at++) {
      const char = this.#text[at];
      if (char === "\\") at++;
      else if (char! < " ") this.#fail("a text goes over the end of its line, or has a control character", at);
      else if (char === '"') return this.#json(this.#at = at + 1, start) as string;
    }
    return this.#fail("a text has no end", start);
  }

  #word(): unknown {
    const start = this.#at;
    const found = /[-+.\w]+/y;
    found.lastIndex = start;
    const word = found.exec(this.#text)?.[0];
    if (word === undefined) this.#fail(`expected a value, found ${this.#here()}`);
    return this.#json(this.#at = start + word.length, start);
  }

  /** What JSON says of a text, number or word, whose end is found. */
  #json(end: number, start: number): unknown {
    const part = this.#text.slice(start, end);
    let value: unknown;
    try {
      value = JSON.parse(part);
    } catch {
      this.#fail(`${part.slice(0, 40)} is not JSON`, start);
    }
    // 1e999 is JSON, and is no number here.
    if (typeof value === "number" && !Number.isFinite(value)) this.#fail(`${part.slice(0, 40)} is too large`, start);
    return value;
  }

  #skip(): void {
    const blank = /(?:[ \t\r\n]+|\/\/[^\n]*|\/\*[^]*?\*\/)*/y;
    blank.lastIndex = this.#at;
    this.#at += blank.exec(this.#text)![0].length;
    if (this.#text.startsWith("/*", this.#at)) this.#fail("a comment has no end");
  }

  #here(): string {
    const char = this.#text.codePointAt(this.#at);
    return char === undefined ? "the end" : JSON.stringify(String.fromCodePoint(char));
  }

  #fail(what: string, at = this.#at): never {
    const before = this.#text.slice(0, at).split("\n");
    const place = `${this.#path}:${before.length}:${before.at(-1)!.length + 1}`;
    throw new TinmanError("CONFIG", `Cannot read ${place}: ${what}`, { path: this.#path });
  }
}
