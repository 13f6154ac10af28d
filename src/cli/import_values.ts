import { unguardCell } from "../form/mod.ts";

/** How cells become values. */
export interface CellOptions {
  /** Columns whose cells stay text. */
  readonly text: ReadonlySet<string>;
  /** Whether whole numbers that a float cannot hold are bigints; else they stay text. */
  readonly bigints: boolean;
}

/** Makes a value of the cells of a row: what `log export` makes of the value. */
export type RowReader = (cells: readonly string[]) => unknown;

interface Column {
  readonly at: number;
  readonly isText: boolean;
}

type Tree = Map<string, Tree | Column>;

/**
 * A reader for rows with these columns; `undefined` is a column that is no part of the value. Dots make objects inside
 * others, `x.0`, `x.1` … a list, and a single column `value` is the value itself.
 */
export function createRowReader(columns: readonly (string | undefined)[], options: CellOptions): RowReader {
  const own = columns.flatMap((name, at) => name === undefined ? [] : [{ name, at, isText: options.text.has(name) }]);
  const [single] = own;
  const cell = (cells: readonly string[], { at, isText }: Column) => {
    const text = cells[at] ?? "";
    return text === "" ? undefined : isText ? unguardCell(text) : readCell(text, options.bigints);
  };
  if (own.length === 1 && single!.name === "value") return (cells) => cell(cells, single!) ?? null;
  const tree: Tree = new Map();
  for (const { name, at, isText } of own) if (!put(tree, partsOf(name), { at, isText })) tree.set(name, { at, isText });
  const build = (node: Tree, cells: readonly string[]): Record<string, unknown> | unknown[] | undefined => {
    const entries: [string, unknown][] = [];
    for (const [key, inner] of node) {
      const value = inner instanceof Map ? build(inner, cells) : cell(cells, inner);
      if (value !== undefined) entries.push([key, value]);
    }
    if (node !== tree && entries.length === 0) return undefined;
    if (node !== tree && isList(node)) return Array.from(node.keys(), (key) => new Map(entries).get(key) ?? null);
    return Object.fromEntries(entries);
  };
  return (cells) => build(tree, cells);
}

/** A number, a truth value, a list or an object in JSON, else the text. */
export function readCell(text: string, bigints: boolean): unknown {
  if (text === "true" || text === "false") return text === "true";
  // A number that begins with 0 is a name: 007.
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) {
    const number = Number(text);
    if (!/^-?\d+$/.test(text) || Number.isSafeInteger(number)) return number;
    const exact = BigInt(text);
    if (exact === BigInt(number)) return number;
    return bigints && (BigInt.asIntN(64, exact) === exact || BigInt.asUintN(64, exact) === exact) ? exact : text;
  }
  if (text === "NaN" || text === "Infinity" || text === "-Infinity") return Number(text);
  if (/^[[{]/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return unguardCell(text);
}

/** Puts a column at its place; false where that is taken. */
function put(tree: Tree, [key, ...rest]: readonly string[], column: Column): boolean {
  const found = tree.get(key!);
  if (rest.length === 0) {
    if (found !== undefined) return false;
    tree.set(key!, column);
    return true;
  }
  if (found !== undefined && !(found instanceof Map)) return false;
  const inner: Tree = found ?? new Map();
  tree.set(key!, inner);
  return put(inner, rest, column);
}

/** `pose."a.b".0` as its keys. */
function partsOf(name: string): string[] {
  const parts = name.match(/"(?:[^"\\]|\\.)*"|[^."]+/g);
  if (parts === null || parts.join(".") !== name) return [name];
  return parts.map((part) => part.startsWith('"') ? JSON.parse(part) : part);
}

function isList(node: Tree): boolean {
  return [...node.keys()].every((key, i) => key === `${i}`);
}
