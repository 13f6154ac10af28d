// Goal: what `deno task compile` bakes into the executable. Method: where denort cannot be downloaded, another program stands
// in for it: Deno then goes the whole way, and what it embedded can be read, though not run.
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { bundle } from "../../src/compile/bundle.ts";
import { compileExecutable } from "../../src/compile/executable.ts";

const root = `${import.meta.dirname}/../..`;

async function compile(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${root}/src/compile/main.ts`, ...args],
    env: { NO_COLOR: "1", ...env },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

function temporaryFolder() {
  const path = Deno.makeTempDirSync({ prefix: "tinman-compile-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

Deno.test("deno task compile embeds the bundle and nothing else, with all permissions and no question", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  using folder = temporaryFolder();
  const { code, stdout, stderr } = await compile([`--output=${folder.path}/tinman`], { DENORT_BIN: "/bin/true" });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /tinman {2}\d\.\d MB\n$/);
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(`${folder.path}/tinman`));
  const { permissions, unstable_config, entrypoint_key, node_modules, argv } = jsonAt(text, '{"argv":');
  assert.equal(entrypoint_key, "main.js");
  assert.deepEqual(argv, []);
  assert.equal(node_modules, null);
  for (const name of ["env", "ffi", "net", "read", "run", "sys", "write"]) {
    assert.deepEqual(permissions[`allow_${name}`], [], name); // all of it
    assert.equal(permissions[`deny_${name}`], null);
  }
  assert.equal(permissions.prompt, false);
  assert.deepEqual(unstable_config.features.sort(), ["net", "worker-options"]);
  const files: string[] = jsonAt(text, '[{"File":').map((entry: { File: { n: string } }) => entry.File.n);
  const expected = Object.keys(config.exports).map((name) => name === "." ? "mod.js" : `${name.slice(2)}.js`);
  for (const name of ["main.js", ...expected]) assert.ok(files.includes(name), `${name} is not in it`);
  assert.deepEqual(files.filter((name) => !/^[\w-]+\.js$/.test(name)), []);
});

Deno.test("where denort cannot be downloaded, the error names DENORT_BIN and --portable", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/main.js`, "");
  // Deno keeps what it has downloaded once, so it gets an empty place to look, and a proxy that is not there.
  using _ = variables({ DENORT_BIN: undefined, DENO_DIR: folder.path, HTTPS_PROXY: "http://127.0.0.1:9" });
  await assert.rejects(
    compileExecutable({ folder: folder.path, modules: ["main.js"], output: `${folder.path}/tinman` }),
    {
      message: /^Cannot compile: deno compile says: .*denort/s,
      hint: /^Deno could not download its runtime denort: set DENORT_BIN to .*, or make the portable form.*--portable$/,
    },
  );
});

Deno.test("deno task compile says what it cannot do before it does anything", async () => {
  const cases = [
    [["--portabel"], /Unknown option '--portabel'/],
    [
      ["--portable", "--target=x86_64-pc-windows-msvc"],
      /portable file for x86_64-pc-windows-msvc\n {2}fix: .*aarch64-apple/,
    ],
    [["--portable", "--target=riscv"], /portable file for riscv/],
  ] as const;
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await compile(args);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  }
});

Deno.test("bundle() gives each entry point its names, its types and the plugins as text, and needs nothing else", async () => {
  Deno.mkdirSync(`${root}/dist`, { recursive: true });
  const folder = Deno.makeTempDirSync({ dir: `${root}/dist`, prefix: "bundle-test-" });
  try {
    const modules = await bundle(folder);
    assert.equal(modules[0], "main.js");
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name).sort(), modules.toSorted());
    for (const name of modules) {
      const text = Deno.readTextFileSync(`${folder}/${name}`);
      assert.ok(!text.includes(import.meta.dirname!.replace(/\/tests\/compile$/, "")), `${name} names this machine`);
    }
    // Somewhere else, without packages, network or deno.json.
    using elsewhere = temporaryFolder();
    for (const name of modules) Deno.copyFileSync(`${folder}/${name}`, `${elsewhere.path}/${name}`);
    // These are programs.
    const library = modules.filter((name) =>
      name !== "main.js" && name !== "plugin_host.js" && name !== "stage_worker.js"
    );
    const program = `${library.map((name, at) => `import * as m${at} from "./${name}";`).join("\n")}
      console.log(JSON.stringify({ ${library.map((name, at) => `"${name}": Object.keys(m${at})`)} }));`;
    Deno.writeTextFileSync(`${elsewhere.path}/names.js`, program);
    const flags = ["--no-config", "--no-npm", "--no-remote", "--no-prompt"];
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, "names.js"],
      cwd: elsewhere.path,
    }).output();
    const there = JSON.parse(new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr));
    for (const [name, path] of Object.entries(config.exports)) {
      const here = await import(new URL(`../../${path}`, import.meta.url).href);
      assert.deepEqual(there[name === "." ? "mod.js" : `${name.slice(2)}.js`].sort(), Object.keys(here).sort(), name);
    }
    const { programAssets } = await import("../../src/platform/mod.ts");
    const all = modules.map((name) => Deno.readTextFileSync(`${folder}/${name}`)).join("\n");
    for (const path of programAssets("plugins").list()) assert.ok(all.includes(`"plugins/${path}"`), path);
    assert.ok(all.includes('"types/mod.d.ts"'));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

/** The JSON value that begins with `start`. */
// deno-lint-ignore no-explicit-any
function jsonAt(text: string, start: string): any {
  const from = text.indexOf(start);
  assert.ok(from >= 0, `no ${start}`);
  let [depth, at] = [0, from];
  do {
    const token = /"(?:\\.|[^"\\])*"|[{}[\]]/g;
    token.lastIndex = at;
    const found = token.exec(text)!;
    if ("{[".includes(found[0])) depth++;
    if ("}]".includes(found[0])) depth--;
    at = token.lastIndex;
  } while (depth > 0);
  return JSON.parse(text.slice(from, at));
}

/** Sets variables of the environment, undefined for none, until the result is disposed. */
function variables(changes: Readonly<Record<string, string | undefined>>): Disposable {
  const before = Object.keys(changes).map((name) => [name, Deno.env.get(name)] as const);
  const set = (name: string, value: string | undefined) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  for (const [name, value] of Object.entries(changes)) set(name, value);
  return { [Symbol.dispose]: () => before.forEach(([name, value]) => set(name, value)) };
}
