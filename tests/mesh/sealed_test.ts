// Goal: item 7 of issue 7: in a sealed dataset who only passes it on reads nothing, and members do as soon as their key has
// come. Method: three processes over TCP of
// which two never meet before a third has carried all between them, and a bundle.
import assert from "node:assert/strict";
import { decodeBundle } from "../../src/mesh/mod.ts";
import { createMachines, until } from "./processes.ts";

const SECRET = "the well is poisoned";

Deno.test("M10 a sealed dataset goes over TCP through who cannot read it; who is a member gets a key, who was removed no later one", async () => {
  using machines = createMachines();
  const { ok, run, start, path } = machines;
  await ok("init", "survey", "--sealed", "-D", "base", "--as", "Base");
  await ok("create", "R-1", "site", `remark=${SECRET}`, "-D", "base");
  const invitation = await ok("invite", "--uses", "2", "-D", "base");
  for (const [data, name] of [["ana", "Ana"], ["ben", "Ben"]] as const) {
    await ok("join", invitation, "-D", data, "--as", name);
  }
  let base = await start("base");
  await ok("sync", "--via", base.address, "-D", "ana");
  assert.equal(await base.kill(), 143);
  assert.match(await ok("record", "R-1", "-D", "ana"), new RegExp(SECRET));
  await ok("set", "R-1", "status", "CLOSED", "-D", "ana");

  // Ana may not give keys: Ben is let in by what he shows her, and carries what he cannot read.
  let ana = await start("ana");
  await ok("sync", "--via", ana.address, "-D", "ben");
  assert.equal(await ana.kill(), 143);
  assert.equal((await run("record", "R-1", "-D", "ben")).code, 3);
  assert.match((await run("status", "-D", "ben")).stdout, /writer, sealed/);
  base = await start("base");
  const ben = await start("ben", "--via", base.address);
  await until(() => ok("records", "--json", "-D", "base"), (text) => text.includes("CLOSED"));

  // His own key comes by the same contact.
  await until(() => run("record", "R-1", "--json", "-D", "ben"), ({ stdout }) => stdout.includes(SECRET));
  await ok("note", "R-1", "seen", "-D", "ben");
  ana = await start("ana", "--via", base.address);
  await until(() => ok("records", "--json", "-D", "ana"), (text) => text.includes("seen"));

  // Who was removed keeps what was read, and gets the new key no more.
  await ok("remove", "Ben", "-D", "base");
  await ok("note", "R-1", "after that", "-D", "base");
  await until(() => ok("records", "--json", "-D", "ana"), (text) => text.includes("after that"));
  assert.deepEqual([await base.kill(), await ana.kill(), await ben.kill()], [143, 143, 143]);
  await ok("pack", "all.tmesh", "-D", "ana");
  const { runs } = decodeBundle(Deno.readFileSync(`${path}/all.tmesh`), "all.tmesh");
  const said = runs.flatMap(({ events }) => events);
  assert.ok(said.filter(({ kind }) => kind === "sealed").length >= 5);
  assert.equal(said.some((event) => JSON.stringify(event).includes(SECRET)), false);
  await run("unpack", "all.tmesh", "-D", "ben");
  const left = JSON.parse(await ok("record", "R-1", "--json", "-D", "ben"));
  assert.deepEqual([left.fields.remark.value, left.notes.length], [SECRET, 1]);
});
