import assert from "node:assert/strict";
import { createMeshLine } from "./_mesh_line_test.ts";

/** Teams in folders of one disk, that meet over another. */
function createTeams() {
  const { environment, ...all } = createMeshLine();
  const run = (data: string, ...line: string[]) => all.run(...line, "-D", data);
  const meet = async (...teams: string[]) => {
    for (const team of teams) await run(team, "sync", "--via", "dir:stick");
  };
  environment.files.makeFolder("/somewhere/stick");
  const json = (data: string, ...line: string[]) => all.json(...line, "-D", data);
  return { run, meet, json };
}

Deno.test("M6 mesh role lets a reader write, and refuses what would count nowhere", async () => {
  const { run, meet } = createTeams();
  await run("base", "init", "survey", "--as", "Base");
  const ticket = (await run("base", "invite", "--role", "reader")).printed.trim();
  await run("ana", "join", ticket, "--as", "Ana");
  await meet("ana", "base", "ana");
  assert.equal((await run("ana", "create", "R-1", "site")).code, 4);
  assert.equal((await run("ana", "role", "Ana", "admin")).code, 4);
  assert.deepEqual(await run("base", "role", "Ana", "writer"), { code: 0, printed: "", noted: "Ana is writer now\n" });
  await meet("base", "ana");
  assert.equal((await run("ana", "create", "R-1", "site")).code, 0);
  assert.match((await run("base", "role", "Ana", "writer")).noted, /it is so already/);
  const lower = await run("base", "role", "Ana", "reader");
  assert.deepEqual([lower.code, /roles only rise\n *fix: .*invite/.test(lower.noted)], [2, true], lower.noted);
  assert.equal((await run("base", "role", "Base", "writer")).code, 4);
  assert.equal((await run("base", "role", "Nobody", "writer")).code, 3);
  assert.equal((await run("base", "role", "Ana", "boss")).code, 2);
});

Deno.test("M5 mesh withdraw closes an invitation that mesh members lists, and who came with it stays", async () => {
  const { run, meet, json } = createTeams();
  await run("base", "init", "survey", "--as", "Base");
  const { invitation, ticket } = await json("base", "invite", "--uses", "5");
  await run("ana", "join", invitation, "--as", "Ana");
  await meet("ana", "base", "ana");
  assert.match((await run("base", "members")).printed, new RegExp(`${ticket.slice(0, 8)} +writer +4 .*Base +Ana`));
  assert.equal((await run("ana", "withdraw", ticket)).code, 4);
  const { code, noted } = await run("base", "withdraw", ticket.slice(0, 8));
  assert.deepEqual([code, noted], [0, `withdrew ${ticket.slice(0, 8)}; it keeps Ana\n`]);
  await run("ben", "join", invitation, "--as", "Ben");
  await meet("base", "ben", "ana", "base");
  const { members, invitations } = await json("base", "members");
  assert.deepEqual([members.map(({ name }: { name: string }) => name), invitations], [["Base", "Ana"], []]);
  assert.equal((await run("ben", "create", "R-1", "site")).code, 4);
  assert.equal((await run("ana", "create", "R-2", "site")).code, 0);
  assert.equal((await run("base", "withdraw", ticket)).code, 3);
});

Deno.test("M13 mesh invite --own lets in a further device, that writes under the same name and can be removed", async () => {
  const { run, meet, json } = createTeams();
  await run("base", "init", "survey", "--as", "Base", "--sealed");
  await run("ana", "join", (await run("base", "invite")).printed.trim(), "--as", "Ana");
  await meet("ana", "base", "ana");
  assert.equal((await run("ana", "invite")).code, 4);
  assert.equal((await run("ana", "invite", "--own", "--role", "admin")).code, 2);
  const own = await run("ana", "invite", "--own");
  assert.match(own.noted, /lets in one device of yours as writer, until/);
  assert.match((await run("ana", "members")).printed, /own device +1 .*Ana/);
  const joined = await run("tablet", "join", own.printed.trim());
  assert.match(joined.noted, /further device of the member that invited it/);
  assert.match((await run("tablet", "create", "R-1", "site")).noted, /was not given the key/);
  await meet("tablet", "ana", "base", "tablet");
  assert.equal((await run("tablet", "create", "R-1", "site", "depth=12")).code, 0);
  await meet("tablet", "base");
  assert.match((await run("base", "history", "R-1", "depth")).printed, /Ana/);
  const { members } = await json("base", "members");
  const [ana] = members.filter(({ name }: { name: string }) => name === "Ana");
  assert.deepEqual([members.length, ana.role, ana.devices.length], [2, "writer", 2]);
  const { device } = await json("tablet", "id");
  const { device: first } = await json("ana", "id");
  assert.match(
    (await run("ana", "remove", "Ana")).noted,
    new RegExp(`may be ${first.slice(0, 8)} of Ana, ${device.slice(0, 8)} of Ana`),
  );
  assert.match((await run("tablet", "remove", first)).noted, /had it before this device\n.*ask who is above/s);
  assert.equal((await run("ana", "remove", device)).code, 0);
  await meet("ana", "base", "tablet");
  assert.equal((await json("tablet", "id")).role, "removed");
  assert.equal((await json("ana", "id")).role, "writer");
});

Deno.test("M5 mesh remove --all takes out a thief with all that it wrote, and who was invited is in", async () => {
  const { run, meet, json } = createTeams();
  await run("base", "init", "survey", "--as", "Base");
  const ticket = (await run("base", "invite")).printed.trim();
  await run("eve", "join", ticket, "--as", "Eve");
  await meet("eve", "base", "eve");
  assert.equal((await run("eve", "create", "R-1", "site")).code, 0);
  await meet("eve", "base");
  await run("ana", "join", ticket, "--as", "Ana");
  await meet("ana", "base", "ana");
  const denied = await run("ana", "create", "R-2", "site");
  assert.deepEqual([denied.code, /invitation has let in as many as it may/.test(denied.noted)], [4, true]);
  assert.match((await run("ana", "status")).printed, /not let in: its invitation has let in as many as it may/);
  const eve = (await json("eve", "id")).device;
  assert.equal((await run("base", "remove", eve, "--all")).code, 2, "it has to be sure");
  const { device } = await json("base", "id");
  assert.match((await run("base", "remove", device, "--all", "--yes")).noted, /erase what it wrote/);
  const done = await run("base", "remove", eve, "--all", "--yes");
  assert.equal(done.noted, "removed Eve; nothing that it wrote counts\n");
  await meet("base", "ana", "base");
  assert.equal((await run("ana", "create", "R-2", "site")).code, 0);
  await meet("ana", "base");
  const { printed } = await run("base", "records");
  assert.deepEqual([/R-2/.test(printed), /R-1/.test(printed)], [true, false], printed);
});

Deno.test("M4 mesh remove of the only admin has to be meant, since nobody comes in after it", async () => {
  const { run, meet, json } = createTeams();
  await run("base", "init", "survey", "--as", "Base");
  await run("ana", "join", (await run("base", "invite")).printed.trim(), "--as", "Ana");
  await meet("ana", "base", "ana");
  const { code, noted } = await run("base", "remove", "Base");
  assert.deepEqual([code, /only admin/.test(noted), (await json("base", "id")).role], [2, true, "admin"]);
  await run("base", "role", "Ana", "admin");
  assert.equal((await run("base", "remove", "Base")).code, 0);
});
