// Goal: the program can start itself again, with less permissions, and finds what comes with it.
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { embeddedAssets, folderAssets, programAssets } from "../../src/platform/assets.ts";
import { programForm, publicModule, selfCommand, sourceRoot } from "../../src/platform/mod.ts";

async function run(flags: readonly string[] | undefined, ...words: string[]) {
  const { command, args } = selfCommand(flags && { flags });
  const folder = Deno.makeTempDirSync();
  try {
    const ended = await new Deno.Command(command, { args: [...args, ...words], cwd: folder, stdin: "null" }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code: ended.code, stdout: decode(ended.stdout), stderr: decode(ended.stderr) };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("selfCommand() starts this program again, from any folder", async () => {
  assert.equal(programForm(), "source");
  assert.equal(selfCommand().takesFlags, true);
  const { code, stdout, stderr } = await run(undefined, "version", "--json");
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  assert.equal(JSON.parse(stdout).tinman, config.version);
});

Deno.test("selfCommand() starts it with the permissions that are said, and asks nobody", async () => {
  const { stdout } = await run([], "doctor", "--json");
  const findings: { name: string; message: string }[] = JSON.parse(stdout).findings;
  assert.match(findings.find(({ name }) => name === "write")!.message, /^not allowed/);
  const { stdout: allowed } = await run(["--allow-write"], "doctor", "--json");
  assert.match(allowed, /"name":"write","message":"allowed"/);
});

Deno.test("publicModule() knows each entry point by both names, and nothing else", () => {
  for (const [name, path] of Object.entries(config.exports)) {
    for (const start of ["tinman", "@tinman/tinman"]) {
      assert.equal(publicModule(start + name.slice(1))?.href, new URL(path, sourceRoot()).href);
    }
  }
  for (const name of ["tinman/", "tinman/nothing", "tinmen", "./tinman", "@tinman/other"]) {
    assert.equal(publicModule(name), undefined, name);
  }
});

Deno.test("Assets are the same from a folder and embedded", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${folder}/csv/#odd name`, { recursive: true });
    const files = { "csv/plugin.jsonc": "{}", "csv/#odd name/100%.md": "hé" };
    for (const [path, text] of Object.entries(files)) Deno.writeTextFileSync(`${folder}/${path}`, text);
    Deno.writeTextFileSync(`${folder}/csv/.hidden`, "");
    const map = Object.fromEntries(Object.entries(files).map(([path, text]) => [`plugins/${path}`, text]));
    for (
      const assets of [
        folderAssets(new URL(`file://${folder}/`)),
        embeddedAssets({ ...map, "other/a": "" }, "plugins"),
      ]
    ) {
      assert.deepEqual(assets.list(), Object.keys(files).sort());
      for (const path of assets.list()) assert.equal(assets.read(path), files[path as keyof typeof files]);
      for (const path of ["", "csv", "../secret", "csv/../csv/plugin.jsonc", "nothing"]) {
        assert.throws(() => assets.read(path), `"${path}"`);
      }
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("programAssets() reads the folder beside the source", () => {
  assert.deepEqual(programAssets("plugins").list(), folderAssets(new URL("../../plugins/", import.meta.url)).list());
});
