import { deno } from "./deno.ts";
import { MAIN } from "./bundle.ts";

/** Options of {@linkcode compileExecutable}. */
export interface ExecutableOptions {
  /** The folder of the bundle, with nothing else in it. */
  readonly folder: string;
  /** The modules of the bundle, {@linkcode MAIN} first. */
  readonly modules: readonly string[];
  /** The file to write. */
  readonly output: string;
  /** The system to compile for, such as `aarch64-unknown-linux-gnu`. @default {this one} */
  readonly target?: string | undefined;
}

/**
 * `deno compile` on the bundle. It needs the runtime `denort`, which Deno downloads from dl.deno.land once, or takes from
 * where DENORT_BIN says.
 */
export async function compileExecutable({ folder, modules, output, target }: ExecutableOptions): Promise<void> {
  // In the folder of the bundle, so that nothing of this project gets in: neither node_modules nor a deno.json.
  const flags = ["--no-config", "--no-npm", "--no-remote", "--cached-only", "--no-prompt", "--allow-all"];
  // For the worker inside a plugin's process, which narrows the permissions that are baked in.
  const unstable = ["--unstable-worker-options", "--unstable-net"];
  const included = modules.filter((name) => name !== MAIN).map((name) => `--include=${name}`);
  const to = [...target === undefined ? [] : [`--target=${target}`], `--output=${output}`];
  await deno(["compile", ...flags, ...unstable, ...included, ...to, MAIN], {
    cwd: folder,
    failure: "Cannot compile",
    hints: [[
      /denort|dl\.deno\.land/,
      `Deno could not download its runtime denort: set DENORT_BIN to the file denort of Deno ${Deno.version.deno}` +
      `${target === undefined ? "" : ` for ${target}`}, or make the portable form, which needs no download: ` +
      "deno task compile --portable",
    ]],
  });
}
