import nodesText from "./template/nodes.ts" with { type: "text" };
import readmeText from "./template/README.md" with { type: "text" };
import { programAssets, sourceRoot } from "../platform/mod.ts";
import { entryPoints, imports } from "./version.ts";

/** The files of a new project, by name. */
export function projectFiles(options: { readonly name: string }): Record<string, string> {
  const commands = Object.entries(tasks()).map(([name, task]) => [name, sourceRoot() ? `deno task ${name}` : task]);
  const texts: Record<string, string> = { name: options.name, ...Object.fromEntries(commands) };
  const width = Math.max(...commands.map(([, text]) => text!.length));
  return {
    "nodes.ts": nodesText,
    "deno.json": toJson({ imports: projectImports(), tasks: tasks() }),
    "README.md": readmeText.replaceAll(
      /\{\{(\w+)\}\}( +# )?/g,
      (_, name: string, comment?: string) => comment ? `${texts[name]!.padEnd(width)}  # ` : texts[name]!,
    ),
    ".gitignore": "recordings/\n.tinman/\n",
    ...editorFiles(),
  };
}

/** What an editor needs to know the types of tinman. None from source, where the imports lead to the source itself. */
export function editorFiles(): Record<string, string> {
  if (sourceRoot()) return {};
  const types = programAssets("types");
  return {
    ...Object.fromEntries(types.list().map((path) => [`.tinman/types/${path}`, types.read(path)])),
    // For editors that know TypeScript and not Deno.
    "tsconfig.json": toJson({
      compilerOptions: {
        target: "esnext",
        module: "preserve",
        lib: ["esnext", "dom"],
        allowImportingTsExtensions: true,
        noEmit: true,
        strict: true,
        skipLibCheck: true,
        paths: Object.fromEntries(Object.entries(projectImports()).map(([name, target]) => [name, [target]])),
      },
    }),
  };
}

/** The nodes run with the tinman that runs them, whatever stands here: this is for editors, `deno check` and `deno test`. */
function projectImports(): Record<string, string> {
  const root = sourceRoot();
  if (root === undefined) {
    return Object.fromEntries(
      Object.entries(entryPoints).map(([name, path]) => [
        `tinman${name.slice(1)}`,
        `./.tinman/types/${path.slice(2).replace(/\.ts$/, ".d.ts")}`,
      ]),
    );
  }
  // All of them, because bare names in the source of tinman are looked up in the project's map too.
  return Object.fromEntries(
    Object.entries(imports).filter(([name]) => name !== "fast-check")
      .map(([name, target]) => [name, target.startsWith("./") ? new URL(target, root).href : target]),
  );
}

function tasks(): Readonly<Record<string, string>> {
  const root = sourceRoot();
  const start = root === undefined ? "tinman" : `deno run -A ${root}src/cli/main.ts`;
  return {
    dev: `${start} run nodes.ts`,
    record: `${start} run nodes.ts --record`,
    replay: `${start} replay latest nodes.ts --speed 1`,
    test: `${start} replay latest nodes.ts --verify`,
    inspect: `${start} log info latest`,
    tinman: start,
  };
}

function toJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2) + "\n";
}
