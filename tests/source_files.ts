/** A source file, with the two views of its text that the tests look at. Line numbers stay as in the file. */
export interface SourceFile {
  /** Path from the root of the repository, such as `src/log/reader.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text without comments and without what stands in plain strings. */
  readonly code: string;
  /** What it imports and exports from, static or dynamic, as written. */
  readonly imports: readonly { readonly specifier: string; readonly line: number }[];
}

/** The root of the repository, as a path that ends with a slash. */
export const rootPath: string = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** All files below the folders (or the files themselves) whose name ends so, sorted. A missing folder has none. */
export function listFiles(folders: readonly string[], ending: string): string[] {
  return folders.flatMap((folder) => walk(folder)).filter((path) => path.endsWith(ending)).sort();
}

/** Reads and prepares one TypeScript file. */
export function readSource(path: string): SourceFile {
  const text = Deno.readTextFileSync(rootPath + path);
  return { path, text, code: blank(text, "strings"), imports: readImports(text) };
}

/** The 1-based line at which position `at` of `text` stands. */
export function lineAt(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}

/** The import specifiers of a module. Template literals are left out: they hold code that is written, not run. */
export function readImports(text: string): { specifier: string; line: number }[] {
  const plain = blank(text, "templates");
  const pattern = /\b(?:import|export)\b[^"'`;=()]*?\bfrom\s*["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/g;
  return [...plain.matchAll(pattern)].map((m) => ({ specifier: (m[1] ?? m[2])!, line: lineAt(plain, m.index) }));
}

/** Blanks comments, and the inside of plain strings or of template literals; keeps every line break. */
function blank(text: string, what: "strings" | "templates"): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;
  return text.replace(token, (found) => {
    const quote = found[0]!;
    if (quote === "/") return found.replace(/[^\n]/g, " ");
    if ((quote === "`") !== (what === "templates")) return found;
    return quote + found.slice(1, -1).replace(/[^\n]/g, " ") + quote;
  });
}

function walk(path: string): string[] {
  const stat = tryStat(path);
  if (stat === undefined) return [];
  if (stat.isFile) return [path];
  return [...Deno.readDirSync(rootPath + path)].flatMap((entry) =>
    entry.name === "node_modules" || entry.name.startsWith(".") ? [] : walk(`${path}/${entry.name}`)
  );
}

function tryStat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(rootPath + path);
  } catch {
    return undefined;
  }
}
