/**
 * Holds the source to the picture in src/README.md. The table there, under `## Who may import whom`, has one row a folder:
 * `| log | errors bytes clock files codec |`. A row may also be for `mod.ts`, `codecs`, `plugins` or `examples`, and may
 * name entry points (`tinman`, `tinman/codec`). Packages are free; what they may be is said in deno.json.
 *
 * `deno run -A tests/architecture_test.ts` prints the table as the imports have it today.
 */
import assert from "node:assert/strict";
import { lineAt, listFiles, readSource, rootPath, type SourceFile } from "./source_files.ts";

const heading = "## Who may import whom";
const product = listFiles(["src", "codecs", "plugins", "examples", "mod.ts"], ".ts").map(readSource);
const shipped = product.filter(({ path }) => !path.endsWith("_test.ts"));
const everything = [...product, ...listFiles(["tests"], ".ts").map(readSource)];

const anyDeno = /\bDeno\./g;

/** What may not be said outside src/platform, and what to say in its place. */
const banned: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: anyDeno, instead: "take what you need as an option; src/platform has the real one" },
  { pattern: /\bDate\.now\(|\bnew Date\(\s*\)/g, instead: "clock.now()" },
  { pattern: /\bMath\.random\(|\bcrypto\.(?:getRandomValues|randomUUID)\b/g, instead: "the random that was passed in" },
  { pattern: /\bset(?:Timeout|Interval)\(/g, instead: "clock.sleep() or clock.every()" },
  { pattern: /\bperformance\./g, instead: "clock.elapsedNs()" },
];
const bannedModules = /^node:(fs|os|net|tls|dgram|http|https|process|child_process|perf_hooks|worker_threads)\b/;

Deno.test("every import across folders is in the table of src/README.md", () => {
  const table = readTable();
  const wrong = shipped.flatMap((file) =>
    edgesOf(file).flatMap(({ from, to, line }) => {
      const allowed = table.get(from);
      if (allowed === undefined) return [`${file.path}:${line}: the table has no row for ${from}`];
      return allowed.has(to) ? [] : [`${file.path}:${line}: ${from} may not import ${to}`];
    })
  );
  const folders = new Set([...table.keys()].filter((name) => !isThere(name)));
  assert.deepEqual([...folders], [], `src/README.md, "${heading}": rows for folders that are not there`);
  report(wrong, `Change the import, or the table under "${heading}" in src/README.md`);
});

Deno.test("no folder imports itself through others", () => {
  const graph = new Map<string, Set<string>>();
  for (const { from, to } of shipped.flatMap(edgesOf)) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  const cycle = findCycle(graph);
  assert.equal(cycle, undefined, `The folders import each other in a circle: ${cycle?.join(" → ")}`);
});

Deno.test("imports across folders go through mod.ts", () => {
  const wrong = product.flatMap(({ path, imports }) =>
    imports.flatMap(({ specifier, line }) => {
      const target = resolve(path, specifier);
      if (target === undefined || folderOf(target) === folderOf(path) || isFace(target, path)) return [];
      return [`${path}:${line}: ${specifier}`];
    })
  );
  report(wrong, "Import the other folder's mod.ts, or move what is shared one layer down");
});

Deno.test("codecs, plugins and examples import the public entry points, as a stranger would", () => {
  const wrong = product.filter(({ path }) => !path.startsWith("src/") && path !== "mod.ts" && path !== "codecs/mod.ts")
    .flatMap(({ path, imports }) =>
      imports.filter(({ specifier }) => resolve(path, specifier)?.startsWith("src/") ?? false)
        .map(({ specifier, line }) => `${path}:${line}: ${specifier}`)
    );
  report(wrong, 'Import from "tinman", "tinman/codec" or another entry point in deno.json');
});

Deno.test("packages are named with their version in deno.json, not in an import", () => {
  const wrong = product.flatMap(({ path, imports }) =>
    imports.filter(({ specifier }) => /^(npm|jsr|https?):/.test(specifier))
      .map(({ specifier, line }) => `${path}:${line}: ${specifier}`)
  );
  report(wrong, 'Add the package to "imports" in deno.json and use the name given there');
});

Deno.test("time, chance and the outside come in as options, except in src/platform", () => {
  const inner = shipped.filter(({ path }) => /^(src|codecs|plugins|mod\.ts)\b/.test(path) && !mayReachOut(path));
  const wrong = inner.flatMap((file) => [
    ...banned.filter(({ pattern }) => !(pattern === anyDeno && isPlugin(file))).flatMap(({ pattern, instead }) =>
      [...file.code.matchAll(pattern)].map((m) => `${file.path}:${lineAt(file.code, m.index)}: ${m[0]} → ${instead}`)
    ),
    ...file.imports.filter(({ specifier }) => bannedModules.test(specifier)).map(({ specifier, line }) =>
      `${file.path}:${line}: ${specifier} → a contract, and its real form in src/platform`
    ),
  ]);
  report(wrong, "Each line names what to use in its place");
});

Deno.test("a plugin uses of Deno what it asks for, and imports its own files and tinman/plugin alone", () => {
  const files = shipped.filter(isPlugin);
  const wrong = files.flatMap(({ path, code, imports }) => {
    const folder = path.split("/").slice(0, 2).join("/");
    const manifest = JSON.parse(Deno.readTextFileSync(`${rootPath}${folder}/plugin.jsonc`));
    const asked = (manifest.capabilities as { name: string }[]).map(({ name }) => name);
    return [
      ...[...code.matchAll(/\bDeno\.(\w+)/g)]
        .filter(([, name]) => !(denoNeeds[name!] ?? ["nothing that is known"]).every((need) => asked.includes(need)))
        .map((m) =>
          `${path}:${lineAt(code, m.index)}: ${m[0]} needs ${denoNeeds[m[1]!]?.join(" ") ?? "a line in denoNeeds"}`
        ),
      ...imports.filter(({ specifier }) =>
        specifier !== "tinman/plugin" && resolve(path, specifier)?.startsWith(`${folder}/`) !== true
      ).map(({ specifier, line }) => `${path}:${line}: ${specifier}`),
    ];
  });
  report(wrong, "Name the capability in plugin.jsonc, with its reason; a plugin shares no code with others");
});

Deno.test("no file is over 500 lines", () => {
  const long = everything.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > 500).map(({ path, lines }) => `${path}: ${lines} lines`);
  report(long, "Split by idea: most files are around a hundred lines");
});

Deno.test("no test is left to run alone", () => {
  const wrong = everything.filter(({ code }) => /\.only\s*\(|\bonly: true\b/.test(code)).map(({ path }) => path);
  report(wrong, "Take the `only` out");
});

Deno.test("no file names a path of one machine", () => {
  const machine = new RegExp(["root", "home", "work"].map((name) => `(?<![\\w.~-])/${name}/`).join("|"), "g");
  const others = [
    ...listFiles(["src", "codecs", "plugins", "examples", "tests", ".github", ".ci"], ".md"),
    "README.md",
  ];
  const texts = [...everything, ...others.filter(isThere).map(readSource)];
  const wrong = texts.flatMap(({ path, text }) =>
    [...text.matchAll(machine)].map((m) => `${path}:${lineAt(text, m.index)}: ${m[0]}`)
  );
  report(wrong, "Use a path relative to the project, or a temporary folder");
});

/**
 * Whether `target` is what a folder shows to `importer`: mod.ts, or `public.ts` where it shows less to the world. Tests may
 * take from src/testing what is not for everybody.
 */
function isFace(target: string, importer: string): boolean {
  if (importer === "mod.ts" && target.endsWith("/public.ts")) return true;
  if (importer.endsWith("_test.ts") && target.startsWith("src/testing/")) return true;
  return target.endsWith("/mod.ts") || target === "mod.ts" || target === "deno.json" || /^src\/\w+\.ts$/.test(target);
}

/**
 * The command line's main file is where the process begins: arguments and the exit code are there. src/compile makes the
 * executable, and is not in it. The inspector's page runs in a browser.
 */
function mayReachOut(path: string): boolean {
  return /^src\/(platform|compile|inspector\/page)\//.test(path) || path === "src/cli/main.ts";
}

/** Plugins run in a process of their own, where `Deno` has what was granted. */
function isPlugin({ path }: SourceFile): boolean {
  return path.startsWith("plugins/");
}

/** The capabilities that a part of Deno needs; opening for both directions needs `write` too, which its user says. */
const denoNeeds: Readonly<Record<string, readonly string[]>> = {
  FsFile: [],
  OpenOptions: [],
  SeekMode: [],
  TcpConn: [],
  TcpListener: [],
  DatagramConn: [],
  NetAddr: [],
  errors: [],
  open: ["read"],
  stat: ["read"],
  readDir: ["read"],
  realPath: ["read"],
  readTextFileSync: ["read"],
  Command: ["run"],
  connect: ["net"],
  connectTls: ["net"],
  listen: ["net"],
  listenDatagram: ["net"],
  loadavg: ["sys"],
  systemMemoryInfo: ["sys"],
};

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

/** What this file imports from outside its own folder, as names of the table. */
function edgesOf({ path, imports }: SourceFile): Edge[] {
  const from = folderOf(path);
  return imports.flatMap(({ specifier, line }) => {
    if (/^tinman(\/|$)/.test(specifier)) return [{ from, to: specifier, line }];
    const target = resolve(path, specifier);
    const to = target?.endsWith(".ts") ? folderOf(target) : from;
    return to === from ? [] : [{ from, to, line }];
  });
}

/** `src/log/reader.ts` is in `log`, `codecs/json.ts` in `codecs`, `mod.ts` in `mod.ts`. */
function folderOf(path: string): string {
  const parts = path.split("/");
  return (parts[0] === "src" ? parts[1] : parts[0])!;
}

/** A relative import as a path from the root, undefined for packages and entry points. */
function resolve(path: string, specifier: string): string | undefined {
  if (!/^\.\.?\//.test(specifier)) return undefined;
  return decodeURIComponent(new URL(specifier, `file:///${path}`).pathname.slice(1));
}

function readTable(): Map<string, Set<string>> {
  const text = isThere("src/README.md") ? Deno.readTextFileSync(`${rootPath}src/README.md`) : "";
  const section = text.split(/^(?=## )/m).find((part) => part.startsWith(heading));
  assert.ok(
    section,
    `src/README.md has no section "${heading}" with a table: | log | errors bytes clock files codec |`,
  );
  const rows = [...section.matchAll(/^\|([^|]+)\|([^|]*)\|/gm)].map((m) => [words(m[1]!), words(m[2]!)] as const);
  const table = new Map(
    rows.filter(([name]) => name.length === 1 && /^[\w.]+$/.test(name[0]!) && name[0] !== "folder")
      .map(([name, allowed]) => [name[0]!, new Set(allowed)]),
  );
  assert.ok(table.size > 0, `src/README.md, "${heading}": no rows such as | log | errors bytes clock files codec |`);
  return table;
}

function words(cell: string): string[] {
  return cell.replaceAll("`", " ").split(/[\s,·]+/).filter((word) => word !== "" && word !== "–" && word !== "-");
}

function isThere(name: string): boolean {
  return [name, `src/${name}`].some((path) => {
    try {
      return Deno.statSync(rootPath + path) !== undefined;
    } catch {
      return false;
    }
  });
}

function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const next of graph.get(name) ?? []) {
      const found = visit(next, [...path, name]);
      if (found !== undefined) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const found = visit(name, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

function report(wrong: readonly string[], fix: string): void {
  assert.equal(wrong.length, 0, `\n${wrong.join("\n")}\n${fix}\n`);
}

if (import.meta.main) {
  const uses = new Map<string, Set<string>>();
  for (const file of shipped) uses.set(folderOf(file.path), uses.get(folderOf(file.path)) ?? new Set());
  for (const { from, to } of shipped.flatMap(edgesOf)) uses.get(from)!.add(to);
  console.log(`${heading}\n\n| folder | may import |\n|---|---|`);
  for (const [from, to] of [...uses].sort()) console.log(`| ${from} | ${[...to].sort().join(" ")} |`);
}
