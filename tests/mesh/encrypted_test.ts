// Goal: item 7 of issue 7, encryption at rest: every command works on an encrypted dataset with its passphrase, none without
// it, and nothing that was written is in the clear beside the log. Method: the command line, each command once.
import assert from "node:assert/strict";
import { createMachines, until } from "./processes.ts";

const SECRET = "kept to ourselves";
const env = { TINMAN_PASSPHRASE: "correct horse" };

Deno.test("R2 an encrypted dataset takes all commands with its passphrase, and leaves nothing in the clear", async () => {
  using machines = createMachines({ env });
  const { ok, run, start, path } = machines;
  Deno.mkdirSync(`${path}/stick`);
  Deno.writeTextFileSync(`${path}/door.txt`, "a door");
  await ok("init", "survey", "--encrypt", "-D", "base", "--as", "Base");
  let base = await start("base");
  const invitation = await ok("invite", "-D", "base");
  await ok("create", "R-1", "site", `remark=${SECRET}`, "-D", "base");
  await ok("note", "R-1", `a note ${SECRET}`, "-D", "base");
  await ok("attach", "R-1", "photo", "door.txt", "-D", "base");
  await ok("sync", "--via", "dir:stick", "-D", "base");

  await ok("join", invitation, "--encrypt", "-D", "ana", "--as", "Ana");
  await ok("sync", "--via", "dir:stick", "-D", "ana");
  const ana = await start("ana", "--via", base.address);
  await until(() => ok("members", "-D", "base"), (text) => text.includes("Ana"));
  assert.equal(await ana.kill(), 143);
  await ok("set", "R-1", "status", "BROKEN", "-D", "ana");
  await ok("set", "R-1", "status", "CLOSED", "-D", "base");
  await ok("pack", "ana.tmesh", "-D", "ana");
  assert.equal((await run("frontier", "--diff", "ana.tmesh", "-D", "base")).code, 6);
  await ok("unpack", "ana.tmesh", "-D", "base");
  assert.equal((await run("conflicts", "-D", "base")).code, 6);
  await ok("resolve", "R-1", "status", "2", "-D", "base");
  await ok("delete", "R-1", "--reason", "twice", "-D", "base");
  await ok("restore", "R-1", "-D", "base");
  for (const command of ["id", "status", "members", "frontier", "records", "peers", "conflicts", "forms", "verify"]) {
    await ok(command, "-D", "base");
  }
  assert.match(await ok("history", "R-1", "-D", "base"), /status/);
  assert.match(await ok("export", "-D", "base"), new RegExp(SECRET));
  await ok("save", "R-1", "photo", "-o", "copy.txt", "-D", "base");
  assert.equal(Deno.readTextFileSync(`${path}/copy.txt`), "a door");
  // Asked of the process that has it, then by themselves.
  for (const isRunning of [true, false]) {
    assert.match(await ok("search", "ourselves", "-D", "base"), /\[ourselves\]/);
    assert.match(await ok("query", "SELECT value FROM fields", "-D", "base"), new RegExp(SECRET));
    if (isRunning) assert.equal(await base.kill(), 143);
  }
  for (const data of ["base", "ana"]) assert.deepEqual(inClear(`${path}/${data}`, SECRET), [], data);
  base = await start("base");
  assert.equal(await base.kill(), 143);
});

Deno.test("R2 without its passphrase, or with another, an encrypted dataset tells nothing and says what is missing", async () => {
  using machines = createMachines({ env });
  await machines.ok("init", "survey", "--encrypt", "-D", "base");
  const dataset = `${machines.path}/base`;
  using strangers = createMachines({ env: { TINMAN_PASSPHRASE: "wrong horse" } });
  using visitors = createMachines();
  for (const command of ["records", "start"]) {
    for (const { run } of [strangers, visitors]) {
      const { code, stdout, stderr } = await run(command, "-D", dataset);
      assert.deepEqual([code, stdout, /passphrase/.test(stderr)], [4, "", true], `${command}: ${stderr}`);
    }
  }
});

Deno.test({
  name:
    "R3 while it runs, an encrypted dataset answers its user without the passphrase, over a socket that nobody else opens",
  ignore: Deno.build.os === "windows",
  async fn() {
    using machines = createMachines({ env });
    const { ok, start, path } = machines;
    await ok("init", "survey", "--encrypt", "-D", "base");
    const base = await start("base");
    await ok("create", "R-1", "site", "-D", "base");
    using visitors = createMachines();
    assert.match(await visitors.ok("records", "-D", `${path}/base`), /R-1/);
    assert.equal(Deno.statSync(`${path}/base/mesh.sock`).mode! & 0o777, 0o600);
    assert.equal(await base.kill(), 143);
    const { code } = await visitors.run("records", "-D", `${path}/base`);
    assert.deepEqual([code, existsFile(`${path}/base/mesh.sock`)], [4, false]);
  },
});

function existsFile(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

/** Files of a folder in which a text is as it is. */
function inClear(folder: string, text: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory, isFile }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return inClear(path, text);
    return isFile && new TextDecoder("latin1").decode(Deno.readFileSync(path)).includes(text) ? [path] : [];
  });
}
