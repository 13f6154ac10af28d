import fs from "node:fs";
import module from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { mapImport } from "./import_map.ts";
import { programForm, publicModule } from "./program.ts";

/**
 * Loads a module of the user by its absolute path. `tinman`, `tinman/log`, … in it and in all that it imports are this very
 * program, so that it needs no network, no Deno and no import map; other bare names are looked up in the nearest deno.json.
 */
export function importUserModule(path: string): Promise<Record<string, unknown>> {
  hook();
  return import(pathToFileURL(path).href);
}

let hooked = false;

/** From the first user module on, because the modules of tinman itself need no help. */
function hook(): void {
  if (hooked) return;
  hooked = true;
  // Without a hook for loading, Deno resolves all static imports before it asks anybody (seen with 2.9.6).
  registerHooks({
    resolve,
    load: programForm() === "compiled" ? loadStripped : (url, context, next) => next(url, context),
  });
}

const resolve: ResolveHook = (specifier, context, next) => {
  const own = publicModule(specifier);
  if (own !== undefined) return { url: own.href, shortCircuit: true };
  const parent = context.parentURL;
  if (!parent?.startsWith("file:") || !isBare(specifier)) return next(specifier, context);
  return next(mapImport(specifier, new URL(".", parent)) ?? specifier, context);
};

/** A compiled executable has no compiler in it, but Node's type stripping. */
export const loadStripped: LoadHook = (url, context, next) => {
  if (!/^file:.*\.m?ts$/.test(url) || !fs.existsSync(new URL(url))) return next(url, context);
  const text = fs.readFileSync(new URL(url), "utf8");
  // "strip" keeps lines and columns, so that errors name the right place; "transform" also takes enums.
  const source = attempt(() => stripTypes(text, "strip")) ?? stripTypes(text, "transform", fileURLToPath(url));
  return { format: "module", source, shortCircuit: true };
};

/** `lib/units.ts`, `@/units.ts`, `#units`: neither a path nor a URL. */
function isBare(specifier: string): boolean {
  return !/^(?:\.{0,2}\/|[a-z][a-z0-9+.-]*:)/i.test(specifier);
}

function stripTypes(text: string, mode: "strip" | "transform", sourceUrl?: string): string {
  return module.stripTypeScriptTypes(text, { mode, ...(sourceUrl && { sourceUrl, sourceMap: true }) });
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

// Deno 2.9.6 has this function of Node, its types do not.
const { registerHooks } = module as unknown as {
  registerHooks(hooks: { resolve: ResolveHook; load: LoadHook }): void;
};

interface HookContext {
  readonly parentURL?: string;
}
interface Resolved {
  readonly url: string;
  readonly shortCircuit?: boolean;
}
interface Loaded {
  readonly format: string;
  readonly source: string;
  readonly shortCircuit?: boolean;
}
type ResolveHook = (
  specifier: string,
  context: HookContext,
  next: (specifier: string, context: HookContext) => Resolved,
) => Resolved;
type LoadHook = (url: string, context: HookContext, next: (url: string, context: HookContext) => Loaded) => Loaded;
