import type { CompiledForm, CompiledItem } from "./compile.ts";

/** Which instance of each repeat is meant: the path of the repeat → its instance. */
export type Place = Readonly<Record<string, string>>;

/** `household/member[2]/age`: what it is a value of, and which instance. */
export interface EntryKey {
  readonly item: CompiledItem;
  readonly place: Place;
}

/** The instance of a repeat at a place, if it is in that repeat. */
export function instanceIn(place: Place, repeat: string): string | undefined {
  return Object.hasOwn(place, repeat) ? place[repeat] : undefined;
}

/** Instances are counted, `1`, `2`, or have a name that nobody else gives, such as `k7f3`. */
const INSTANCE = /^[A-Za-z0-9_-]{1,64}$/;

/** Reads the key of a value, or says why it is none. */
export function parseKey(
  key: string,
  form: CompiledForm,
): EntryKey | { readonly problem: string; readonly path?: string } {
  if (key.length > 2_000) return { problem: "its name is too long" };
  const parts: string[] = [];
  const place: Record<string, string> = {};
  for (const part of key.split("/")) {
    const open = part.indexOf("[");
    parts.push(open < 0 ? part : part.slice(0, open));
    const path = parts.join("/");
    const item = form.items.get(path);
    if (item === undefined) return { problem: "the form has no such field", path: key };
    const repeats = item.field === undefined && item.repeats.at(-1) === path;
    const instance = open < 0 ? undefined : part.slice(open + 1, -1);
    if (repeats && instance === undefined) return { problem: `${path} repeats: say which one, ${path}[1]` };
    if (!repeats && instance !== undefined) return { problem: `${path} does not repeat` };
    if (instance === undefined) continue;
    if (!part.endsWith("]") || !INSTANCE.test(instance)) {
      return { problem: `expected ${path}[1], found ${part.slice(0, 80)}` };
    }
    place[path] = instance;
  }
  const item = form.items.get(parts.join("/"))!;
  return item.field === undefined ? { problem: "it is a group, and a group has no value" } : { item, place };
}

/** The key of an item at a place; the place has all repeats around it. */
export function keyAt(path: string, place: Place): string {
  let at = "";
  let key = "";
  for (const part of path.split("/")) {
    at += at === "" ? part : `/${part}`;
    key += key === "" ? part : `/${part}`;
    const instance = instanceIn(place, at);
    if (instance !== undefined) key += `[${instance}]`;
  }
  return key;
}

/** Which instances of repeats an entry has: those of which it has a value. */
export class Instances {
  readonly #known = new Map<string, Set<string>>();
  readonly #sorted = new Map<string, readonly string[]>();

  add({ item, place }: EntryKey): void {
    const outer: Record<string, string> = {};
    for (const repeat of item.repeats) {
      const key = keyAt(repeat, outer);
      const known = this.#known.get(key);
      if (known === undefined) this.#known.set(key, new Set([place[repeat]!]));
      else known.add(place[repeat]!);
      outer[repeat] = place[repeat]!;
    }
  }

  /** The instances of a repeat within `outer`, counted ones first. */
  of(repeat: string, outer: Place): readonly string[] {
    const key = keyAt(repeat, outer);
    let sorted = this.#sorted.get(key);
    if (sorted === undefined) {
      sorted = [...this.#known.get(key) ?? []].sort(byNumberThenText);
      this.#sorted.set(key, sorted);
    }
    return sorted;
  }

  /** All places of an item that agree with `here` in the repeats that both are in. */
  places({ repeats }: CompiledItem, here: Place): readonly Place[] {
    let places: readonly Place[] = [{}];
    let together = true;
    for (const repeat of repeats) {
      together = together && instanceIn(here, repeat) !== undefined;
      places = places.flatMap((outer) =>
        (together ? [here[repeat]!] : this.of(repeat, outer)).map((instance) => ({ ...outer, [repeat]: instance }))
      );
    }
    return places;
  }
}

function byNumberThenText(a: string, b: string): number {
  const [x, y] = [/^\d{1,15}$/.test(a) ? Number(a) : Infinity, /^\d{1,15}$/.test(b) ? Number(b) : Infinity];
  if (x !== y) return x < y ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
