import fs from "node:fs";
import { TinmanError } from "../errors/mod.ts";

/**
 * Where a bare name such as `lib/units.ts` leads for a module in `folder`: what `imports` says in the nearest deno.json or
 * deno.jsonc. Undefined where it says nothing. `scopes`, and names that are paths or URLs, are left to Deno.
 *
 * @throws {TinmanError} `CONFIG` for a file that is not JSON.
 */
export function mapImport(specifier: string, folder: URL): string | undefined {
  const found = nearestImports(folder);
  if (found === undefined) return undefined;
  const { imports, base } = found;
  const name = Object.hasOwn(imports, specifier) ? specifier : longestPrefix(specifier, imports);
  const target = name === undefined ? undefined : imports[name];
  if (name === undefined || typeof target !== "string") return undefined;
  const whole = target + specifier.slice(name.length);
  return /^\.{0,2}\//.test(target) ? new URL(whole, base).href : whole;
}

interface FoundImports {
  readonly imports: Readonly<Record<string, unknown>>;
  /** Where its relative paths start from. */
  readonly base: URL;
}

/** Like Deno, the nearest file counts, whether or not it has imports. */
function nearestImports(folder: URL): FoundImports | undefined {
  for (let place = folder;;) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const base = new URL(name, place);
      const text = tryRead(base);
      if (text !== undefined) return { imports: parseImports(text, base), base };
    }
    const parent = new URL("..", place);
    if (parent.href === place.href) return undefined;
    place = parent;
  }
}

function parseImports(text: string, path: URL): FoundImports["imports"] {
  try {
    return (JSON.parse(withoutComments(text)) as { imports?: FoundImports["imports"] } | null)?.imports ?? {};
  } catch (cause) {
    const where = decodeURIComponent(path.pathname);
    throw new TinmanError("CONFIG", `Cannot read ${where}: it is not JSON`, { path: where, cause });
  }
}

/** JSON as people write it: with comments, and with a comma after the last member. */
function withoutComments(text: string): string {
  const plain = text.replace(/("(?:\\.|[^"\\])*")|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (_, string) => string ?? " ");
  return plain.replace(/("(?:\\.|[^"\\])*")|,(?=\s*[\]}])/g, (_, string) => string ?? "");
}

function longestPrefix(specifier: string, imports: FoundImports["imports"]): string | undefined {
  return Object.keys(imports).filter((name) => name.endsWith("/") && specifier.startsWith(name))
    .sort((a, b) => b.length - a.length)[0];
}

function tryRead(path: URL): string | undefined {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
