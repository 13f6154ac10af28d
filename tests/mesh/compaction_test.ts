// Goal: item 5 of issue 7: compaction below what all members hold, and late joiners still served. Method: the command line
// as users have it, over TCP, with the founder's process running all the while.
import assert from "node:assert/strict";
import { createMachines } from "./processes.ts";

Deno.test("the founder compacts while it runs, and who joins later gets the snapshot over TCP", async () => {
  using machines = createMachines();
  const { ok, run, start } = machines;
  await ok("init", "survey", "-D", "base", "--as", "Base");
  const base = await start("base");
  const invitation = await ok("invite", "--uses", "2", "-D", "base");
  await ok("join", invitation, "-D", "ana", "--as", "Ana");
  await ok("sync", "-D", "ana", "--via", base.address);
  await ok("create", "R-1", "site", "-D", "base");
  await ok("create", "R-2", "site", "-D", "ana");
  for (const value of ["OPEN", "BROKEN", "CLOSED"]) {
    await ok("set", "R-1", "status", value, "-D", "base");
    await ok("set", "R-2", "status", value, "-D", "ana");
  }
  // What she has now she says when they meet again.
  const plan = async () => JSON.parse(await ok("compact", "--keep-days", "0", "--dry-run", "--json", "-D", "base"));
  await ok("sync", "-D", "ana", "--via", base.address);
  const held = await plan();
  assert.deepEqual(held.heldUpBy.map(({ by }: { by: string }) => by), ["Ana"]);
  await ok("sync", "-D", "ana", "--via", base.address);
  assert.deepEqual([(await plan()).heldUpBy, (await plan()).events], [[], 11]);
  assert.equal((await run("compact", "--keep-days", "0", "-D", "ana")).code, 4);
  await ok("compact", "--keep-days", "0", "-D", "base");
  // Who has all events has what the founder has, byte for byte, and can do the same with it.
  await ok("pack", "base.tmesh", "-D", "base");
  assert.match(await ok("compact", "--from", "base.tmesh", "--json", "-D", "ana"), /"events":11,.*"isDone":true/);

  await ok("join", invitation, "-D", "ben", "--as", "Ben");
  await ok("sync", "-D", "ben", "--via", base.address);
  await ok("set", "R-2", "depth", "12", "-D", "ben");
  await ok("sync", "-D", "ben", "--via", base.address);
  await ok("sync", "-D", "ana", "--via", base.address);
  const views = await Promise.all(["base", "ana", "ben"].map((data) => ok("records", "--json", "-D", data)));
  assert.deepEqual([views[1], views[2]], [views[0], views[0]]);
  assert.equal(await base.kill(), 143);
  for (const data of ["base", "ana", "ben"]) await ok("verify", "-D", data);
});

Deno.test("an admin compacts a sealed dataset, and who joins over it reads what stands", async () => {
  using machines = createMachines();
  const { ok, start, path } = machines;
  await ok("init", "survey", "-D", "base", "--as", "Base", "--sealed");
  const base = await start("base");
  await ok("join", await ok("invite", "--role", "admin", "-D", "base"), "-D", "ana", "--as", "Ana");
  // She is heard, and given the key.
  for (let i = 0; i < 2; i++) await ok("sync", "-D", "ana", "--via", base.address);
  await ok("create", "R-1", "A-SECRET", "-D", "ana");
  for (let i = 0; i < 2; i++) await ok("sync", "-D", "ana", "--via", base.address);
  assert.equal(await base.kill(), 143);
  assert.match(await ok("compact", "--keep-days", "0", "--json", "-D", "ana"), /"isDone":true/);
  const log = new TextDecoder("latin1").decode(Deno.readFileSync(`${path}/ana/feeds.log`));
  assert.doesNotMatch(log, /A-SECRET|R-1/);
  // The founder is not asked any more.
  const ana = await start("ana");
  await ok("join", await ok("invite", "-D", "ana"), "-D", "ben", "--as", "Ben");
  for (let i = 0; i < 2; i++) await ok("sync", "-D", "ben", "--via", ana.address);
  const views = await Promise.all(["ana", "ben"].map((data) => ok("records", "--json", "-D", data)));
  assert.match(views[1]!, /A-SECRET/);
  assert.equal(views[1], views[0]);
  assert.equal(await ana.kill(), 143);
  for (const data of ["ana", "ben"]) await ok("verify", "-D", data);
});
