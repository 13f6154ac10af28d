import { parse } from "es-module-lexer/js";
import { stripTypeScriptTypes } from "node:module";
import { TinmanError } from "../errors/mod.ts";
import { nestingProblem } from "./nesting.ts";
import { type PluginPackage, toText } from "./package.ts";
import { pathProblem, resolveIn } from "./paths.ts";
import type { GuestModule } from "./protocol.ts";

/** The one module outside of its package that a plugin may import. */
export const PLUGIN_MODULE = "tinman/plugin";

/**
 * The modules of a plugin that are reached from its main one: JavaScript, each after those that it imports, and every
 * import named by another of the list or `tinman/plugin`.
 *
 * Imports are held to files of the package, so that nothing runs that was not hashed. Import of any other kind is refused
 * here by what the text says; the border around the plugin refuses it again.
 *
 * @throws {TinmanError} `MODULE`, with all that is refused, each with file and line.
 */
export function prepareModules(pkg: PluginPackage): readonly GuestModule[] {
  const problems: string[] = [];
  const done = new Map<string, GuestModule>();
  const seen = new Set<string>();
  const visit = (path: string, above: readonly string[]): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const module = readModule(pkg, path, problems);
    if (module === undefined) return;
    for (const { target, line } of module.imports) {
      const cycle = [...above, path].indexOf(target);
      const circle = [...above, path, target].slice(cycle).join(" → ");
      if (cycle >= 0) problems.push(`${path}:${line}: modules import each other in a circle: ${circle}`);
      else visit(target, [...above, path]);
    }
    done.set(path, { name: path, code: module.code });
  };
  visit(pkg.manifest.main, []);
  if (problems.length === 0) return [...done.values()];
  const { id } = pkg.manifest;
  throw new TinmanError("MODULE", `Cannot load plugin ${id}: ${problems.slice(0, 50).join("; ")}`, {
    path: `${pkg.folder}/${pkg.manifest.main}`,
    hint: `a plugin imports its own files by "./…" and "${PLUGIN_MODULE}", nothing else`,
  });
}

interface ReadModule {
  readonly code: string;
  readonly imports: readonly { readonly target: string; readonly line: number }[];
}

function readModule(pkg: PluginPackage, path: string, problems: string[]): ReadModule | undefined {
  const text = toText(pkg.files.get(path)!, pkg.folder, path).replace(/^\ufeff/, "");
  const source = readImports(text, path, problems);
  if (source === undefined) return undefined;
  const { code, found } = source;
  const imports: { target: string; line: number }[] = [];
  let rewritten = "";
  let copied = 0;
  const refuse = (at: number, what: string) => problems.push(`${path}:${lineAt(code, at)}: ${what}`);
  // To find a line takes time, and a hostile module may have a million.
  if (found.length > MAX_IMPORTS) {
    refuse(0, `it has ${found.length} imports, more than ${MAX_IMPORTS}`);
    return undefined;
  }
  for (const each of found) {
    const problem = refusal(each, code);
    if (problem !== undefined) {
      refuse(each.importStart, problem);
      continue;
    }
    const specifier = each.specifier as string;
    if (specifier === PLUGIN_MODULE) continue;
    const target = resolveIn(path, specifier);
    const missing = target === undefined
      ? "leads out of the package"
      : pathProblem(target) !== undefined || !pkg.files.has(target)
      ? "is not a file of the package"
      : MODULE_NAME.test(target)
      ? undefined
      : "is not a module: its name has to end in .ts, .js, .mts or .mjs";
    if (missing !== undefined) {
      refuse(each.importStart, `${JSON.stringify(specifier)} ${missing}`);
      continue;
    }
    // The lexer gives the text between the quotes; names of files need no escapes.
    rewritten += code.slice(copied, each.start) + target;
    copied = each.end;
    imports.push({ target: target!, line: lineAt(code, each.importStart) });
  }
  const starts = new Set(found.map(({ importStart }) => importStart));
  const hidden = code.matchAll(HIDDEN).find(({ index }) => !starts.has(index));
  if (hidden !== undefined) {
    refuse(hidden.index, "import( and import. are not allowed, not even in a text or a comment");
  }
  return { code: rewritten + code.slice(copied), imports };
}

type Import = ReturnType<typeof parse>[0][number];

function readImports(
  text: string,
  path: string,
  problems: string[],
): { code: string; found: readonly Import[] } | undefined {
  if (!MODULE_NAME.test(path)) {
    problems.push(`${path}:1: it is not a module: its name has to end in .ts, .js, .mts or .mjs`);
    return undefined;
  }
  const isTyped = /ts$/.test(path);
  const deep = isTyped ? nestingProblem(text) : undefined;
  if (deep !== undefined) {
    problems.push(`${path}:${lineAt(text, deep.at)}: ${deep.what}`);
    return undefined;
  }
  try {
    const code = isTyped ? stripTypeScriptTypes(text) : text;
    return { code, found: parse(code)[0] };
  } catch (error) {
    problems.push(`${path}:${lineOf(error)}: ${reason(error)}`);
    return undefined;
  }
}

/** Why an import is refused for what it is, wherever it leads. */
function refusal(found: Import, code: string): string | undefined {
  if (found.type === "import-meta") return "import.meta is not allowed";
  if (found.type === "dynamic") return "import() is not allowed: import at the top of the file";
  if (found.phase !== null) return `import ${found.phase} is not allowed`;
  if (found.attributes !== null || found.attributesStart >= 0) return "import attributes are not allowed";
  const { specifier } = found;
  if (code.slice(found.start, found.end) !== specifier) return "the name of an import has escapes";
  if (specifier === PLUGIN_MODULE || /^\.\.?\//.test(specifier)) return undefined;
  return `${JSON.stringify(specifier.slice(0, 100))} is neither "./…" nor "${PLUGIN_MODULE}"`;
}

const MODULE_NAME = /\.m?[jt]s$/;

const MAX_IMPORTS = 1000;

// A lexer can be misled by a regular expression that looks like a division. Whatever is spelt like a dynamic import is
// refused, so that there is nothing left to mislead it with. A property `.import` is none, `...import()` is.
const HIDDEN = /(?<![\w$]|(?<!\.\.)\.)import\s*(?:[(.]|\/[*/])/g;

function lineAt(code: string, at: number): number {
  return code.slice(0, at).split("\n").length;
}

/** The line that an error of the lexer or of the stripper names. */
function lineOf(error: unknown): number {
  return Number(/:(\d+):\d+\s*$/.exec(error instanceof Error ? error.message : "")?.[1] ?? 1);
}

function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const unsupported = /^(TypeScript .*?) in strip-only mode/.exec(message);
  if (unsupported !== null) return `${unsupported[1]}: write what can be run when types are taken out`;
  return `it cannot be parsed: ${message.replace(/ at file:.*$| @:[\d:]+$/, "")}`;
}
