/**
 * Runs what the documents show: every `ts` block of README.md, src/**, codecs/** and plugins/** as a module of its own,
 * and the `sh` blocks of README.md that call `tinman` or `deno task`, in order, in one temporary folder that looks like a clone.
 * How to mark a block that continues another or cannot be run: see doc_blocks.ts.
 */
import assert from "node:assert/strict";
import { type DocBlock, readBlocks } from "./doc_blocks.ts";
import { listFiles, rootPath } from "./source_files.ts";

const limitMs = 30_000;
const ours = /^(\$ )?(tinman|deno task)\b/m;
/** Left out wherever they stand: they run this test, or for minutes, and CI runs them. */
const ownTasks = /^(\$ )?deno task (test|ok|bench)\b.*$/gm;

const documents = ["README.md", ...listFiles(["src", "codecs", "plugins"], ".md")];
const scripts = readAll("README.md", "sh").filter(({ code }) => ours.test(code.replace(ownTasks, "")));
const programs = documents.flatMap((path) => readAll(path, "ts"));

Deno.test("README.md has code that runs", () => {
  assert.ok(
    programs.some(({ where, notRun }) => where.startsWith("README.md") && !notRun),
    "README.md has no ts block",
  );
});

Deno.test("the code in the documents has no type errors", async () => {
  await using folder = await createWorkplace();
  const files = await Promise.all(programs.filter(({ notRun }) => !notRun).map((block) => write(block, folder)));
  // All at once: the compiler starts once.
  await run("any of these", [Deno.execPath(), "check", ...files], folder);
});

for (const block of programs) {
  const { where, notRun } = block;
  Deno.test({
    name: `the code at ${where} runs${notRun ? ` (not run: ${notRun})` : ""}`,
    ignore: notRun !== undefined,
    fn: async () => {
      await using folder = await createWorkplace();
      await run(where, [Deno.execPath(), "run", "-A", await write(block, folder)], folder);
    },
  });
}

Deno.test("the commands in README.md run, one after the other", async (t) => {
  await using folder = await createWorkplace();
  for (const { where, notRun, code } of scripts) {
    await t.step({
      name: `${where}${notRun ? ` (not run: ${notRun})` : ""}`,
      ignore: notRun !== undefined,
      fn: () =>
        run(where, ["bash", "-euo", "pipefail", "-c", code.replace(ownTasks, "").replace(/^\$ /gm, "")], folder),
    });
  }
});

interface Workplace extends AsyncDisposable {
  readonly path: string;
  /** A folder with `tinman` and `deno` as a user would have them on the PATH. */
  readonly bin: string;
}

/** A temporary folder that looks like a clone of this repository: what is written there stays out of this one. */
async function createWorkplace(): Promise<Workplace> {
  const path = await Deno.makeTempDir({ prefix: "tinman-docs-" });
  for (const { name } of Deno.readDirSync(rootPath)) {
    if (!name.startsWith(".") && name !== "recordings") await Deno.symlink(rootPath + name, `${path}/${name}`);
  }
  const bin = `${path}/.bin`;
  await Deno.mkdir(bin);
  await writeCommand(`${bin}/deno`, `exec '${Deno.execPath()}' "$@"`);
  const executable = Deno.env.get("TINMAN_BIN");
  const tinman = executable ? `'${executable}'` : `'${Deno.execPath()}' run -A '${path}/src/cli/main.ts'`;
  await writeCommand(`${bin}/tinman`, `exec ${tinman} "$@"`);
  return { path, bin, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Writes the code into a file whose name says where it comes from. */
async function write({ where, code }: DocBlock, folder: Workplace): Promise<string> {
  const name = `${where.replace(/[^\w.]/g, "_")}.ts`;
  await Deno.writeTextFile(`${folder.path}/${name}`, code);
  return name;
}

async function writeCommand(path: string, script: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

async function run(where: string, [command, ...args]: readonly string[], folder: Workplace): Promise<void> {
  const child = new Deno.Command(command!, {
    args,
    cwd: folder.path,
    env: { PATH: `${folder.bin}:${Deno.env.get("PATH") ?? ""}`, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true, // a process group of its own, so that what bash started ends with it
  }).spawn();
  const timer = setTimeout(() => Deno.kill(-child.pid, "SIGKILL"), limitMs);
  const { code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const end = signal === "SIGKILL" ? `did not end within ${limitMs / 1000} s` : `ended with code ${code}`;
  assert.equal(code, 0, `Code at ${where} ${end}:\n${said}`);
}

function readAll(path: string, language: string): DocBlock[] {
  try {
    return readBlocks(path, { text: Deno.readTextFileSync(rootPath + path), language });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
