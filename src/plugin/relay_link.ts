import { parse } from "es-module-lexer/js";
import type { GuestModule } from "./protocol.ts";

/** A module whose imports are to be put in where it is loaded, because only there the modules have their addresses. */
export interface LinkedModule {
  readonly name: string;
  /** Its text in pieces. */
  readonly code: readonly string[];
  /** Between two pieces stands the address of a module, by its place in the list; -1 is `tinman/plugin`. */
  readonly imports: readonly number[];
}

/** What goes in the place of the modules in a `load` message: why they cannot be loaded, or the modules. */
export type Linked = readonly [problem: string | null, modules: readonly LinkedModule[]];

/** Modules with their imports found, see {@linkcode linkModules}; a problem is for the guest to tell. */
export function tryLink(modules: readonly GuestModule[]): Linked {
  try {
    return [null, linkModules(modules)];
  } catch (error) {
    return [(error as Error).message, []];
  }
}

/**
 * Finds the imports of modules, each of which may be of a module before it or `tinman/plugin`. Whatever else can load
 * something is refused: the loader of the process looks at what the text says, not at who it belongs to.
 *
 * @throws {Error} Naming the module.
 */
export function linkModules(modules: readonly GuestModule[]): readonly LinkedModule[] {
  return modules.map(({ name, code }, index) => {
    const before = new Map(modules.slice(0, index).map((module, place) => [module.name, place]));
    const refuse = (what: string) => new Error(`Cannot load ${name}: ${what}`);
    let found;
    try {
      [found] = parse(code);
    } catch (error) {
      throw refuse(`it cannot be parsed: ${(error as Error).message}`);
    }
    const pieces: string[] = [];
    const imports: number[] = [];
    let at = 0;
    for (const each of found) {
      if (each.type === "import-meta" || each.type === "dynamic") {
        throw refuse("import.meta and import() are not allowed");
      }
      if (each.attributesStart >= 0) throw refuse("import attributes are not allowed");
      const { specifier, start, end } = each;
      const place = specifier === "tinman/plugin" ? -1 : before.get(specifier as string);
      if (place === undefined) throw refuse(`it imports ${JSON.stringify(specifier)}, which is not part of the plugin`);
      pieces.push(code.slice(at, start));
      imports.push(place);
      at = end;
    }
    if (DYNAMIC.test(code)) throw refuse("import( and import. are not allowed, not even in a text or a comment");
    return { name, code: [...pieces, code.slice(at)], imports };
  });
}

// Should the lexer be misled: a dynamic import cannot be spelt in another way. In a comment it is refused as well.
const DYNAMIC = /(?<![\w$.])import(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*\n)*[(.]/;
