import { MAX_DEPTH, MAX_DIGITS, type OriginalValue } from "./value.ts";

/** Most values in one text; a list of empty lists takes 3 bytes each, and many times that in memory. */
const MAX_VALUES = 262_144;

/** What is wrong with a JSON text, and where. Readers make a `PROTOCOL` error of it, which says of what. */
export class JsonError extends Error {
  override readonly name = "JsonError";
}

/**
 * Reads JSON as Python's `json.loads` does: `NaN`, `Infinity` and half surrogate pairs are values, of a key that is there
 * twice the last counts, a byte order mark is refused. Depth, digits and the number of values are bounded.
 *
 * @throws {JsonError}
 */
export function readJson(text: string): OriginalValue {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const spaces = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const words: readonly (readonly [string, OriginalValue])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
];
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

class Reader {
  readonly #text: string;
  #at = 0;
  #values = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): OriginalValue {
    if (++this.#values > MAX_VALUES) this.#fail(`more than ${MAX_VALUES} values`);
    this.#skip();
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === "{" || first === "[") {
      if (depth >= MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH}`);
      this.#at++;
      return first === "{" ? this.#object(depth) : this.#list(depth);
    }
    return this.#number() ?? this.#word();
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) this.#fail("expected the end");
  }

  #object(depth: number): OriginalValue {
    const fields = new Map<string, OriginalValue>();
    if (this.#take("}")) return fields;
    do {
      this.#skip();
      if (this.#text[this.#at] !== '"') this.#fail("expected a key");
      const key = this.#string();
      if (!this.#take(":")) this.#fail("expected a colon");
      fields.set(key, this.value(depth + 1));
    } while (this.#take(","));
    if (!this.#take("}")) this.#fail("expected a comma or }");
    return fields;
  }

  #list(depth: number): OriginalValue {
    const items: OriginalValue[] = [];
    if (this.#take("]")) return items;
    do items.push(this.value(depth + 1)); while (this.#take(","));
    if (!this.#take("]")) this.#fail("expected a comma or ]");
    return items;
  }

  #number(): OriginalValue | undefined {
    number.lastIndex = this.#at;
    const found = number.exec(this.#text);
    if (found === null) return undefined;
    const [lexeme, fraction, exponent] = found;
    // Whether a point or an exponent was written is all that tells 1 from 1.0.
    if (fraction !== undefined || exponent !== undefined) {
      this.#at += lexeme.length;
      return Number(lexeme);
    }
    if (lexeme.length - (lexeme[0] === "-" ? 1 : 0) > MAX_DIGITS) {
      this.#fail(`a number of more than ${MAX_DIGITS} digits`);
    }
    this.#at += lexeme.length;
    return BigInt(lexeme);
  }

  #word(): OriginalValue {
    const found = words.find(([word]) => this.#text.startsWith(word, this.#at)) ?? this.#fail("expected a value");
    this.#at += found[0].length;
    return found[1];
  }

  #string(): string {
    let from = this.#at + 1;
    let text = "";
    for (let at = from;; at++) {
      const unit = this.#text.charCodeAt(at);
      if (unit === /* " */ 0x22) {
        this.#at = at + 1;
        return text + this.#text.slice(from, at);
      }
      if (unit === /* \ */ 0x5c) {
        text += this.#text.slice(from, at);
        this.#at = at;
        text += this.#escape();
        from = this.#at;
        at = from - 1;
      } else if (!(unit >= 0x20)) {
        this.#at = at;
        this.#fail(at >= this.#text.length ? "the text ends within a string" : "a control character in a string");
      }
    }
  }

  #escape(): string {
    const char = this.#text[this.#at + 1] ?? this.#fail("the text ends within a string");
    if (char === "u") {
      const digits = this.#text.slice(this.#at + 2, this.#at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail("expected four hexadecimal digits after \\u");
      this.#at += 6;
      return String.fromCharCode(parseInt(digits, 16));
    }
    const plain = Object.hasOwn(escapes, char) ? escapes[char]! : this.#fail("an escape that JSON does not have");
    this.#at += 2;
    return plain;
  }

  #take(char: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #skip(): void {
    spaces.lastIndex = this.#at;
    this.#at += spaces.exec(this.#text)![0].length;
  }

  #fail(what: string): never {
    throw new JsonError(`${what} at character ${this.#at}`);
  }
}
