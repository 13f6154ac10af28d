import nodesText from "./template/nodes.ts" with { type: "text" };
import readmeText from "./template/README.md" with { type: "text" };
import { imports, version } from "./version.ts";

/** The files of a new project by name. `tinman` is the folder that this tinman runs from, if it runs from source. */
export function projectFiles(
  options: { readonly name: string; readonly root: string | undefined },
): Record<string, string> {
  return {
    "nodes.ts": nodesText,
    "deno.json": JSON.stringify(projectConfig(options.root), undefined, 2) + "\n",
    "README.md": readmeText.replaceAll("{{name}}", options.name),
    ".gitignore": "recordings/\n",
  };
}

/** The root of the source that this module is part of, or undefined in a bundle or an executable. */
export function sourceRoot(): string | undefined {
  const here = new URL(import.meta.url);
  return here.protocol === "file:" && here.pathname.endsWith("/src/cli/project.ts")
    ? new URL("../../", here).href
    : undefined;
}

function projectConfig(root: string | undefined): unknown {
  const start = root === undefined ? "tinman" : `deno run -A --config deno.json ${root}src/cli/main.ts`;
  return {
    imports: root === undefined ? { tinman: `jsr:@tinman/tinman@${version}` } : absoluteImports(root),
    tasks: {
      run: `${start} run nodes.ts`,
      record: `${start} run nodes.ts --record`,
      replay: `${start} replay latest nodes.ts --speed 1`,
      verify: `${start} replay latest nodes.ts --verify`,
      tinman: start,
    },
  };
}

// All of them, because bare names in the source of tinman are looked up in the project's map too.
function absoluteImports(root: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(imports).filter(([name]) => name !== "fast-check")
      .map(([name, target]) => [name, target.startsWith("./") ? new URL(target, root).href : target]),
  );
}
