/** What may cross the border of a plugin, and how much of it. */
export interface BorderLimits {
  /** Levels of lists and objects in one message. @default {100} */
  readonly maxDepth?: number;
  /** Values in one message, also those inside of others. @default {1_000_000} */
  readonly maxValues?: number;
  /** Text and bytes in one message. @default {67_108_864} */
  readonly maxBytes?: number;
  /** Characters of JSON in one message. @default {16_000_000} */
  readonly maxText?: number;
}

/** A message on its way: JSON text, and the bytes of its Uint8Arrays one after the other. */
export interface Packed {
  /** JSON; a text in it that begins with `~` stands for something that JSON cannot say. */
  readonly text: string;
  /** Whether there is such a text in it, deeper than in the message itself. */
  readonly tagged: boolean;
  /** In the order of `text`. Not copies. */
  readonly bytes: readonly Uint8Array[];
}

/** Checks and carries what crosses the border of a plugin. */
export interface Border {
  /**
   * Throws when `value` is not plain data: null, booleans, numbers, bigints of 64 bits, text, Uint8Array, lists, objects
   * without a class. A field that is undefined is left out. `name` is what a message calls the value.
   *
   * @throws {TypeError} Names the place and what is there, such as `values[3].when: a Date`.
   * @throws {RangeError} When a limit is passed.
   */
  check(value: unknown, name: string): void;
  /** The same check, and the value in a form that can be sent. */
  pack(value: unknown, name: string): Packed;
  /**
   * What was packed. Bytes are copied out of `bytes`, so nothing of it is kept. The sender may be anybody, but who says
   * that there is nothing `tagged` has to be believed.
   *
   * @throws {Error} When nobody packs such a thing.
   */
  unpack(text: string, bytes: Uint8Array, tagged?: boolean): unknown;
}

/**
 * The border of a plugin, as both of its sides use it.
 *
 * It is handed to QuickJS as text, so nothing in it may refer to anything outside of it but types.
 */
export function createBorder(limits: BorderLimits = {}): Border {
  const { maxDepth = 100, maxValues = 1_000_000, maxBytes = 64 * 1024 * 1024, maxText = 16_000_000 } = limits;
  // A plugin may replace what is global later.
  const { parse, stringify } = JSON;
  const { isArray } = Array;
  const { keys: keysOf, getPrototypeOf, prototype: plain, is } = Object;
  const { isView } = ArrayBuffer;
  const int64 = /^-?\d{1,20}$/;
  const path: (string | number)[] = [];
  let name = "";
  let count = 0;
  let size = 0;
  let tagged = false;
  let pieces: Uint8Array[] = [];

  function begin(what: string): void {
    [name, count, size, tagged, pieces] = [what, 0, 0, false, []];
  }

  /** The value itself, or what stands for it in JSON. */
  function walk(value: unknown, depth: number): unknown {
    if (++count > maxValues) throw refuse(depth, `more than ${maxValues} values`);
    switch (typeof value) {
      case "string":
        grow(value.length, depth);
        return value[0] === "~" ? tag("s", value, depth) : value;
      case "number":
        if (value - value === 0 && !(value === 0 && is(value, -0))) return value;
        return tag("n", is(value, -0) ? "-0" : `${value}`, depth);
      case "boolean":
        return value;
      case "bigint":
        if (value < -0x8000000000000000n || value > 0xffffffffffffffffn) {
          throw refuse(depth, "a bigint of more than 64 bits");
        }
        return tag("i", `${value}`, depth);
      case "object":
        if (value === null) return null;
        if (depth >= maxDepth) throw refuse(depth, `more than ${maxDepth} levels, or a circle`);
        if (isArray(value)) return walkList(value, depth);
        if (isView(value)) return walkBytes(value, depth);
        return walkFields(value as Record<string, unknown>, depth);
      default:
        throw refuse(depth, value === undefined ? "undefined" : `a ${typeof value}`);
    }
  }

  function walkList(list: readonly unknown[], depth: number): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (let i = 0; i < list.length; i++) {
      const item = list[i];
      path[depth] = i;
      const packed = walk(item, depth + 1);
      if (copy === undefined && packed !== item) copy = list.slice(0, i);
      if (copy !== undefined) copy[i] = packed;
    }
    return copy ?? list;
  }

  function walkFields(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
    const prototype = getPrototypeOf(fields);
    if (prototype !== plain && prototype !== null) throw refuse(depth, className(prototype));
    const keys = keysOf(fields);
    let copy: Record<string, unknown> | undefined;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      path[depth] = key;
      const item = fields[key];
      if (item === undefined) continue;
      if (key === "__proto__") throw refuse(depth + 1, "a field of this name");
      size += key.length;
      const packed = walk(item, depth + 1);
      if (copy === undefined && packed !== item) {
        copy = {};
        for (let j = 0; j < i; j++) copy[keys[j]!] = fields[keys[j]!];
      }
      if (copy !== undefined) copy[key] = packed;
    }
    return copy ?? fields;
  }

  function walkBytes(view: ArrayBufferView, depth: number): string {
    if (!(view instanceof Uint8Array)) throw refuse(depth, className(getPrototypeOf(view)));
    grow(view.length, depth);
    pieces[pieces.length] = view;
    return tag("b", `${view.length}`, depth);
  }

  function tag(kind: string, text: string, depth: number): string {
    if (depth > 1 || kind === "b") tagged = true;
    return `~${kind}${text}`;
  }

  function grow(by: number, depth: number): void {
    size += by;
    if (size > maxBytes) throw refuse(depth, `more than ${maxBytes} bytes with all before it`);
  }

  function className(prototype: { constructor?: { name?: unknown } }): string {
    const own = prototype.constructor?.name;
    return typeof own === "string" && own !== ""
      ? `${/^[AEIOU]/.test(own) ? "an" : "a"} ${own}`
      : "an object of a class";
  }

  function refuse(depth: number, what: string): Error {
    let place = name;
    for (let i = 0; i < depth; i++) place += typeof path[i] === "number" ? `[${path[i]}]` : `.${path[i]}`;
    const message = `Cannot pass ${place.slice(0, 500)}: ${what}`;
    return what.startsWith("more than") ? new RangeError(message) : new TypeError(message);
  }

  let pool: Uint8Array;
  let used = 0;

  /** The parsed value with what stands for something else put back, in place. */
  function restore(value: unknown, depth: number): unknown {
    if (typeof value === "string") return value[0] === "~" ? untag(value) : value;
    if (typeof value !== "object" || value === null) return value;
    if (depth >= maxDepth) throw new RangeError(`more than ${maxDepth} levels`);
    const list = isArray(value);
    const keys = list ? value : keysOf(value);
    count += keys.length;
    if (count > maxValues) throw new RangeError(`more than ${maxValues} values`);
    for (let i = 0; i < keys.length; i++) {
      const key = (list ? i : keys[i]) as keyof typeof value;
      const item: unknown = value[key];
      if ((key as string) === "__proto__") throw new TypeError("a field __proto__");
      const restored = restore(item, depth + 1);
      if (restored !== item) (value as Record<string, unknown>)[key] = restored;
    }
    return value;
  }

  function restoreFields(message: unknown[]): unknown {
    for (let i = 0; i < message.length; i++) {
      if (typeof message[i] === "string") message[i] = restore(message[i], 0);
    }
    return message;
  }

  function untag(text: string): unknown {
    const rest = text.slice(2);
    switch (text[1]) {
      case "s":
        return rest;
      case "n":
        if (rest !== "NaN" && rest !== "-0" && rest !== "Infinity" && rest !== "-Infinity") break;
        return Number(rest);
      case "i": {
        if (!int64.test(rest)) break;
        const value = BigInt(rest);
        if (value < -0x8000000000000000n || value > 0xffffffffffffffffn) break;
        return value;
      }
      case "b": {
        if (!int64.test(rest)) break;
        const start = used;
        used += Number(rest);
        if (used < start || used > pool.length) break;
        return pool.slice(start, used);
      }
    }
    throw new TypeError(`a text that stands for nothing: ${text.slice(0, 30)}`);
  }

  return {
    check(value, what) {
      begin(what);
      walk(value, 0);
    },
    pack(value, what) {
      begin(what);
      const text = stringify(walk(value, 0));
      if (text.length > maxText) throw refuse(0, `more than ${maxText} characters of JSON`);
      return { text, tagged, bytes: pieces };
    },
    unpack(text, bytes, tagged = true) {
      [count, pool, used] = [0, bytes, 0];
      const value = tagged ? restore(parse(text), 0) : restoreFields(parse(text));
      if (used !== bytes.length) throw new RangeError(`${bytes.length - used} bytes that belong to nothing`);
      return value;
    },
  };
}
