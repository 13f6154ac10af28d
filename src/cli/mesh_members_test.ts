import assert from "node:assert/strict";
import { createTestEnvironment } from "../testing/mod.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";

/** Teams in folders of one disk, that meet over another. */
function createTeams() {
  const environment = createTestEnvironment();
  const { mesh } = createMemoryIo({ environment });
  const run = async (data: string, ...line: string[]) => {
    const io = createMemoryIo({ environment, mesh });
    const code = await main(["mesh", ...line, "-D", data], io);
    return { code, printed: io.printed(), noted: io.noted() };
  };
  const meet = async (...teams: string[]) => {
    for (const team of teams) await run(team, "sync", "--via", "dir:stick");
  };
  environment.files.makeFolder("/somewhere/stick");
  const json = async (data: string, ...line: string[]) => JSON.parse((await run(data, ...line, "--json")).printed);
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
