// Goal: item 11 and the proof of issue 7: three processes over TCP and a stick converge, and a kill loses nothing that was
// acknowledged. Method: the command line as users have it, each machine in a folder of its own.
import assert from "node:assert/strict";
import { createMachines, until } from "./processes.ts";

Deno.test("three machines converge over TCP and a stick; kill -9 in the middle of writes loses nothing acknowledged", async () => {
  using machines = createMachines();
  const { ok, run, start } = machines;
  await ok("init", "survey", "-D", "base", "--as", "Base");
  await ok("create", "R-1", "site", "status=OPEN", "-D", "base");
  const base = await start("base");
  const invitation = await ok("invite", "--uses", "2", "-D", "base");
  for (const [data, name] of [["ana", "Ana"], ["ben", "Ben"]] as const) {
    await ok("join", invitation, "-D", data, "--as", name);
  }
  // A stranger, and somebody with another dataset of that name, get nothing.
  await ok("init", "survey", "-D", "eve");
  assert.equal((await run("sync", "-D", "eve", "--via", base.address)).code, 1);

  const ana = await start("ana", "--via", base.address);
  await until(() => ok("status", "-m", "-D", "ana"), (text) => /^role\twriter$/m.test(text));
  // Ana writes while she is connected; what was acknowledged is counted, then she is killed at once.
  const acknowledged: string[] = [];
  for (let i = 0; i < 7; i++) {
    const { code } = await run("create", `A-${i}`, "site", `n=${i}`, "-D", "ana");
    if (code === 0) acknowledged.push(`A-${i}`);
    // The next ones race with its end.
    if (i === 2) void ana.kill("SIGKILL");
  }
  assert.ok(acknowledged.length >= 3, `${acknowledged.length}`);
  await ok("verify", "-D", "ana");
  const held = (await ok("records", "--json", "-D", "ana")).split("\n").map((line) => JSON.parse(line).id);
  assert.deepEqual(acknowledged.filter((id) => !held.includes(id)), []);

  // Ben never has a network: he meets base by a stick, and writes apart.
  Deno.mkdirSync(`${machines.path}/stick`);
  await ok("sync", "--via", "dir:stick", "-D", "base");
  await ok("sync", "--via", "dir:stick", "-D", "ben");
  await ok("set", "R-1", "status", "CLOSED", "-D", "ben");
  await ok("set", "R-1", "status", "BROKEN", "-D", "ana");
  await ok("pack", "ben.tmesh", "-D", "ben");
  await ok("unpack", "ben.tmesh", "-D", "base");
  await ok("sync", "-D", "ana");
  assert.equal((await run("conflicts", "-D", "base")).code, 6);
  await ok("resolve", "R-1", "status", "2", "-D", "base");
  await ok("sync", "-D", "ana");
  await ok("sync", "--via", "dir:stick", "-D", "base");
  await ok("sync", "--via", "dir:stick", "-D", "ben");

  const views = await Promise.all(["base", "ana", "ben"].map((data) => ok("records", "--json", "-D", data)));
  assert.equal(views[1], views[0]);
  assert.equal(views[2], views[0]);
  const digests = await Promise.all(["base", "ana", "ben"].map(async (data) => {
    return /^digest\t(.*)$/m.exec(await ok("status", "-m", "-D", data))?.[1];
  }));
  assert.equal(new Set(digests).size, 1);
  assert.equal((await run("conflicts", "-D", "ben")).code, 0);
  assert.equal(await base.kill(), 143);
});

Deno.test("what is written on one machine is on the other without anybody asking for it", async () => {
  using machines = createMachines();
  const { ok, run, start } = machines;
  await ok("init", "survey", "-D", "base");
  const base = await start("base");
  const invitation = await ok("invite", "-D", "base");
  await ok("join", invitation, "-D", "ana", "--as", "Ana");
  const ana = await start("ana");
  await until(() => ok("status", "-m", "-D", "ana"), (text) => /^role\twriter$/m.test(text));
  await ok("create", "R-1", "site", "-D", "ana");
  await until(() => ok("status", "-m", "-D", "base"), (text) => /^records\t1$/m.test(text));
  await ok("note", "R-1", "seen", "-D", "base");
  await until(() => ok("records", "--json", "-D", "ana"), (text) => text.includes("seen"));
  const peers = JSON.parse(await ok("peers", "--json", "-D", "base")).peers;
  assert.deepEqual(peers.map(({ by, isHere }: { by: string; isHere: boolean }) => [by, isHere]), [["Ana", true]]);
  // What a file contains follows the event that names it.
  const picture = crypto.getRandomValues(new Uint8Array(60_000));
  Deno.writeFileSync(`${machines.path}/door.jpg`, picture);
  await ok("attach", "R-1", "photo", "door.jpg", "-D", "ana");
  await until(() => run("save", "R-1", "photo", "-o", "copy.jpg", "-D", "base"), ({ code }) => code === 0);
  assert.deepEqual(Deno.readFileSync(`${machines.path}/copy.jpg`), picture);
  // Who was removed is let go of, and does not come back.
  await ok("remove", "Ana", "-D", "base");
  await until(() => ok("peers", "--json", "-D", "base"), (text) => !JSON.parse(text).peers[0].isHere);
  assert.deepEqual([await base.kill("SIGINT"), await ana.kill()], [130, 143]);
});
