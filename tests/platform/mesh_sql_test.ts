// Goal: the SQL view holds what the view holds, after each change and after a restart.
// Method: a dataset in memory, a database in memory or in a folder of its own.
import assert from "node:assert/strict";
import fc from "fast-check";
import { SqlView } from "../../src/mesh/mod.ts";
import { createPeer, runsOfHistory, steps, TestPeer } from "../../src/mesh/view/_histories.ts";
import { openMeshSql } from "../../src/platform/mod.ts";

Deno.test("V10 SqlView finds texts and notes by words, whatever accents and case they have", () => {
  const peer = new TestPeer("a");
  using sql = new SqlView(peer.view, openMeshSql(":memory:"));
  peer.write(
    { kind: "record.create", record: "R-1", form: "water_point" },
    { kind: "field.set", record: "R-1", field: "remark", value: "Pompe CASSÉE, l'anche fuit" },
    { kind: "field.set", record: "R-2", field: "remark", value: "pump works" },
    { kind: "note.add", record: "R-2", text: "la pompe du voisin" },
  );
  assert.deepEqual(sql.search("cassee").map(({ record, field }) => [record, field]), [["R-1", "remark"]]);
  assert.deepEqual(sql.search("pomp").map(({ record }) => record).sort(), ["R-1", "R-2"]);
  assert.deepEqual(sql.search('pompe" OR "pump').length, 0);
  assert.deepEqual(sql.search("  "), []);
  peer.write({ kind: "field.set", record: "R-1", field: "remark", value: "repaired" });
  assert.deepEqual(sql.search("cassee"), []);
  peer.write({ kind: "record.delete", record: "R-1" });
  assert.deepEqual(sql.search("repaired"), []);
});

Deno.test("V10 SqlView gives values with their types, history and conflicts", () => {
  const [a, b] = [new TestPeer("a"), new TestPeer("b")];
  using sql = new SqlView(a.view, openMeshSql(":memory:"));
  a.write({ kind: "field.set", record: "R-1", field: "code", value: "007" });
  a.write({ kind: "field.set", record: "R-1", field: "depth", value: 1.5 });
  a.write({ kind: "field.set", record: "R-1", field: "ok", value: true });
  a.write({ kind: "field.set", record: "R-1", field: "tags", value: ["a", null] });
  b.write({ kind: "field.set", record: "R-1", field: "code", value: "8\0" });
  a.take(...b.runs);
  const rows = sql.query("SELECT field, value, type, others FROM fields WHERE record = ? ORDER BY field", "R-1");
  const shown = a.view.record("R-1")!.fields.get("code")!.value;
  assert.deepEqual(rows.map((row) => Object.values(row)), [
    ["code", String(shown).replace("\0", "\u2400"), "string", 1],
    ["depth", 1.5, "number", 0],
    ["ok", 1, "boolean", 0],
    ["tags", '["a",null]', "list", 0],
  ]);
  assert.equal(sql.query("SELECT * FROM conflicts").length, 1);
  assert.equal(sql.query("SELECT * FROM history WHERE field = 'code'").length, 2);
});

Deno.test("V10 SqlView refuses a text that no string could hold", () => {
  using sql = new SqlView(new TestPeer("a").view, openMeshSql(":memory:"));
  assert.throws(() => sql.query("SELECT hex(zeroblob(300000000))"), /string or blob too big/);
  assert.throws(() => sql.query("SELECT printf('%.*c', 600000000, 'x')"), /string or blob too big/);
});

Deno.test("V10 SqlView takes names that SQLite would take for one", () => {
  const peer = new TestPeer("a");
  using sql = new SqlView(peer.view, openMeshSql(":memory:"));
  for (const record of ["a\0b", "a\0c", "a\u2400b", "a"]) {
    peer.write({ kind: "field.set", record, field: "f", value: 1 });
  }
  assert.equal(sql.query("SELECT * FROM records").length, 3);
});

Deno.test("V10 SqlView.query() refuses to change anything", () => {
  using sql = new SqlView(createPeer().view, openMeshSql(":memory:"));
  assert.throws(() => sql.query("DELETE FROM records"), /readonly|read-only/);
  assert.deepEqual(sql.query("SELECT * FROM records"), []);
});

Deno.test("V10 SqlView.query() ends with TOO_LARGE when rows do not end", () => {
  using sql = new SqlView(createPeer().view, openMeshSql(":memory:"));
  const endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
  assert.throws(() => sql.query(endless), /Cannot show all rows: there are more than 100000/);
  assert.equal(sql.query(`${endless} LIMIT 100000`).length, 100_000);
  assert.deepEqual(sql.query("VALUES (1), (2) -- two").length, 2);
  assert.throws(() => sql.query("SELECT abs(-9223372036854775808)"), /integer overflow/);
});

Deno.test("V10 SqlView.copy() has all rows, also those that wait", () => {
  const peer = new TestPeer("a");
  using sql = new SqlView(peer.view, openMeshSql(":memory:"));
  peer.write({ kind: "field.set", record: "R-1", field: "status", value: "OPEN" });
  using copy = openMeshSql(":memory:", { copyOf: sql.copy() });
  assert.deepEqual(copy.query("SELECT record, value FROM fields"), sql.query("SELECT record, value FROM fields"));
  assert.equal(copy.query("SELECT * FROM search WHERE search MATCH 'open'").length, 1);
});

Deno.test("V10 SqlView has the same rows when it follows as when it is built", () => {
  fc.assert(
    fc.property(steps, (history) => {
      const { feeds, view } = createPeer();
      using sql = new SqlView(view, openMeshSql(":memory:"));
      for (const run of runsOfHistory(history)) {
        feeds.ingest(run);
        if (run.from % 3 === 0) sql.flush();
      }
      const followed = rowsOf(sql);
      sql.rebuild();
      assert.deepEqual(followed, rowsOf(sql));
      assert.equal(sql.query("SELECT * FROM conflicts").length > 0, view.conflicts().length > 0);
    }),
    { numRuns: 30 },
  );
});

Deno.test("V10 SqlView is built again when the file is of another time", () => {
  const folder = Deno.makeTempDirSync();
  const [path, peer] = [`${folder}/view.sqlite`, new TestPeer("a")];
  peer.write({ kind: "field.set", record: "R-1", field: "status", value: "OPEN" });
  new SqlView(peer.view, openMeshSql(path))[Symbol.dispose]();
  peer.write({ kind: "field.set", record: "R-1", field: "status", value: "CLOSED" });
  {
    using sql = new SqlView(peer.view, openMeshSql(path));
    assert.deepEqual(sql.query("SELECT value FROM fields").map(({ value }) => value), ["CLOSED"]);
    assert.deepEqual(sql.search("closed").length, 1);
  }
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("V10 SqlView brings tables of before up to the view, and has the same rows then as when it is built", () => {
  let kept = 0;
  fc.assert(
    fc.property(steps, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (history, away) => {
      const { feeds, view } = createPeer();
      using database = openMeshSql(":memory:");
      const rebuilt: string[] = [];
      // It outlives those who use it, as a file does.
      const file = {
        exec: (sql: string) => {
          if (sql.startsWith("DROP")) rebuilt.push(sql);
          database.exec(sql);
        },
        run: database.run.bind(database),
        query: database.query.bind(database),
        copy: database.copy.bind(database),
        transaction: database.transaction.bind(database),
        [Symbol.dispose]() {},
      };
      let sql = new SqlView(view, file, { feeds });
      for (const [i, run] of runsOfHistory(history).entries()) {
        if (away[i % away.length]) sql[Symbol.dispose]();
        feeds.ingest(run);
        if (away[i % away.length]) sql = new SqlView(view, file, { feeds });
      }
      sql.flush();
      const followed = rowsOf(sql);
      if (rebuilt.length === 0) kept++;
      sql.rebuild();
      assert.deepEqual(followed, rowsOf(sql));
    }),
    { numRuns: 60 },
  );
  assert.ok(kept > 5, `${kept} were brought up to date and not built again`);
});

function rowsOf(sql: SqlView): unknown {
  const tables = ["records", "fields", "notes", "attachments", "history", "conflicts"];
  const all = tables.map((name) => sql.query(`SELECT * FROM ${name}`).map((row) => JSON.stringify(row)).sort());
  return [...all, sql.search("note").map((hit) => JSON.stringify(hit)).sort()];
}

Deno.test("V10 a whole number of a query that is none of JavaScript is text, to the last digit", () => {
  using database = openMeshSql(":memory:");
  assert.deepEqual(
    database.query("SELECT 9223372036854775807 AS big, -9007199254740993 AS low, 7 AS n, 0.5 AS h, x'01' AS b"),
    [
      { big: "9223372036854775807", low: "-9007199254740993", n: 7, h: 0.5, b: new Uint8Array([1]) },
    ],
  );
  assert.deepEqual(Object.values(database.query("SELECT 9007199254740991 AS n")[0]!), [9007199254740991]);
});
