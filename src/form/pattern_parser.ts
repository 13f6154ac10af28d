/** A regular expression as a tree. */
export type PatternNode =
  | { readonly kind: "char"; readonly fits: (char: string) => boolean }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "all" | "any"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "repeat"; readonly of: PatternNode; readonly least: number; readonly most: number };

type Fits = (char: string) => boolean;

/** Deepest nesting of groups. */
const MAX_DEPTH = 50;
const MAX_REPEAT = 1000;
const MAX_CHARS = 4_000;

/** The tree of a pattern in the syntax that Java, which Kobo's app runs on, and JavaScript share. */
export function parsePattern(
  source: string,
): { readonly node: PatternNode } | { readonly problem: string } | { readonly unserved: string } {
  if (source.length > MAX_CHARS) return { problem: `it has more than ${MAX_CHARS} characters` };
  try {
    return { node: new PatternParser(source).parse() };
  } catch (error) {
    if (error instanceof Unserved) return { unserved: error.message };
    if (error instanceof Problem) return { problem: error.message };
    throw error;
  }
}

class Problem extends Error {}
class Unserved extends Error {}

class PatternParser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#chars = [...source];
  }

  parse(): PatternNode {
    const node = this.#any();
    if (this.#at < this.#chars.length) throw this.#problem("a ) closes nothing");
    return node;
  }

  #any(): PatternNode {
    if (++this.#depth > MAX_DEPTH) throw this.#problem(`groups are nested more than ${MAX_DEPTH} deep`);
    const parts = [this.#all()];
    while (this.#skip("|")) parts.push(this.#all());
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { kind: "any", parts };
  }

  #all(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#chars.length && this.#peek() !== "|" && this.#peek() !== ")") parts.push(this.#repeated());
    return parts.length === 1 ? parts[0]! : { kind: "all", parts };
  }

  #repeated(): PatternNode {
    let node = this.#atom();
    for (;;) {
      const times = this.#times();
      if (times === undefined) return node;
      // Whether as few or as many as can be are taken makes no difference when all of the text is described.
      if (!this.#skip("?") && this.#peek() === "+") throw new Unserved("a possessive repetition such as a++");
      node = { kind: "repeat", of: node, least: times[0], most: times[1] };
    }
  }

  #times(): readonly [number, number] | undefined {
    if (this.#skip("*")) return [0, Infinity];
    if (this.#skip("+")) return [1, Infinity];
    if (this.#skip("?")) return [0, 1];
    const found = this.#look(/^\{(\d{1,6})(,?)(\d{0,6})\}/);
    if (found === null) return undefined;
    this.#at += found[0].length;
    const least = Number(found[1]);
    const most = found[2] === "" ? least : found[3] === "" ? Infinity : Number(found[3]);
    if (most < least) throw this.#problem(`${found[0]} counts backwards`);
    if (least > MAX_REPEAT || (most !== Infinity && most > MAX_REPEAT)) {
      throw this.#problem(`${found[0]} repeats more than ${MAX_REPEAT} times`);
    }
    return [least, most];
  }

  #atom(): PatternNode {
    const char = this.#next();
    switch (char) {
      case "(":
        return this.#group();
      case "[":
        return { kind: "char", fits: this.#class() };
      case ".":
        return { kind: "char", fits: (char) => !/[\n\r\u0085\u2028\u2029]/.test(char) };
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case "\\": {
        const escaped = this.#peek();
        if (escaped !== undefined && /[bBAzZG]/.test(escaped)) throw new Unserved(`\\${escaped}`);
        if (escaped !== undefined && /[1-9k]/.test(escaped)) {
          throw new Unserved("a back reference: matching one can take for ever");
        }
        return { kind: "char", fits: this.#escape() };
      }
      case "*":
      case "+":
      case "?":
        throw this.#problem(`${char} repeats nothing`);
      case "{":
        throw this.#problem("a { repeats nothing; a brace itself is \\{");
    }
    return { kind: "char", fits: (other) => other === char };
  }

  #group(): PatternNode {
    if (this.#skip("?")) {
      const named = this.#look(/^(:|<[A-Za-z]\w*>)/);
      if (named === null) throw new Unserved("looking around or flags, (?…): matching them can take for ever");
      this.#at += named[0].length;
    }
    const inner = this.#any();
    if (!this.#skip(")")) throw this.#problem("a ( is not closed");
    return inner;
  }

  #class(): Fits {
    const negated = this.#skip("^");
    const parts: Fits[] = [];
    for (let first = true;; first = false) {
      if (this.#at >= this.#chars.length) throw this.#problem("a [ is not closed");
      if (!first && this.#skip("]")) break;
      if (this.#look(/^&&/) !== null) throw new Unserved("&& in [ ]");
      if (this.#peek() === "[") throw new Unserved("[ in [ ]; a bracket itself is \\[");
      const from = this.#single();
      if (typeof from !== "string") {
        parts.push(from);
        continue;
      }
      if (this.#peek() === "-" && this.#chars[this.#at + 1] !== "]" && this.#chars[this.#at + 1] !== undefined) {
        this.#at++;
        const to = this.#single();
        if (typeof to !== "string") throw this.#problem("a range ends in a class");
        const [low, high] = [from.codePointAt(0)!, to.codePointAt(0)!];
        if (high < low) throw this.#problem(`the range ${from}-${to} is backwards`);
        parts.push((char) => char.codePointAt(0)! >= low && char.codePointAt(0)! <= high);
      } else parts.push((char) => char === from);
    }
    return (char) => parts.some((fits) => fits(char)) !== negated;
  }

  #single(): string | Fits {
    const char = this.#next();
    if (char !== "\\") return char;
    return this.#escaped();
  }

  #escape(): Fits {
    const escaped = this.#escaped();
    return typeof escaped === "string" ? (char) => char === escaped : escaped;
  }

  #escaped(): string | Fits {
    if (this.#at >= this.#chars.length) throw this.#problem("it ends with \\");
    const char = this.#next();
    const set = CLASSES[char];
    if (set !== undefined) return (other) => set.test(other);
    const control = CONTROLS[char];
    if (control !== undefined) return control;
    if (char === "p" || char === "P") return this.#property(char);
    if (char === "x" || char === "u") {
      const found = this.#look(char === "x" ? /^[0-9A-Fa-f]{2}/ : /^[0-9A-Fa-f]{4}/);
      if (found === null) throw this.#problem(`\\${char} needs hexadecimal digits`);
      this.#at += found[0].length;
      return String.fromCharCode(parseInt(found[0], 16));
    }
    if (/[A-Za-z0-9]/.test(char)) throw new Unserved(`\\${char}`);
    return char;
  }

  #property(letter: string): Fits {
    const found = this.#look(/^(?:\{([A-Za-z_=]{1,40})\}|([LMNPSZC]))/);
    if (found === null) throw this.#problem(`\\${letter} needs a name: \\${letter}{L}`);
    this.#at += found[0].length;
    const name = found[1] ?? found[2]!;
    const alias = Object.hasOwn(JAVA_CLASSES, name) ? JAVA_CLASSES[name] : undefined;
    try {
      const set = new RegExp(alias ?? `\\p{${name.replace(/^Is/, "")}}`, "u");
      return (char) => set.test(char) === (letter === "p");
    } catch {
      throw this.#problem(`there is no property \\p{${name}}`);
    }
  }

  #look(shape: RegExp): RegExpExecArray | null {
    return shape.exec(this.#chars.slice(this.#at, this.#at + 50).join(""));
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #next(): string {
    const char = this.#chars[this.#at];
    if (char === undefined) throw this.#problem("it ends too early");
    this.#at++;
    return char;
  }

  #skip(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #problem(message: string): Problem {
    return new Problem(`at character ${this.#at}, ${message}`);
  }
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  d: /^[0-9]$/,
  D: /^[^0-9]$/u,
  w: /^[A-Za-z0-9_]$/,
  W: /^[^A-Za-z0-9_]$/u,
  s: /^[ \t\n\v\f\r]$/,
  S: /^[^ \t\n\v\f\r]$/u,
};

const CONTROLS: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

const JAVA_CLASSES: Readonly<Record<string, string>> = {
  Alpha: "^[A-Za-z]$",
  Digit: "^[0-9]$",
  Alnum: "^[A-Za-z0-9]$",
  Lower: "^[a-z]$",
  Upper: "^[A-Z]$",
  Punct: "^[!-\\/:-@\\[-`\\{-~]$",
  Space: "^[ \\t\\n\\v\\f\\r]$",
};
