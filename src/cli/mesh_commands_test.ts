import assert from "node:assert/strict";
import { VirtualClock } from "../clock/mod.ts";
import { readFile } from "../files/mod.ts";
import { createTestEnvironment } from "../testing/mod.ts";
import { createMeshLine } from "./_mesh_line_test.ts";
import { main } from "./main.ts";
import { createMemoryIo } from "./memory_io.ts";
import { createMemoryMeshIo } from "./mesh_io.ts";

/** Runs command lines of `tinman mesh` one after the other on the same files. */
const createMesh = () => createMeshLine().run;

Deno.test("mesh set takes a value for text: 007 stays 007", async () => {
  const mesh = createMesh();
  assert.match((await mesh("init", "survey")).printed, /^survey in \/somewhere\/mesh, as Ana, device [0-9a-f]{8}\n$/);
  assert.equal((await mesh("create", "R-1", "site", "code=007")).code, 0);
  await mesh("set", "R-1", "depth", "12.5", "--type", "decimal");
  const { printed } = await mesh("record", "R-1", "--json");
  const { fields } = JSON.parse(printed);
  assert.deepEqual([fields.code.value, fields.depth.value, fields.depth.by], ["007", 12.5, "Ana"]);
});

Deno.test("mesh set and import keep no number as another one", async () => {
  const { environment: { files }, run } = createMeshLine();
  await run("init", "survey");
  await run("create", "R-1", "site");
  const { code, noted } = await run("set", "R-1", "id", "[12345678901234567890]", "--type", "json");
  assert.equal(code, 2);
  assert.match(noted, /Cannot set id: 12345678901234567890 would be kept as 12345678901234567000\n.*write it as text/);
  assert.match((await run("set", "R-1", "id", '"\\ud800"', "--type", "json")).noted, /half a character/);
  files.replace("/somewhere/r.jsonl", new TextEncoder().encode('{"_id": "R-2", "a": 1}\n{"_id": "R-3", "a": 1e400}'));
  const imported = await run("import", "r.jsonl", "--form", "site");
  assert.match(imported.noted, /Cannot import line 2 of r.jsonl: 1e400 is too large for a number/);
  assert.match((await run("set", "R-1", "id", "12345678901234567890", "--type", "integer")).noted, /Cannot set id/);
});

Deno.test("mesh init and join with a form that cannot be used leave no dataset behind", async () => {
  const { run, environment } = createMeshLine();
  environment.files.replace("/somewhere/bad.json", new TextEncoder().encode("{}"));
  for (const form of ["none.json", "bad.json"]) {
    assert.notEqual((await run("init", "survey", "--form", form)).code, 0);
    assert.notEqual((await run("join", "tinman-invitation:x", "--form", form)).code, 0);
  }
  assert.deepEqual(environment.files.list("/somewhere/mesh"), []);
  assert.equal((await run("init", "survey")).code, 0);
});

Deno.test("mesh checks values by the form of the record, and names field and rule", async () => {
  const { environment, run } = createMeshLine();
  const form = {
    v: 1,
    id: "well",
    title: "Well",
    languages: [],
    groups: [],
    fields: [{ path: "depth", type: "integer", constraint: ". < 100" }, {
      path: "name",
      type: "text",
      required: "true()",
    }],
    choices: {},
  };
  environment.files.makeFolder("/somewhere");
  environment.files.replace("/somewhere/well.json", new TextEncoder().encode(JSON.stringify(form)));
  assert.equal((await run("init", "survey", "--form", "well.json")).code, 0);
  const created = await run("create", "W-1", "well", "depth=20");
  assert.deepEqual([created.code, /still to do: name: required/.test(created.noted)], [0, true], created.noted);
  assert.match((await run("set", "W-1", "depth", "deep")).noted, /Cannot set depth: expected a whole number/);
  const tooDeep = await run("set", "W-1", "depth", "200");
  assert.equal(tooDeep.code, 2);
  assert.match(tooDeep.noted, /depth: constraint: /);
  assert.equal((await run("set", "W-1", "depth", "200", "--force")).code, 0);
});

Deno.test("mesh shows a deleted record only when asked, and brings it back", async () => {
  const mesh = createMesh();
  await mesh("init", "survey");
  await mesh("create", "R-1", "site", "a=1");
  await mesh("delete", "R-1", "--reason", "twice");
  assert.equal((await mesh("records", "--json")).printed, "");
  assert.match((await mesh("records", "--deleted")).printed, /R-1 .*DELETED/);
  assert.match((await mesh("create", "R-1", "site")).noted, /there is such a record, deleted/);
  await mesh("restore", "R-1");
  assert.equal(JSON.parse((await mesh("records", "--json")).printed).fields.a.value, "1");
  assert.deepEqual(
    JSON.parse((await mesh("history", "R-1", "--json")).printed).history.map((each: { what: string }) => each.what),
    ["state", "state", "field", "form"],
  );
});

Deno.test("mesh says what is wrong: no dataset, no record, one already there, no member", async () => {
  const mesh = createMesh();
  assert.equal((await mesh("status")).code, 3);
  await mesh("init", "survey");
  assert.equal((await mesh("init", "survey")).code, 2);
  assert.equal((await mesh("record", "R-1")).code, 3);
  const { printed } = await mesh("invite");
  assert.equal((await mesh("join", printed.trim(), "-D", "other", "--as", "Ben")).code, 0);
  const denied = await mesh("create", "R-1", "site", "-D", "other");
  assert.deepEqual(
    [denied.code, /has met nobody yet who knows its invitation/.test(denied.noted)],
    [4, true],
    denied.noted,
  );
  assert.match((await mesh("status", "-D", "other")).printed, /you +Ben/);
});

Deno.test("P7 mesh fsck keeps what is whole, and the device writes nothing in place of what it lost", async () => {
  const { environment, run } = createMeshLine();
  await run("init", "survey");
  const { size } = environment.files.stat("/somewhere/mesh/feeds.log")!;
  for (const id of ["a", "b", "c"]) await run("create", id, "site");
  const file = environment.files.open("/somewhere/mesh/feeds.log", "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.close();
  bytes[size + 20]! ^= 1;
  environment.files.replace("/somewhere/mesh/feeds.log", bytes);
  assert.equal((await run("status")).code, 5);
  assert.equal((await run("fsck")).code, 5);
  assert.match((await run("fsck", "--repair")).printed, /repaired: .*\n.*\n.*own 3 events have come back/);
  assert.equal((await run("verify")).code, 0);
  assert.equal((await run("create", "d", "site")).code, 7);
  await run("fsck", "--forget");
  assert.equal((await run("create", "d", "site")).code, 0);
});

Deno.test("F10 mesh says once that the last write was damaged, where it is, and writes nothing in its place", async () => {
  const { environment: { files }, run } = createMeshLine();
  await run("init", "survey");
  for (const id of ["a", "b"]) await run("create", id, "site");
  const bytes = readFile(files, "/somewhere/mesh/feeds.log", 1e6)!.slice();
  bytes[bytes.length - 40]! ^= 1;
  files.replace("/somewhere/mesh/feeds.log", bytes);
  assert.match((await run("verify")).printed, /damage .*bytes at \d+, the last that were written, are damaged/);
  const { code, noted } = await run("status");
  assert.equal(code, 6, "there is something to be done");
  assert.match(noted, /the last \d+ bytes of \S+, at \d+, were damaged and are now in \S+feeds.log.damaged-1: .*sync/);
  const again = await run("status");
  assert.deepEqual([again.noted, /not here, and peers may have them: sync before you/.test(again.printed)], ["", true]);
  assert.match((await run("create", "c", "site")).noted, /fsck --forget/);
  await run("fsck", "--forget");
  assert.equal((await run("create", "c", "site")).code, 0);
});

Deno.test("mesh verify names a damaged file, and mesh fsck moves it away so that it can come again", async () => {
  const { environment: { files }, run } = createMeshLine();
  await run("init", "survey");
  assert.doesNotMatch((await run("verify")).printed, /files/);
  await run("create", "R-1", "site");
  files.replace("/somewhere/door.jpg", new Uint8Array(40_000));
  await run("attach", "R-1", "photo", "door.jpg");
  await run("pack", "all.tmesh");
  const whole = await run("verify");
  assert.deepEqual([whole.code, /^files: 1 whole \(39.1 KiB\)$/m.test(whole.printed)], [0, true], whole.printed);
  const [blob] = files.list("/somewhere/mesh/blobs");
  files.replace(`/somewhere/mesh/blobs/${blob}`, new Uint8Array(40_000).fill(1));
  const damaged = await run("verify");
  assert.equal(damaged.code, 5);
  assert.match(damaged.printed, /^damage .*\(door.jpg\) is not what was attached$/m);
  const { problems, events, files: found } = JSON.parse((await run("fsck", "--json")).printed);
  assert.deepEqual([problems.length, events, found.damaged.length, found.whole.count], [1, 3, 1, 0]);
  const { code, printed } = await run("fsck", "--repair");
  assert.deepEqual([code, /^moved: .*\.damaged-1$/m.test(printed), /tinman mesh sync/.test(printed)], [0, true, true]);
  const missing = await run("verify");
  assert.deepEqual([missing.code, /1 not here yet.*\nbeside: 1 damaged/.test(missing.printed)], [0, true]);
  await run("unpack", "all.tmesh");
  assert.match((await run("verify")).printed, /^files: 1 whole/m);
});

Deno.test("mesh status says which files have no room, and mesh room makes some, for good", async () => {
  const { environment: { files }, run } = createMeshLine();
  await run("init", "survey");
  assert.doesNotMatch((await run("status")).printed, /files|carried/);
  await run("create", "R-1", "site");
  files.replace("/somewhere/door.jpg", new Uint8Array(40_000));
  await run("attach", "R-1", "photo", "door.jpg");
  assert.match((await run("status")).printed, /^ {2}files {5}1 here \(39.1 KiB\)$/m);
  const [blob] = files.list("/somewhere/mesh/blobs");
  files.remove(`/somewhere/mesh/blobs/${blob}`);
  assert.match((await run("status")).printed, /0 here \(0 B\), 1 to come \(39.1 KiB, of which 0 B came\)$/m);
  assert.match((await run("room", "0")).printed, /0 B of 0 B taken\nfiles .* 1 without room \(39.1 KiB\)/);
  const { code, printed } = await run("status");
  assert.deepEqual([code, /1 files \(1 MiB\) are not fetched.*tinman mesh room MIB/.test(printed)], [6, true], printed);
  const lines = (await run("status", "-m")).printed.trim().split("\n");
  assert.match(lines.at(-16)!, /^warning\t/);
  assert.deepEqual(lines.slice(-15, -13), ["files.here.count\t0", "files.here.bytes\t0"]);
  assert.deepEqual(lines.slice(-3), ["backlog.peers\t0", "backlog.toSend\t0", "backlog.toGet\t0"]);
  assert.ok(lines.includes("files.refused.bytes\t40000"));
  assert.equal(JSON.parse((await run("status", "--json")).printed).files.refused.bytes, 40_000);
  await run("room", "2");
  assert.deepEqual([(await run("status")).code, JSON.parse((await run("room", "--json")).printed).maxBytes], [
    0,
    2 ** 21,
  ]);
  assert.equal((await run("room", "much")).code, 2);
});

Deno.test("mesh status says that this machine's clock is behind, with the fix", async () => {
  const environment = createTestEnvironment();
  const { files } = environment;
  const year = 365n * 24n * 3_600_000_000_000n;
  const run = async (ns: bigint, ...line: string[]) => {
    const mesh = createMemoryMeshIo({ files, clock: new VirtualClock(ns) });
    const io = createMemoryIo({ environment, mesh });
    return { code: await main(["mesh", ...line], io), printed: io.printed() };
  };
  await run(56n * year, "init", "survey");
  const { code, printed } = await run(0n, "status");
  assert.equal(code, 6);
  assert.match(
    printed,
    /this machine's clock says 1970-01-01T00:00:00.000Z, and there are events of 2025-.*: set the clock/,
  );
});

Deno.test("mesh forms shows what was added, and what is written later is checked with it", async () => {
  const { environment, run } = createMeshLine();
  const form = {
    v: 1,
    id: "well",
    title: "Well",
    languages: [],
    groups: [],
    fields: [{ path: "n", type: "integer" }],
    choices: {},
  };
  environment.files.makeFolder("/somewhere");
  environment.files.replace("/somewhere/well.json", new TextEncoder().encode(JSON.stringify(form)));
  await run("init", "survey");
  await run("create", "W-1", "well", "n=many");
  assert.match((await run("forms", "--form", "well.json")).printed, /well +Well +– +1/);
  assert.equal((await run("set", "W-1", "n", "more")).code, 2);
  assert.equal((await run("set", "W-1", "n", "7")).code, 0);
  assert.equal(JSON.parse((await run("record", "W-1", "--json")).printed).fields.n.value, 7);
});

Deno.test("mesh compact puts a snapshot in place of what was replaced, and the log is right then", async () => {
  const mesh = createMesh();
  await mesh("init", "survey");
  await mesh("create", "R-1", "site");
  for (let i = 0; i < 40; i++) await mesh("set", "R-1", "code", `${i} of a long text that is written again and again`);
  assert.match(
    (await mesh("compact")).printed,
    /^nothing can be compacted: no event that is older than 30 days is left/,
  );
  assert.match((await mesh("compact", "--keep-days", "0", "--dry-run")).printed, /^42 events would go/);
  const before = JSON.parse((await mesh("status", "--json")).printed);
  const { events, isDone, bytesBefore, bytesAfter, heldUpBy } = JSON.parse(
    (await mesh("compact", "--keep-days", "0", "--json")).printed,
  );
  assert.deepEqual([events, isDone, heldUpBy], [42, true, []]);
  assert.ok(bytesAfter < bytesBefore / 2, `${bytesAfter} of ${bytesBefore}`);
  const after = JSON.parse((await mesh("status", "--json")).printed);
  assert.deepEqual([after.digest, after.records, after.warnings], [before.digest, 1, []]);
  assert.deepEqual([(await mesh("verify")).code, (await mesh("set", "R-1", "code", "on")).code], [0, 0]);
  assert.equal((await mesh("compact", "--keep-days", "-1")).code, 2);
});

Deno.test("mesh search finds words in fields and notes, and mesh query reads tables and changes nothing", async () => {
  const mesh = createMesh();
  await mesh("init", "survey");
  await mesh("create", "R-1", "site", "remark=Pompe cassée");
  await mesh("note", "R-1", "handle is broken");
  const found = await mesh("search", "cassee", "--json");
  assert.deepEqual(JSON.parse(found.printed), { record: "R-1", field: "remark", excerpt: "Pompe [cassée]" });
  assert.match((await mesh("search", "brok")).printed, /R-1 +note +handle is \[broken\]/);
  assert.equal((await mesh("search", "nothing")).code, 0);
  const { printed } = await mesh("query", "SELECT record, value FROM fields", "--json");
  assert.deepEqual(JSON.parse(printed), { record: "R-1", value: "Pompe cassée" });
  for (const sql of ["DELETE FROM fields", "SELEC", "ATTACH '/etc/passwd' AS x"]) {
    assert.equal((await mesh("query", sql)).code, 2, sql);
  }
  for (const sql of ["SELECT 1; SELECT 2", "SELECT 1;; DELETE FROM fields", "SELECT 1 -- one\n; --\n/* */ x"]) {
    const { code, printed, noted } = await mesh("query", sql);
    assert.deepEqual([code, printed, /behind its end there is "(SELECT 2|DELETE FROM fields|x)"/.test(noted)], [
      2,
      "",
      true,
    ]);
  }
  for (const sql of ["SELECT ';' AS a;", "SELECT 1; -- one; two", "SELECT 'é'; /* and; so on"]) {
    assert.equal((await mesh("query", sql)).code, 0, sql);
  }
  assert.match((await mesh("search", "brok")).printed, /R-1/);
});

Deno.test("mesh create says that a form is not here where there are others: it may be a slip", async () => {
  const { environment, run } = createMeshLine();
  const form = {
    v: 1,
    id: "well",
    title: "Well",
    languages: [],
    groups: [],
    fields: [{ path: "n", type: "text" }],
    choices: {},
  };
  environment.files.makeFolder("/somewhere");
  environment.files.replace("/somewhere/well.json", new TextEncoder().encode(JSON.stringify(form)));
  await run("init", "survey");
  assert.equal((await run("create", "W-1", "wel")).noted, "created W-1\n");
  await run("forms", "--form", "well.json");
  assert.match(
    (await run("create", "W-2", "wel")).noted,
    /form: wel is not here, so nothing is checked; there are well/,
  );
  assert.equal((await run("create", "W-3", "well")).noted, "created W-3\n");
});

Deno.test("mesh start says at once which address can never be met", async () => {
  const mesh = createMesh();
  await mesh("init", "survey");
  for (const address of ["http://base", "tcp://base:x", "dir:stick", "base.local"]) {
    assert.equal((await mesh("start", "--via", address)).code, 2, address);
  }
  assert.match((await mesh("start", "--via", "dir:stick")).noted, /fix: .*tinman mesh sync --via dir:stick/);
  for (const address of ["listen:127.0.0.1", "ws://base", "base"]) {
    assert.equal((await mesh("start", "--original", address)).code, 2, address);
  }
});

Deno.test("mesh status warns of a device that was copied until it is removed", async () => {
  const { environment: { files }, run } = createMeshLine();
  files.makeFolder("/somewhere/stick");
  const meet = async (...folders: string[]) => {
    for (const data of folders) await run("sync", "--via", "dir:stick", "-D", data);
  };
  await run("init", "survey", "-D", "base", "--as", "Base");
  await run("join", (await run("invite", "-D", "base")).printed.trim(), "-D", "ana", "--as", "Ana");
  await meet("base", "ana", "base");
  files.makeFolder("/somewhere/copy");
  for (const name of ["dataset.json", "device.key", "feeds.log"]) {
    files.replace(`/somewhere/copy/${name}`, readFile(files, `/somewhere/ana/${name}`, 1e6)!);
  }
  for (const data of ["ana", "copy"]) await run("create", `R-${data}`, "site", "-D", data);
  await meet("ana", "copy", "base");
  assert.match((await run("status", "-D", "base")).printed, /Ana has written two histories from event 2 on/);
  await run("remove", "Ana", "-D", "base");
  const { code, printed } = await run("status", "-D", "base");
  assert.deepEqual([code, printed.includes("two histories")], [0, false], printed);
});

Deno.test("mesh says which flag names nothing: sync via an empty folder, save to stdout, a list of no records", async () => {
  const { environment, run } = createMeshLine();
  await run("init", "survey");
  await run("create", "R-1", "site");
  for (
    const [line, why] of [
      [["sync", "--via", "dir:"], /Cannot sync via "dir:": it names no place/],
      [["sync", "--via", ""], /it names no place/],
      [["save", "R-1", "photo", "-o", "-"], /Cannot save a file to stdout/],
      [["records", "-n", "0"], /Cannot list 0 records/],
    ] as const
  ) {
    const { code, noted } = await run(...line);
    assert.deepEqual([code, why.test(noted)], [2, true], noted);
  }
  assert.equal(environment.files.stat("/somewhere/-"), undefined);
});
