/*
 * The source of a function without what does not count: comments, and white space between tokens. Two sources get one
 * text only when a JavaScript engine would read the same program in both; where that cannot be told without a whole
 * parser (a slash behind `}`), the text stays as it is.
 *
 * A line break counts where a semicolon could be put in for it (ECMA-262, "Automatic Semicolon Insertion"), and nowhere
 * else. Tokens are joined by spaces, so `a+ +b` and `a++b` stay apart.
 */

/** What stands between the tokens of a source; undefined where it cannot be told. */
export function normaliseSource(source: string): string | undefined {
  const scanner = new Scanner(source);
  return scanner.scan() ? scanner.text : undefined;
}

const SPACE = /[\t\v\f \u00a0\ufeff\p{Zs}]+/uy;
const LINE = /[\n\r\u2028\u2029]/y;
const LINE_COMMENT = /\/\/[^\n\r\u2028\u2029]*/y;
const BLOCK_COMMENT = /\/\*[^]*?\*\//y;
const WORD =
  /#?(?:[\p{ID_Start}$_]|\\u[\da-fA-F]{4}|\\u\{[\da-fA-F]+\})(?:[\p{ID_Continue}$\u200c\u200d]|\\u[\da-fA-F]{4}|\\u\{[\da-fA-F]+\})*/uy;
const NUMBER = /0[xXbBoO][\da-fA-F_]+n?|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?[\d_]+)?n?/y;
const STRING = /"(?:[^"\\\n\r]|\\(?:\r\n|[^]))*"|'(?:[^'\\\n\r]|\\(?:\r\n|[^]))*'/y;
const REGEXP = /\/(?:[^/\\[\n\r]|\\[^\n\r]|\[(?:[^\]\\\n\r]|\\[^\n\r])*\])+\/[\p{ID_Continue}$]*/uy;
const TEMPLATE = /(?:[^`\\$]|\\[^]|\$(?!\{))*(`|\$\{)/y;
// The longest first, as an engine takes them.
const SIGN =
  />>>=|\.\.\.|\*\*=|<<=|>>=|>>>|===|!==|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|<<|>>|\*\*|[{}()[\];,<>+\-*%&|^!~?:=.@]/y;

/** Words behind which a slash begins a regular expression. */
const BEFORE_REGEXP = new Set(
  ["return", "typeof", "instanceof", "in", "new", "delete", "void", "throw", "case", "do", "else", "yield", "await"],
);
/** Words whose parentheses are followed by a statement, and so by a regular expression. */
const BEFORE_STATEMENT = new Set(["if", "while", "for", "with"]);
/** No statement ends with these, */
const NEVER_LAST =
  /^(?:[({[,;:?.]|\?\.|=>|\.\.\.|[-+*/%&|^<>=!]=?=?|\*\*=?|<<=?|>>>?=?|&&=?|\|\|=?|\?\?=?|!==?|===?|~)$/;
/** nor does one begin with these. */
const NEVER_FIRST =
  /^(?:[)\]},;:?.]|\?\.|=>|[*%&|^<>=]=|=|===|!==?|\*\*=?|<<=?|>>>?=?|&&=?|\|\|=?|\?\?=?|<|>|&|\||\^|%)$/;

type Kind = "word" | "sign" | "literal";

class Scanner {
  readonly #source: string;
  readonly #tokens: string[] = [];
  /** For each bracket that is open: what it is, and for `(` whether a statement follows it. */
  readonly #open: ("(" | "statement(" | "[" | "{" | "${")[] = [];
  #at = 0;
  #last: { readonly kind: Kind; readonly text: string; readonly closes?: string } | undefined;
  #lineBreak = false;

  constructor(source: string) {
    this.#source = source;
  }

  get text(): string {
    return this.#tokens.join(" ");
  }

  scan(): boolean {
    while (this.#at < this.#source.length) if (!this.#step()) return false;
    return this.#open.length === 0;
  }

  #step(): boolean {
    if (this.#skip()) return true;
    const next = this.#source[this.#at]!;
    const number = this.#take(NUMBER);
    if (number !== undefined) return this.#add("literal", number);
    const word = this.#take(WORD);
    // The word behind a point is a name, whatever it is.
    if (word !== undefined) {
      return this.#add(this.#last?.text === "." || this.#last?.text === "?." ? "literal" : "word", word);
    }
    const string = this.#take(STRING);
    if (string !== undefined) return this.#add("literal", string);
    if (next === "`") {
      this.#at++;
      return this.#template("`");
    }
    if (next === "/") return this.#slash();
    const sign = this.#take(SIGN);
    return sign !== undefined && this.#sign(sign);
  }

  /** Passes over what does not count; a comment with a line break in it counts as one. */
  #skip(): boolean {
    if (this.#take(SPACE) !== undefined || this.#take(LINE_COMMENT) !== undefined) return true;
    const comment = this.#take(LINE) ?? this.#take(BLOCK_COMMENT);
    if (comment !== undefined && /[\n\r\u2028\u2029]/.test(comment)) this.#lineBreak = true;
    return comment !== undefined;
  }

  #sign(sign: string): boolean {
    switch (sign) {
      case "(": {
        const { kind, text = "" } = this.#last ?? {};
        const isLoop = text === "await" && this.#tokens.at(-2) === "for";
        this.#open.push(kind === "word" && (BEFORE_STATEMENT.has(text) || isLoop) ? "statement(" : "(");
        break;
      }
      case "[":
      case "{":
        this.#open.push(sign);
        break;
      case ")":
      case "]":
      case "}": {
        const closes = this.#open.pop();
        if (closes === undefined || PAIRS[closes] !== sign) return false;
        if (closes === "${") return this.#template("}");
        return this.#add("sign", sign, closes);
      }
    }
    return this.#add("sign", sign);
  }

  #slash(): boolean {
    const { kind, text, closes } = this.#last ?? { kind: "sign", text: "" };
    // What was a block or an object, a step or a sign, a word or a name: only a parser knows.
    if (["}", "++", "--", "of"].includes(text)) return false;
    const isDivision = kind === "literal" || (kind === "word" && !BEFORE_REGEXP.has(text)) || text === "]" ||
      closes === "(";
    if (isDivision) {
      const sign = this.#source[this.#at + 1] === "=" ? "/=" : "/";
      this.#at += sign.length;
      return this.#add("sign", sign);
    }
    const regexp = this.#take(REGEXP);
    return regexp !== undefined && this.#add("literal", regexp);
  }

  /** The text of a template from `begin` up to an expression in it or to its end. */
  #template(begin: "`" | "}"): boolean {
    const text = this.#take(TEMPLATE);
    if (text === undefined) return false;
    const isExpression = text.endsWith("${");
    if (isExpression) this.#open.push("${");
    // What follows `${` begins an expression, what follows the end is behind a value.
    return this.#add(isExpression ? "sign" : "literal", begin + text);
  }

  #add(kind: Kind, text: string, closes?: string): true {
    const last = this.#last;
    const mayEnd = last !== undefined &&
      !(last.kind === "sign" && (NEVER_LAST.test(last.text) || last.text.endsWith("${")));
    const mayBegin = !(kind === "sign" && NEVER_FIRST.test(text));
    if (this.#lineBreak && mayEnd && mayBegin) this.#tokens.push("\n");
    this.#lineBreak = false;
    this.#tokens.push(text);
    this.#last = closes === undefined ? { kind, text } : { kind, text, closes };
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source)?.[0];
    if (found === undefined || found === "") return undefined;
    this.#at += found.length;
    return found;
  }
}

const PAIRS = { "(": ")", "statement(": ")", "[": "]", "{": "}", "${": "}" } as const;
