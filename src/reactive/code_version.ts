import { contentHash } from "../cbor/mod.ts";
import { normaliseSource } from "./source_text.ts";

/**
 * Identifies code and its settings, 32 hexadecimal digits: a hash of the source of all functions in `parts`, without
 * white space and comments, and of all data in them. Instances count with their fields and the source of their classes.
 * Where it is in doubt it changes: a semicolon more is other code.
 *
 * Not seen are variables that a function takes from around it, functions that it calls, and private fields: put such
 * things in a field, or in `parts`.
 *
 * @throws {TypeError} For a function without a source, such as one made with `bind()`.
 */
export function codeVersion(...parts: readonly unknown[]): string {
  const walk = new Walk();
  for (const part of parts) walk.visit(part);
  return contentHash(walk.out).slice(0, 32);
}

/** The source of a function as far as it counts. */
export function sourceOf(code: (...args: never) => unknown): string {
  const source = Function.prototype.toString.call(code);
  return normaliseSource(source) ?? source;
}

/** Writes values one behind the other, each with what it is and how much belongs to it: so no two give the same list. */
class Walk {
  readonly out: unknown[] = [];
  readonly #seen = new Map<object, number>();

  visit(value: unknown): void {
    if (typeof value === "symbol") this.out.push("symbol", value.description);
    else if (typeof value === "function" || (typeof value === "object" && value !== null)) this.#object(value);
    else this.out.push("data", value);
  }

  #object(value: object): void {
    const number = this.#seen.get(value);
    if (number !== undefined) return void this.out.push("again", number);
    this.#seen.set(value, this.#seen.size);
    if (typeof value === "function") return this.#function(value as Code);
    if (Array.isArray(value)) return this.#list("array", value);
    if (value instanceof Map) return this.#list("map", [...value].flat());
    if (value instanceof Set) return this.#list("set", [...value]);
    if (value instanceof Date || ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      return void this.out.push("data", value);
    }
    if (value instanceof RegExp) return void this.out.push("regexp", value.source, value.flags);
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) this.out.push("object");
    else {
      this.out.push("instance");
      this.visit(prototype.constructor);
    }
    this.#fields(value);
  }

  #function(code: Code): void {
    const lineage = (code as { lineage?: unknown }).lineage;
    // Kinds of events are told apart by name.
    if ("kindName" in code && Array.isArray(lineage)) return void this.out.push("kind", [...lineage]);
    const source = Function.prototype.toString.call(code);
    if (/\{\s*\[native code\]\s*\}\s*$/.test(source)) return this.#native(code);
    this.out.push("code", normaliseSource(source) ?? source);
    const parent = Object.getPrototypeOf(code);
    if (parent !== Function.prototype && typeof parent === "function") this.visit(parent);
    this.#fields(code);
  }

  #native(code: Code): void {
    if (code.name === "" || code.name.startsWith("bound ")) {
      throw new TypeError(
        `Cannot tell the version of ${JSON.stringify(code.name)}: a bound function does not show its source. ` +
          "Give an arrow function instead, or a version",
      );
    }
    this.out.push("native", code.name);
  }

  #list(what: string, items: readonly unknown[]): void {
    this.out.push(what, items.length);
    for (const item of items) this.visit(item);
  }

  /** Fields of its own; a getter counts by its source, as what it gives may change. */
  #fields(value: object): void {
    const fields = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(([, { enumerable }]) => enumerable)
      .sort(([a], [b]) => a < b ? -1 : 1);
    const symbols = Object.getOwnPropertySymbols(value).filter((key) =>
      Object.getOwnPropertyDescriptor(value, key)!.enumerable
    );
    this.out.push("fields", fields.length + symbols.length);
    for (const [name, field] of fields) {
      this.out.push(name);
      this.visit(field.get ?? field.value);
    }
    for (const symbol of symbols) {
      this.visit(symbol);
      this.visit((value as Record<symbol, unknown>)[symbol]);
    }
  }
}

type Code = (...args: never) => unknown;
