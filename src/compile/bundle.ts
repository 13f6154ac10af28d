import { gunzipSync } from "node:zlib";
import { TinmanError } from "../errors/mod.ts";
import { folderAssets } from "../platform/mod.ts";
import { deno } from "./deno.ts";
import { decodeTar } from "./tar.ts";
import config from "../../deno.json" with { type: "json" };

/** The module that a bundle starts with. */
export const MAIN = "main.js";

const root = new URL("../../", import.meta.url);
const exports: Readonly<Record<string, string>> = config.exports;

/**
 * Makes the program into a few modules in one folder, without a network: `main.js` is the command line, `mod.js`, `log.js`, …
 * are the entry points of deno.json; what several need is in chunks that they share, so that there is one of everything.
 * Needs nothing outside the folder. Returns the names of the modules, `main.js` first.
 *
 * `folder` has to be inside the project: the modules name their sources relative to it.
 */
export async function bundle(folder: string): Promise<string[]> {
  const work = `${folder}/.work`;
  Deno.mkdirSync(work, { recursive: true });
  const entries = Object.entries(exports).map(([name, path]) => [name === "." ? "mod" : name.slice(2), path] as const);
  const write = (name: string, text: string) => Deno.writeTextFileSync(`${work}/${name}`, text);
  write("main.ts", `import { start } from ${JSON.stringify(fromRoot("src/cli/main.ts"))};\nawait start();\n`);
  for (const [name, path] of entries) write(`${name}.ts`, `export * from ${JSON.stringify(fromRoot(path))};\n`);
  // A plugin's process starts with a module of its own: 40 ms in place of 150.
  write("plugin_host.ts", `import ${JSON.stringify(fromRoot("src/platform/plugin_host_main.ts"))};\n`);
  write("stage_worker.ts", `import ${JSON.stringify(fromRoot("src/machine/stage_worker.ts"))};\n`);
  write("embedded.ts", `export const embedded = ${JSON.stringify({ files: await embeddedFiles(work) })};\n`);
  write("deno.json", JSON.stringify({ imports: bundleImports() }));
  const sources = ["main.ts", "plugin_host.ts", "stage_worker.ts", ...entries.map(([name]) => `${name}.ts`)];
  await deno(["bundle", "--quiet", "--config=deno.json", "--no-lock", "--code-splitting", "--outdir=../", ...sources], {
    cwd: work,
    failure: "Cannot bundle",
  });
  Deno.removeSync(work, { recursive: true });
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) => name.endsWith(".js")).sort();
  return [MAIN, ...names.filter((name) => name !== MAIN)];
}

/** Imports as in deno.json, and the module with the embedded files in the place of the empty one. */
function bundleImports(): Record<string, string> {
  const imports = Object.entries(config.imports as Record<string, string>)
    .map(([name, target]) => [name, target.startsWith("./") ? fromRoot(target) : target]);
  return { ...Object.fromEntries(imports), [fromRoot("src/platform/embedded.ts")]: "./embedded.ts" };
}

async function embeddedFiles(work: string): Promise<Record<string, string>> {
  const files = ["plugins", "src/inspector/page"].flatMap((folder) => {
    const assets = folderAssets(new URL(`${folder}/`, root));
    const paths = assets.list().filter((path) => folder === "plugins" || !/_test\.ts$|\.json$/.test(path));
    return paths.map((path) => [`${folder}/${path}`, assets.read(path)]);
  });
  const types = (await declarations(work)).map(([path, text]) => [`types/${path}`, text]);
  return Object.fromEntries([...files, ...types]);
}

/** The types of the public modules and of what they stand on, by path. `deno pack` writes them as for the npm registry. */
async function declarations(work: string): Promise<[string, string][]> {
  const output = `${Deno.realPathSync(work)}/types.tgz`;
  const ignored = ["tests", "examples", "plugins", "dist", "src/cli", "src/compile"];
  await deno(["pack", "--quiet", "--allow-dirty", "--no-source-maps", `--ignore=${ignored}`, `--output=${output}`], {
    cwd: root,
    failure: "Cannot make the type declarations",
  });
  const found = decodeTar(gunzipSync(Deno.readFileSync(output)))
    .filter(({ path }) => path.endsWith(".d.ts") && !/_test\.d\.ts$/.test(path))
    .map(({ path, bytes }): [string, string] => [path.replace(/^package\//, ""), new TextDecoder().decode(bytes)]);
  const paths = new Set(found.map(([path]) => path));
  for (const path of Object.values(exports)) {
    const wanted = path.slice(2).replace(/\.ts$/, ".d.ts");
    if (!paths.has(wanted)) {
      throw new TinmanError("MODULE", `Cannot make the type declarations: there is no ${wanted}`, {
        path,
        hint: "deno publish --dry-run --allow-dirty names the public symbol that has no explicit type",
      });
    }
  }
  return found;
}

function fromRoot(path: string): string {
  return new URL(path, root).href;
}
