import { valueLine } from "../value_tree.ts";

/** A place where two values differ. */
export interface TreeDifference {
  /** Where: `pose.x`, `acc[0]`; empty is the value itself. */
  readonly path: string;
  /** What the one has there, on one line; undefined for nothing. */
  readonly a: string | undefined;
  readonly b: string | undefined;
}

const MAX = 200;

/** Where two values differ, as `toTree()` of the server wrote them. */
export function diffTrees(a: unknown, b: unknown): TreeDifference[] {
  const found: TreeDifference[] = [];
  const walk = (a: unknown, b: unknown, path: string): void => {
    if (found.length >= MAX || isEqual(a, b)) return;
    const [fieldsA, fieldsB] = [fieldsOf(a), fieldsOf(b)];
    if (fieldsA === undefined || fieldsB === undefined || Array.isArray(a) !== Array.isArray(b)) {
      found.push({ path, a: text(a), b: text(b) });
      return;
    }
    for (const key of new Set([...fieldsA.keys(), ...fieldsB.keys()])) {
      const inner = Array.isArray(a) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      walk(fieldsA.get(key), fieldsB.get(key), inner);
    }
  };
  walk(a, b, "");
  return found;
}

function fieldsOf(value: unknown): Map<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return new Map(value.map((each, i) => [`${i}`, each]));
  const { $, items } = value as { readonly $?: unknown; readonly items?: unknown };
  if ($ === undefined) return new Map(Object.entries(value));
  if ($ === "object" || $ === "map") {
    return new Map(
      (items as [unknown, unknown][]).map(([key, each]) => [typeof key === "string" ? key : JSON.stringify(key), each]),
    );
  }
  return $ === "array" || $ === "set" ? new Map((items as unknown[]).map((each, i) => [`${i}`, each])) : undefined;
}

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function text(value: unknown): string | undefined {
  return value === undefined ? undefined : valueLine(value, 120);
}
