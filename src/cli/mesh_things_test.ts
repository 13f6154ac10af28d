import assert from "node:assert/strict";
import { createMeshLine } from "./_mesh_line_test.ts";

async function createRecord() {
  const { environment, run, json } = createMeshLine();
  environment.files.replace("/somewhere/door.jpg", new Uint8Array(9));
  await run("init", "survey");
  await run("create", "R-1", "site");
  for (const text of ["one", "two"]) await run("note", "R-1", text);
  await run("attach", "R-1", "photo", "door.jpg");
  const record = () => json("record", "R-1");
  const [first] = (await record()).notes;
  return { run, record, name: `${first.device.slice(0, 8)}.${first.seq}`, files: environment.files };
}

Deno.test("V4 mesh delete --note and --file take these away, with the reason, and the record stays", async () => {
  const { run, record, name } = await createRecord();
  const { code, noted } = await run("delete", "R-1", "--note", name, "--file", "door.jpg", "--reason", "wrong");
  assert.deepEqual([code, noted], [0, `deleted ${name}, door.jpg of R-1\n`]);
  const { notes, attachments, deleted } = await record();
  assert.deepEqual([notes.map(({ text }: { text: string }) => text), attachments, deleted], [["two"], [], undefined]);
  assert.match((await run("history", "R-1")).printed, /note removed +true \(wrong\)/);
  assert.match((await run("delete", "R-1", "--note", name)).noted, /it is so already/);
  const missing = await run("delete", "R-1", "--note", "ffffffff.1");
  assert.deepEqual([missing.code, /tinman mesh record R-1/.test(missing.noted)], [3, true], missing.noted);
});

Deno.test("V4 mesh note --edit changes what a note says, and not one that was deleted", async () => {
  const { run, record, name } = await createRecord();
  assert.equal((await run("note", "R-1", "first", "--edit", name)).code, 0);
  assert.deepEqual((await record()).notes.map(({ text }: { text: string }) => text), ["first", "two"]);
  assert.equal((await run("note", "R-1", "x", "--edit", name, "--urgent")).code, 2);
  await run("delete", "R-1", "--note", name);
  assert.equal((await run("note", "R-1", "again", "--edit", name)).code, 3);
});

Deno.test("mesh delete --file asks which one is meant when several are called so", async () => {
  const { run, record, files } = await createRecord();
  files.replace("/somewhere/door.jpg", new Uint8Array(10));
  await run("attach", "R-1", "photo", "door.jpg");
  const { code, noted } = await run("delete", "R-1", "--file", "door.jpg");
  assert.deepEqual([code, / and .* are called so/.test(noted)], [3, true], noted);
  const { attachments: [old] } = await record();
  assert.equal((await run("delete", "R-1", "--file", `${old.device.slice(0, 8)}.${old.seq}`)).code, 0);
  assert.deepEqual((await record()).attachments.map(({ size }: { size: number }) => size), [10]);
  assert.equal((await run("delete", "R-1", "--file", "door.jpg")).code, 0);
});
