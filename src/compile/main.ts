/**
 * `deno task compile`: tinman as one file, for a machine that has nothing installed and no network.
 *
 * @module
 */
import { basename, dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { catalogue, isTinmanError, TinmanError } from "../errors/mod.ts";
import { bundle } from "./bundle.ts";
import { compileExecutable } from "./executable.ts";
import { encodePortable } from "./portable.ts";
import config from "../../deno.json" with { type: "json" };

const usage = `deno task compile [--portable] [--target TARGET] [--runtime DENO] [--output FILE]

  --portable         one shell script with the whole Deno in it; needs no download
  --target TARGET    the system it is for, such as aarch64-unknown-linux-gnu (default: this one)
  --runtime DENO     with --portable for another system: the deno of that system, a file
  --output FILE      what to write (default: dist/tinman)`;

/** What `uname -sm` says on the systems that the portable form is made for. */
const SYSTEMS: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "Linux x86_64",
  "aarch64-unknown-linux-gnu": "Linux aarch64",
  "x86_64-apple-darwin": "Darwin x86_64",
  "aarch64-apple-darwin": "Darwin arm64",
};

async function main(): Promise<void> {
  const { portable, target, runtime, output, help } = readFlags();
  if (help) return console.log(usage);
  const file = resolve(output);
  // Inside the project, under a name of its own: two may be made at once.
  const dist = `${import.meta.dirname}/../../dist`;
  Deno.mkdirSync(dist, { recursive: true });
  Deno.mkdirSync(dirname(file), { recursive: true });
  const folder = Deno.makeTempDirSync({ dir: dist, prefix: "bundle-" });
  try {
    const modules = await bundle(folder);
    if (portable) writePortable(file, { folder, modules, target, runtime });
    else await compileExecutable({ folder, modules, output: file, target });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
  console.log(`${output}  ${(Deno.statSync(file).size / 1e6).toFixed(1)} MB`);
}

function readFlags() {
  const defaults = { target: Deno.build.target, output: "dist/tinman" };
  const options = {
    portable: { type: "boolean", default: false },
    target: { type: "string" },
    runtime: { type: "string" },
    output: { type: "string", default: defaults.output },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  try {
    return parseArgs({ args: Deno.args, options, strict: true }).values;
  } catch (cause) {
    throw new TinmanError("USAGE", `Cannot compile: ${(cause as Error).message}`, { cause, hint: usage });
  }
}

interface PortableParts {
  readonly folder: string;
  readonly modules: readonly string[];
  readonly target: string | undefined;
  readonly runtime: string | undefined;
}

function writePortable(file: string, { folder, modules, target = Deno.build.target, runtime }: PortableParts): void {
  const system = SYSTEMS[target];
  if (system === undefined) {
    throw new TinmanError("USAGE", `Cannot make a portable file for ${target}`, {
      hint: `it can be made for ${Object.keys(SYSTEMS).join(", ")}`,
    });
  }
  if (runtime === undefined && target !== Deno.build.target) {
    throw new TinmanError("USAGE", `Cannot make a portable file for ${target} with the deno of ${Deno.build.target}`, {
      hint: `name the deno of that system with --runtime; npm has it: npm pack @deno/${
        npmName(target)
      }@${Deno.version.deno}`,
    });
  }
  const bytes = encodePortable({
    version: config.version,
    system,
    runtime: Deno.readFileSync(runtime ?? Deno.execPath()),
    modules: modules.map((path) => ({ path, bytes: Deno.readFileSync(`${folder}/${path}`) })),
  });
  // A file that runs is replaced, never written over.
  const beside = `${dirname(file)}/.${basename(file)}.${Deno.pid}`;
  Deno.writeFileSync(beside, bytes, { mode: 0o755 });
  Deno.chmodSync(beside, 0o755);
  Deno.renameSync(beside, file);
}

function npmName(target: string): string {
  const [, arch, os] = /^(\w+?)-\w+-(\w+)/.exec(target)!;
  return `${os}-${arch === "x86_64" ? "x64" : "arm64"}${os === "linux" ? "-glibc" : ""}`;
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!isTinmanError(error)) throw error;
    console.error(`error[${catalogue[error.code].number}]: ${error.message}`);
    if (error.hint !== undefined) console.error(`  fix: ${error.hint}`);
    Deno.exit(catalogue[error.code].exit);
  }
}
