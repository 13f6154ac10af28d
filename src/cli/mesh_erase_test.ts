// Goal: what somebody wants forgotten goes from all who hear of it, and what stays is said.
// Method: teams that meet over a folder, all in memory. What is in their logs: ../mesh/erase_test.ts.
import assert from "node:assert/strict";
import { type Files, readFile } from "../files/mod.ts";
import { createMeshLine } from "./_mesh_line_test.ts";

/** Teams in folders of one disk: `base` founded, the others joined. */
async function createTeams(...others: string[]) {
  const { environment: { files }, ...all } = createMeshLine();
  const run = (data: string, ...line: string[]) => all.run(...line, "-D", data);
  const meet = async (...teams: string[]) => {
    for (const team of teams) await run(team, "sync", "--via", "dir:stick");
  };
  files.makeFolder("/somewhere/stick");
  await run("base", "init", "survey", "--as", "Base");
  const ticket = (await run("base", "invite", "--uses", "9")).printed.trim();
  for (const team of others) await run(team, "join", ticket, "--as", team);
  await meet("base", ...others, "base");
  const json = (data: string, ...line: string[]) => all.json(...line, "-D", data);
  const holds = (team: string, text: string) =>
    textsIn(files, `/somewhere/${team}`).some((each) => each.includes(text));
  return { files, run, meet, json, holds };
}

function textsIn(files: Files, folder: string): string[] {
  return files.list(folder).flatMap((name) => {
    const bytes = readFile(files, `${folder}/${name}`, 1e7);
    return bytes === undefined ? textsIn(files, `${folder}/${name}`) : [new TextDecoder("latin1").decode(bytes)];
  });
}

Deno.test("V7 mesh erase drops a field with its history with all who hear of it", async () => {
  const { run, meet, json } = await createTeams("ana");
  await run("base", "create", "R-1", "person", "phone=0170-111", "name=Mira");
  await run("base", "set", "R-1", "phone", "0170-222");
  await meet("base", "ana");
  await run("ana", "set", "R-1", "phone", "0170-333");
  await meet("ana", "base");
  const dry = await json("base", "erase", "R-1", "phone", "--dry-run");
  assert.deepEqual(dry.events.map(({ value }: { value: string }) => value), ["0170-111", "0170-222", "0170-333"]);
  const refused = await run("base", "erase", "R-1", "phone");
  assert.deepEqual([refused.code, /--dry-run/.test(refused.noted)], [2, true], refused.noted);
  const { code, noted } = await run("base", "erase", "R-1", "phone", "--yes", "--reason", "asked for");
  assert.deepEqual([code, /^erased 3 events of R-1/.test(noted)], [0, true], noted);
  await meet("base", "ana");
  const [ours, theirs] = [await json("base", "record", "R-1"), await json("ana", "record", "R-1")];
  assert.deepEqual([Object.keys(ours.fields), theirs], [["name"], ours]);
  const digests = [await json("base", "status"), await json("ana", "status")].map(({ digest }) => digest);
  assert.equal(digests[0], digests[1]);
  for (const team of ["base", "ana"]) assert.equal((await run(team, "verify")).code, 0);
  assert.equal((await run("ana", "set", "R-1", "phone", "0170-444")).code, 0);
});

Deno.test("V7 mesh erase drops a note with its edits, and a file with its content", async () => {
  const { files, run, meet, json, holds } = await createTeams("ana");
  files.replace("/somewhere/door.jpg", new TextEncoder().encode("the face of somebody"));
  await run("base", "create", "R-1", "site");
  await run("base", "note", "R-1", "somebody lives here");
  await run("base", "note", "R-1", "the pump is loose");
  await run("base", "attach", "R-1", "photo", "door.jpg");
  await meet("base", "ana");
  assert.equal(holds("base", "the face of somebody"), true);
  const { notes } = await json("base", "record", "R-1");
  const name = `${notes[0].device.slice(0, 8)}.${notes[0].seq}`;
  assert.ok((await run("base", "record", "R-1")).printed.includes(`note ${name}  somebody lives here`));
  const { noted } = await run("base", "erase", "R-1", "--note", name, "--file", "door.jpg", "--yes");
  assert.match(noted, /^erased 2 events and 1 file of R-1/);
  assert.equal(holds("base", "the face of somebody"), false);
  await meet("base", "ana");
  const left = await json("ana", "record", "R-1");
  assert.deepEqual([left.notes.map(({ text }: { text: string }) => text), left.attachments], [
    ["the pump is loose"],
    [],
  ]);
  assert.equal((await run("base", "erase", "R-1", "--note", name, "--yes")).code, 3);
});

Deno.test("V7 mesh erase --all leaves nothing of a record, also of one that was deleted", async () => {
  const { run, meet, json } = await createTeams("ana");
  await run("base", "create", "R-secret", "site", "a=1");
  await run("base", "note", "R-secret", "x");
  await run("base", "delete", "R-secret");
  await meet("base", "ana");
  assert.match((await run("base", "erase", "R-secret", "--all", "--yes")).noted, /^erased 4 events/);
  await meet("base", "ana");
  assert.equal((await json("ana", "status")).records, 0);
  assert.equal((await run("ana", "record", "R-secret")).code, 3);
  assert.equal((await run("base", "erase", "R-secret", "--all", "--yes")).code, 3);
});

Deno.test("V7 mesh erase of somebody else's writes leaves those, and says whose they are and who can", async () => {
  const { run, meet, json } = await createTeams("ana", "ben");
  await run("ana", "create", "R-1", "site", "phone=1");
  await meet("ana", "ben");
  await run("ben", "set", "R-1", "phone", "2");
  await meet("ben", "ana", "base");
  const { code, noted } = await run("ana", "erase", "R-1", "phone", "--yes");
  assert.deepEqual([code, /not erased: 1 event of ben; an admin can: Base/.test(noted)], [4, true], noted);
  const { erased, left } = await json("ana", "erase", "R-1", "phone", "--dry-run");
  assert.deepEqual([erased, left], [0, [{ by: "ben", events: 1 }]]);
  const none = await run("ana", "erase", "R-1", "phone", "--yes");
  assert.deepEqual([none.code, /Cannot erase 1 of 1 events: others wrote them/.test(none.noted)], [4, true]);
  await meet("ana", "base");
  assert.equal((await run("base", "erase", "R-1", "phone", "--yes")).code, 0);
});

Deno.test("V7 V9 mesh erase says what is still in a snapshot", async () => {
  const { run } = await createTeams();
  await run("base", "create", "R-1", "site", "phone=0170-111");
  await run("base", "compact", "--keep-days", "0");
  assert.match(
    (await run("base", "erase", "R-1", "phone", "--yes")).noted,
    /1 of these came by a snapshot.*tinman mesh compact/,
  );
  assert.doesNotMatch((await run("base", "record", "R-1")).printed, /phone/);
  assert.equal((await run("base", "verify")).code, 0);
});

Deno.test("mesh erase asks what of a record is meant, and takes no part together with all", async () => {
  const { run } = await createTeams();
  await run("base", "create", "R-1", "site", "phone=1");
  for (const line of [["R-1"], ["R-1", "phone", "--all"]]) {
    assert.equal((await run("base", "erase", ...line, "--yes")).code, 2);
  }
  const { code, noted } = await run("base", "erase", "R-1", "phon", "--yes");
  assert.deepEqual([code, /phone/.test(noted)], [3, true], noted);
});
