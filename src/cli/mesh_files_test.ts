import assert from "node:assert/strict";
import { createOriginalEvent, writeOriginalLine } from "../mesh/original/mod.ts";
import { createMeshLine } from "./_mesh_line_test.ts";

function createMesh() {
  const { environment: { files }, run } = createMeshLine();
  files.makeFolder("/somewhere");
  const writeBytes = (name: string, bytes: Uint8Array) => files.replace(`/somewhere/${name}`, bytes);
  return {
    writeBytes,
    write: (name: string, text: string) => writeBytes(name, new TextEncoder().encode(text)),
    run,
  };
}

const well = {
  v: 1,
  id: "well",
  title: "Well",
  languages: [],
  groups: [],
  fields: [{ path: "depth", type: "integer" }, { path: "where", type: "geopoint" }],
  choices: {},
};

Deno.test("mesh import takes a table by its form, once, and mesh export gives it back", async () => {
  const { run, write } = createMesh();
  write("well.json", JSON.stringify(well));
  write("wells.csv", "_id,depth,where\nW-1,12,52.5 13.4\nW-2,7,\n");
  await run("init", "survey", "--form", "well.json");
  assert.match((await run("import", "wells.csv", "--form", "well")).noted, /^2 new, 0 changed, 0 as they were/);
  assert.match((await run("import", "wells.csv", "--form", "well")).noted, /^0 new, 0 changed, 2 as they were/);
  const { printed } = await run("export", "-f", "csv");
  assert.match(printed, /^depth,where,_where_latitude,.*\r\n12,52.5 13.4( 0 0)?,52.5,13.4,/);
  const map = JSON.parse((await run("export", "-f", "geojson")).printed);
  assert.deepEqual(map.features[0].geometry, { type: "Point", coordinates: [13.4, 52.5] });
  write("copy.jsonl", (await run("export")).printed);
  await run("init", "copy", "-D", "copy");
  assert.match((await run("import", "copy.jsonl", "-D", "copy")).noted, /^2 new/);
  assert.equal(JSON.parse((await run("record", "W-1", "--json", "-D", "copy")).printed).fields.depth.value, 12);
});

Deno.test("mesh import writes nothing of a file in which one row does not fit, and names row, field and rule", async () => {
  const { run, write } = createMesh();
  write("well.json", JSON.stringify(well));
  write("wells.csv", "_id,depth\nW-1,12\nW-2,deep\n");
  await run("init", "survey", "--form", "well.json");
  const { code, noted } = await run("import", "wells.csv", "--form", "well");
  assert.deepEqual([code, /row 3: depth: type: /.test(noted)], [2, true], noted);
  assert.equal((await run("records", "--json")).printed, "");
});

Deno.test("mesh import takes a table with tabs, whose names are in a column that the form does not ask for", async () => {
  const { run, write } = createMesh();
  write("well.json", JSON.stringify(well));
  write("wells.tsv", "uuid\tdepth\nW-1\t12\n");
  await run("init", "survey", "--form", "well.json");
  const { noted } = await run("import", "wells.tsv", "--form", "well", "--id", "uuid");
  assert.match(noted, /^1 new, /);
  assert.deepEqual(Object.keys(JSON.parse((await run("record", "W-1", "--json")).printed).fields), ["depth"]);
});

Deno.test("mesh import refuses a file in which two rows are one record, or one row has more than the table", async () => {
  const { run, write } = createMesh();
  write("wells.csv", "_id,depth\nW-1,12\nW-2,3\nW-1,13\n");
  write("wide.csv", "_id,depth\nW-1,12, 5\n");
  write("twice.csv", "_id,depth,depth\nW-1,12,5\n");
  await run("init", "survey");
  const refusal = async (file: string) => (await run("import", file, "--form", "well")).noted;
  assert.match(await refusal("wells.csv"), /row 4: W-1 is the name of the record in row 2 as well/);
  assert.match(await refusal("wide.csv"), /row 2: it has 3 cells, and the table 2 columns/);
  assert.match(await refusal("twice.csv"), /two columns are named depth/);
  assert.equal((await run("records", "--json")).printed, "");
});

Deno.test("mesh import takes the log of the Python original: its last values, its notes with their authors, once", async () => {
  const { run, write } = createMesh();
  let prev = "";
  const lines = [
    ["record.create", { record_id: "R-1", form: "site", by: "anna" }],
    ["field.set", { record_id: "R-1", field: "code", value: "007" }],
    ["field.set", { record_id: "R-1", field: "n", value: 2n ** 70n }],
    ["note.add", { record_id: "R-1", text: "the pump is loose" }],
  ].map(([kind, payload], i) => {
    const event = createOriginalEvent({
      author: "anna",
      seq: i + 1,
      hlc: [1_700_000_000_000 + i, 0],
      kind: String(kind),
      payload,
      prev,
    });
    prev = event.id;
    return writeOriginalLine(event);
  });
  write("node.jsonl", lines.join("") + '{"a": "anna", "s": 5, "h"');
  await run("init", "survey");
  const { noted } = await run("import", "node.jsonl");
  assert.match(noted, /warning: line 5: .*\n.*took 4 events of the original, 0 were here already/);
  assert.match((await run("import", "node.jsonl")).noted, /took 0 events of the original, 4 were here already/);
  const { fields, notes } = JSON.parse((await run("record", "R-1", "--json")).printed);
  assert.deepEqual([fields.code.value, fields.n.value, fields._created_by.value], ["007", `${2n ** 70n}`, "anna"]);
  assert.equal(notes[0].text, "the pump is loose — anna, 2023-11-14 22:13");
});

Deno.test("mesh import knows the log of the Python original by any of its first lines, also where bytes are no text", async () => {
  const { run, writeBytes } = createMesh();
  const event = createOriginalEvent({
    ...{ author: "node", seq: 1, hlc: [1, 0], kind: "record.create", prev: "" },
    payload: { record_id: "R-1", form: "site" },
  });
  const torn = new TextEncoder().encode('{"a": "node", "s": 1, "h": [17\n');
  const rest = new TextEncoder().encode(`\n${writeOriginalLine(event)}`);
  writeBytes("node.jsonl", Uint8Array.of(...torn, 0xff, 0xfe, ...rest));
  await run("init", "survey");
  const { noted } = await run("import", "node.jsonl");
  assert.match(noted, /line 1: .*\n.*line 2: .*not UTF-8\n.*took 1 event of the original/);
});

Deno.test("mesh record and save say how long a file is, also where it is kept sealed", async () => {
  for (const sealed of [[], ["--sealed"]]) {
    const { environment: { files }, run, json } = createMeshLine();
    await run("init", "survey", ...sealed);
    await run("create", "R-1", "site");
    for (const [name, length] of [["a", 0], ["b", 16_356], ["c", 16_357], ["d", 40_000]] as const) {
      files.replace(`/somewhere/${name}`, new Uint8Array(length));
      await run("attach", "R-1", "photo", name);
      const { attachments } = await json("record", "R-1");
      assert.equal(attachments.at(-1).size, length, `${sealed}`);
      assert.equal((await json("save", "R-1", name, "-o", "out")).size, length);
    }
  }
});
