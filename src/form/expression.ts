import { didYouMean } from "../errors/mod.ts";
import { depthOf, type Expression, type ExpressionNode, type FieldNode, type Operator } from "./expression_tree.ts";
import { functions, unserved } from "./function_names.ts";
import { expressionError, type Token, tokenize } from "./lexer.ts";
import { compilePattern } from "./pattern.ts";

/** Deepest tree; each operator of a row `a + b + c` is a level. */
const MAX_TREE = 1000;

/** Deepest nesting: an author's has ten. */
const MAX_DEPTH = 64;

/**
 * Reads an expression of the dialect of XPath 1.0 that ODK and Kobo forms have (https://getodk.github.io/xforms-spec/).
 * Nothing is looked up: names of fields may be wrong.
 *
 * @throws {TinmanError} `CONFIG` with the character and what is wrong there.
 */
export function parseExpression(source: string): Expression {
  return new Parser(source).parse();
}

const LEVELS: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["=", "!="],
  ["<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "div", "mod"],
];

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  readonly #fields: FieldNode[] = [];
  readonly #unserved = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  parse(): Expression {
    if (this.#peek().kind === "end") throw expressionError(1, "it is empty");
    const root = this.#level(0);
    const rest = this.#peek();
    if (rest.kind !== "end") throw expressionError(rest.at, `expected an operator or the end, found ${rest.text}`);
    const depth = depthOf(root);
    if (depth > MAX_TREE) throw expressionError(1, `it is ${depth} levels deep, more than ${MAX_TREE}`);
    return { source: this.#source, root, fields: this.#fields, unserved: [...this.#unserved], depth };
  }

  #level(level: number): ExpressionNode {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#level(level + 1);
    // A long chain of `or` leans to the left, and is walked as deep as it is long.
    for (let links = 0; this.#isOperator(operators); links++) {
      if (links > 500) throw expressionError(this.#peek().at, "more than 500 operators in one row");
      const op = this.#next().text as Operator;
      left = { kind: "binary", op, left, right: this.#level(level + 1) };
    }
    return left;
  }

  #isOperator(operators: readonly string[]): boolean {
    const { kind, text } = this.#peek();
    return (kind === "sign" || kind === "name") && operators.includes(text);
  }

  #unary(): ExpressionNode {
    if (!this.#skip("-")) return this.#union();
    return this.#nested(() => ({ kind: "negate", of: this.#unary() }));
  }

  #union(): ExpressionNode {
    let left = this.#primary();
    while (this.#skip("|")) left = { kind: "binary", op: "|", left, right: this.#primary() };
    return left;
  }

  #primary(): ExpressionNode {
    const token = this.#next();
    switch (token.kind) {
      case "number":
        return { kind: "number", value: Number(token.text) };
      case "text":
        return { kind: "text", value: token.text };
      case "ref": {
        if (token.text.startsWith("last-saved#")) this.#unserved.add("${last-saved#…}");
        return this.#tail(this.#field({ kind: "ref", name: token.text, at: token.at }));
      }
      case "name":
        if (this.#isSign("(")) return this.#tail(this.#call(token));
        if (this.#isSign("::")) {
          this.#unserved.add(`the axis ${token.text}::`);
          this.#next();
          return this.#primary();
        }
        return this.#path(token, "here", [token.text]);
      case "end":
        throw expressionError(token.at, "a value is missing at the end");
    }
    switch (token.text) {
      case "(": {
        const inner = this.#nested(() => this.#level(0));
        this.#expect(")");
        return this.#tail(inner);
      }
      case ".":
      case "..":
        return this.#path(token, "here", [token.text]);
      case "/":
        return this.#path(token, "root", [this.#step()]);
      case "//":
        this.#unserved.add("//");
        return this.#path(token, "root", [this.#step()]);
      case "*":
      case "@":
        this.#unserved.add(token.text);
        if (token.text === "@") this.#step();
        return { kind: "text", value: "" };
    }
    throw expressionError(token.at, `expected a value, found ${token.text}`);
  }

  #path(first: Token, from: "root" | "here", steps: string[]): ExpressionNode {
    for (;;) {
      if (this.#isSign("[")) this.#predicate();
      else if (this.#skip("/")) steps.push(this.#step());
      else if (this.#skip("//")) {
        this.#unserved.add("//");
        steps.push(this.#step());
      } else return this.#field({ kind: "path", from, steps, at: first.at });
    }
  }

  #step(): string {
    const token = this.#next();
    if (token.kind === "name" && this.#skip("::")) {
      this.#unserved.add(`the axis ${token.text}::`);
      return this.#step();
    }
    if (token.kind === "name" || (token.kind === "sign" && (token.text === "." || token.text === ".."))) {
      return token.text;
    }
    if (token.text === "*" || token.text === "@") {
      this.#unserved.add(token.text);
      return token.text === "*" ? "*" : this.#step();
    }
    throw expressionError(token.at, `expected the next name of a path, found ${token.text}`);
  }

  /** What may stand behind a function or `${name}`: `[…]`, `/name`. */
  #tail(node: ExpressionNode): ExpressionNode {
    while (this.#isSign("[") || this.#isSign("/") || this.#isSign("//")) {
      if (this.#isSign("[")) this.#predicate();
      else {
        const { at } = this.#next();
        const step = this.#step();
        if (node.kind === "path") {
          this.#fields.pop();
          node = this.#field({ kind: "path", from: node.from, steps: [...node.steps, step], at: node.at });
        } else if (node.kind !== "call" || !this.#unserved.has(`${node.name}()`)) {
          this.#unserved.add(`a path behind a value, at character ${at}`);
        }
      }
    }
    return node;
  }

  #predicate(): void {
    this.#expect("[");
    this.#unserved.add("[…] in a path");
    const known = this.#fields.length;
    this.#nested(() => this.#level(0));
    // Names in it are columns of another table.
    this.#fields.splice(
      known,
      this.#fields.length - known,
      ...this.#fields.slice(known).filter(({ kind }) => kind === "ref"),
    );
    this.#expect("]");
  }

  #call({ text: name, at }: Token): ExpressionNode {
    this.#expect("(");
    const args: ExpressionNode[] = [];
    if (!this.#isSign(")")) {
      do args.push(this.#nested(() => this.#level(0))); while (this.#skip(","));
    }
    this.#expect(")");
    if (Object.hasOwn(unserved, name)) {
      this.#unserved.add(`${name}()`);
      return { kind: "call", name, args };
    }
    const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (known === undefined) {
      const near = didYouMean(name, [...Object.keys(functions), ...Object.keys(unserved)]);
      throw expressionError(at, `there is no function ${name}()${near === undefined ? "" : `; ${near}`}`);
    }
    const [least, most] = known;
    if (args.length < least || args.length > most) {
      const wanted = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
      throw expressionError(at, `${name}() takes ${wanted} argument${wanted === "1" ? "" : "s"}, found ${args.length}`);
    }
    if (name === "current") return this.#field({ kind: "path", from: "here", steps: ["."], at });
    if (name === "regex") this.#checkPattern(args[1]!, at);
    if (name === "jr:choice-name" || name === "position") {
      return { kind: "call", name, args: this.#nameArgument(name, args, at) };
    }
    return { kind: "call", name, args };
  }

  /** `jr:choice-name(value, '${field}')` names a field in a text; `position(..)` takes a place, not its value. */
  #nameArgument(name: string, args: readonly ExpressionNode[], at: number): readonly ExpressionNode[] {
    const last = args.at(-1);
    if (name === "position") {
      if (last === undefined || last.kind === "path" || last.kind === "ref") return args;
      throw expressionError(at, "position() takes a place in the form: position(..)");
    }
    if (last?.kind !== "text") throw expressionError(at, "jr:choice-name() takes its field as a text: '${name}'");
    const named = parseExpression(last.value).root;
    if (named.kind !== "path" && named.kind !== "ref") throw expressionError(at, `${last.value} is not a field`);
    return [args[0]!, this.#field({ ...named, at })];
  }

  #checkPattern(pattern: ExpressionNode, at: number): void {
    if (pattern.kind !== "text") return;
    const compiled = compilePattern(pattern.value);
    if ("unserved" in compiled) this.#unserved.add(`regex() with ${compiled.unserved}`);
    else if ("problem" in compiled) throw expressionError(at, `in the pattern of regex(), ${compiled.problem}`);
  }

  #field(node: FieldNode): FieldNode {
    this.#fields.push(node);
    return node;
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw expressionError(this.#peek().at, `nested more than ${MAX_DEPTH} deep`);
    const result = read();
    this.#depth--;
    return result;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #next(): Token {
    const token = this.#tokens[this.#at]!;
    if (token.kind !== "end") this.#at++;
    return token;
  }

  #isSign(text: string): boolean {
    const token = this.#peek();
    return token.kind === "sign" && token.text === text;
  }

  #skip(text: string): boolean {
    if (!this.#isSign(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    const { at, text: found } = this.#peek();
    if (!this.#skip(text)) throw expressionError(at, `expected ${text}, found ${found}`);
  }
}
