// Goal: what resolveGrants() says about paths holds in Deno itself, with the links of a real disk.
// Method: the flags of a resolution, given to a process that tries to get out.
import assert from "node:assert/strict";
import { createDenoFiles } from "../../src/platform/mod.ts";
import { denoFlags, type Grants, parseManifest, resolveGrants } from "../../src/plugin/mod.ts";

Deno.test("a link that was granted can be used by its name, and links out of a granted folder by no name", async () => {
  await using scene = createScene();
  const flags = scene.flags({ read: { allow: ["alias"] } });
  assert.deepEqual(await scene.run(flags, ["data/sub/a", "alias/sub/a", "data/in/a"]), ["a", "a", "a"]);
  const out = ["data/sub/out/secret", "alias/sub/out/secret", "data/../secrets/secret", "secrets/secret", "data/file"];
  assert.deepEqual(await scene.run(flags, out), out.map(() => "NotCapable"));
});

Deno.test("a folder with a link below another folder is not granted for writing: moved, it would be followed", async () => {
  await using scene = createScene();
  assert.throws(() => scene.flags({ read: { allow: ["data"] }, write: { allow: ["data"] } }), { code: "DENIED" });
  // Why: by its name alone the link is denied only until it has another.
  const flags = ["read", "write"].flatMap((name) => [
    `--allow-${name}=${scene.folder}/data`,
    `--deny-${name}=${scene.folder}/data/sub/out`,
  ]);
  Deno.writeTextFileSync(`${scene.folder}/move.ts`, `Deno.renameSync("data/sub", "data/moved");`);
  assert.deepEqual(await scene.run(flags, ["data/sub/out/secret"]), ["NotCapable"]);
  await scene.deno([...flags, "move.ts"]);
  assert.deepEqual(await scene.run(flags, ["data/moved/out/secret"]), ["secret"]);
});

function createScene() {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  for (const name of ["data/sub", "secrets"]) Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/secrets/secret`, "secret");
  Deno.writeTextFileSync(`${folder}/data/sub/a`, "a");
  Deno.symlinkSync("../../secrets", `${folder}/data/sub/out`);
  Deno.symlinkSync("../secrets/secret", `${folder}/data/file`);
  Deno.symlinkSync("sub", `${folder}/data/in`);
  Deno.symlinkSync("data", `${folder}/alias`);
  Deno.writeTextFileSync(
    `${folder}/read.ts`,
    `const tried = Deno.args.map((path) => {
       try { return Deno.readTextFileSync(path); } catch (error) { return (error as Error).name; }
     });
     console.log(JSON.stringify(tried));`,
  );
  const files = createDenoFiles();
  const manifest = parseManifest(
    JSON.stringify({
      ...{ id: "org.example.test", version: "1.0.0", api: "1", provides: {} },
      capabilities: [{ name: "read", allow: ["alias"], why: "x" }, { name: "write", allow: ["data"], why: "x" }],
    }),
    { path: "plugin.jsonc" },
  );
  const deno = async (args: readonly string[]) => {
    const options = { args: ["run", "--no-prompt", "--no-config", "--no-check", ...args], cwd: folder };
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), options).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  };
  return {
    folder,
    deno,
    flags: (grants: Grants) => {
      const paths = { realPath: (path: string) => files.realPath(path), list: (path: string) => files.list(path) };
      return denoFlags(resolveGrants(manifest, grants, { cwd: folder, ...paths }).effective);
    },
    run: async (flags: readonly string[], paths: readonly string[]): Promise<string[]> =>
      JSON.parse(await deno([...flags, "read.ts", ...paths])),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
