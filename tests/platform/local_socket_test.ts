// Goal: processes of one user find each other by a path, wherever the socket has to be. Method: sockets on this machine.
import assert from "node:assert/strict";
import { dialLocal, listenLocal } from "../../src/platform/mod.ts";
import { temporaryFolder } from "../cli/processes.ts";

const ignore = Deno.build.os === "windows";
const tooLong = "a".repeat(120);

async function assertAnswers(path: string): Promise<void> {
  const listener = listenLocal(path);
  const answered = (async () => {
    for await (const link of listener.links) {
      for await (const bytes of link.incoming) await link.send(bytes);
      await link.close();
      break;
    }
  })();
  const link = await dialLocal(path);
  assert.ok(link !== undefined, "nobody there");
  await link.send(Uint8Array.of(7));
  for await (const bytes of link.incoming) {
    assert.deepEqual([...bytes], [7]);
    break;
  }
  await link.close();
  await answered;
  listener.close();
  assert.equal(await dialLocal(path), undefined);
  assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);
}

Deno.test("a socket is at its path, where only its owner opens it, and gone afterwards", { ignore }, async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/mesh.sock`;
  const listener = listenLocal(path);
  assert.deepEqual([Deno.lstatSync(path).isSocket, Deno.statSync(path).mode! & 0o777], [true, 0o600]);
  listener.close();
  await assertAnswers(path);
});

Deno.test("a path that is too long for a socket names one elsewhere, for its owner alone", { ignore }, async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/${tooLong}/mesh.sock`;
  Deno.mkdirSync(`${folder.path}/${tooLong}`);
  const listener = listenLocal(path);
  const place = Deno.readTextFileSync(path).trim();
  const parent = place.slice(0, place.lastIndexOf("/"));
  const modes = [parent, place, path].map((each) => Deno.lstatSync(each).mode! & 0o777);
  assert.deepEqual(modes, [0o700, 0o600, 0o600]);
  listener.close();
  assert.throws(() => Deno.statSync(parent), Deno.errors.NotFound);
  await assertAnswers(path);
});

Deno.test("what a process that was killed has left is taken over", { ignore }, async () => {
  using folder = temporaryFolder();
  Deno.mkdirSync(`${folder.path}/${tooLong}`);
  for (const path of [`${folder.path}/mesh.sock`, `${folder.path}/${tooLong}/mesh.sock`]) {
    const { signal } = await run(`listenLocal(${JSON.stringify(path)}); Deno.kill(Deno.pid, "SIGKILL");`);
    assert.equal(signal, "SIGKILL");
    const left = Deno.lstatSync(path).isFile ? Deno.readTextFileSync(path).trim() : path;
    assert.ok(Deno.lstatSync(left).isSocket);
    assert.equal(await dialLocal(path), undefined);
    await assertAnswers(path);
    assert.throws(() => Deno.lstatSync(left), Deno.errors.NotFound);
  }
});

Deno.test("a file that names a socket which others could have made leads nowhere, and nothing there is removed", {
  ignore,
}, async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/mesh.sock`;
  const foreign = `${folder.path}/tinman-socket-1`;
  Deno.mkdirSync(foreign, { mode: 0o755 });
  Deno.chmodSync(foreign, 0o755);
  const listener = listenLocal(`${foreign}/socket`);
  const other = listenLocal(`${folder.path}/other`);
  for (const place of [`${foreign}/socket`, `${folder.path}/other`, "/", "", "x".repeat(5000)]) {
    Deno.writeTextFileSync(path, `${place}\n`);
    assert.equal(await dialLocal(path), undefined, place);
  }
  Deno.writeTextFileSync(path, `${foreign}/socket\n`);
  listenLocal(path).close();
  assert.ok(Deno.lstatSync(`${foreign}/socket`).isSocket);
  listener.close();
  other.close();
});

Deno.test("a folder that is not there, and a TMPDIR that is too long, are said", { ignore }, async () => {
  using folder = temporaryFolder();
  const missing = { code: "UNAVAILABLE", message: /Cannot listen at .*none/ };
  assert.throws(() => listenLocal(`${folder.path}/none/mesh.sock`), missing);
  const deep = `${folder.path}/${tooLong}`;
  Deno.mkdirSync(deep);
  const { code, stderr } = await run(`listenLocal(${JSON.stringify(`${deep}/mesh.sock`)});`, { TMPDIR: deep });
  assert.deepEqual(
    [code, /at most 103 bytes/.test(stderr), /set TMPDIR to a folder/.test(stderr)],
    [3, true, true],
    stderr,
  );
  assert.deepEqual([...Deno.readDirSync(deep)], []);
});

/** Runs `code` in a process of its own. */
async function run(code: string, env: Record<string, string> = {}) {
  const from = JSON.stringify(import.meta.resolve("../../src/platform/mod.ts"));
  const args = [
    "eval",
    "--no-config",
    `import { listenLocal } from ${from};
    try { ${code} } catch (error) { console.error(error.message, error.hint); Deno.exit(3); }`,
  ];
  const command = new Deno.Command(Deno.execPath(), { args, env, stdout: "null", stderr: "piped" });
  const { signal, code: exit, stderr } = await command.output();
  return { signal, code: exit, stderr: new TextDecoder().decode(stderr) };
}
