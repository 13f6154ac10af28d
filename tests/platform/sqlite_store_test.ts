import assert from "node:assert/strict";
import { isTinmanError } from "tinman";
import { openSqliteStore } from "../../src/platform/sqlite_store.ts";
import { testStore } from "../../src/testing/store_suite.ts";

const folder = Deno.makeTempDirSync({ prefix: "tinman-store-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
let made = 0;
const freshPath = () => `${folder}/${made++}.db`;

testStore({ name: "openSqliteStore()", test: Deno.test, create: () => openSqliteStore(freshPath()) });

Deno.test("openSqliteStore() finds what an earlier one had set", () => {
  const path = freshPath();
  {
    using store = openSqliteStore(path);
    store.set(["a", 1], Uint8Array.of(1, 2));
  }
  using store = openSqliteStore(path);
  assert.deepEqual(store.get(["a", 1]), Uint8Array.of(1, 2));
});

Deno.test("openSqliteStore() twice on one file: each sees what the other has set", () => {
  const path = freshPath();
  using one = openSqliteStore(path);
  using two = openSqliteStore(path);
  one.set(["a"], Uint8Array.of(1));
  assert.deepEqual(two.get(["a"]), Uint8Array.of(1));
  two.transaction(() => two.set(["a"], Uint8Array.of(2)));
  assert.deepEqual(one.get(["a"]), Uint8Array.of(2));
});

Deno.test("openSqliteStore() refuses a file that is something else, and leaves it as it is", async () => {
  const text = freshPath();
  Deno.writeTextFileSync(text, "this is no database ".repeat(100));
  assert.throws(() => openSqliteStore(text), (error) => isTinmanError(error, "CORRUPT_STORE"));
  assert.match(Deno.readTextFileSync(text), /^this is no database/);

  const other = freshPath();
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(other);
  database.exec("CREATE TABLE theirs (a); PRAGMA user_version = 7");
  database.close();
  const before = Deno.readFileSync(other);
  assert.throws(() => openSqliteStore(other), /is a database of another program/);
  assert.deepEqual(Deno.readFileSync(other), before);
});

Deno.test("openSqliteStore() says that there is no folder, and that a later version wrote the file", async () => {
  assert.throws(() => openSqliteStore(`${folder}/none/a.db`), (error) => isTinmanError(error, "NOT_FOUND"));
  const path = freshPath();
  openSqliteStore(path).close();
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 2");
  database.close();
  assert.throws(() => openSqliteStore(path), /it has version 2, this tinman knows 1/);
});

Deno.test("openSqliteStore() says what is damaged when a page of the file is", () => {
  const path = freshPath();
  {
    using store = openSqliteStore(path);
    for (let i = 0; i < 200; i++) store.set(["k", i], new Uint8Array(300).fill(i));
  }
  const bytes = Deno.readFileSync(path);
  bytes.fill(0xff, 4096);
  Deno.writeFileSync(path, bytes);
  assert.throws(() => {
    using store = openSqliteStore(path);
    for (const _ of store.entries());
  }, (error) => isTinmanError(error, "CORRUPT_STORE"));
});

Deno.test("openSqliteStore() says that a key is damaged, whatever its bytes are", async () => {
  const { DatabaseSync } = await import("node:sqlite");
  for (const key of ["02", "0261", "0261ff", "02610000", "21", "2100", "0361", "0100ff"]) {
    const path = freshPath();
    openSqliteStore(path).close();
    const database = new DatabaseSync(path);
    database.prepare("INSERT INTO entries VALUES (?, ?)").run(Uint8Array.fromHex(key), new Uint8Array(1));
    database.close();
    using store = openSqliteStore(path);
    assert.throws(() => [...store.keys()], (error) => isTinmanError(error, "CORRUPT_STORE"), key);
  }
});

Deno.test("openSqliteStore() gives room back to the disk when most of it is not needed any more", () => {
  const path = freshPath();
  {
    using store = openSqliteStore(path);
    store.transaction(() => {
      for (let i = 0; i < 300; i++) store.set([i], new Uint8Array(10_000));
    });
  }
  assert.ok(Deno.statSync(path).size > 3_000_000);
  {
    using store = openSqliteStore(path);
    store.clear([]);
    store.set(["a"], Uint8Array.of(1));
  }
  assert.ok(Deno.statSync(path).size < 100_000, `${Deno.statSync(path).size}`);
  using store = openSqliteStore(path);
  assert.deepEqual(store.get(["a"]), Uint8Array.of(1));
});

Deno.test("openSqliteStore() writes to a disk that has room for it, or says WRITE_FAILED and goes on", () => {
  const path = freshPath();
  using store = openSqliteStore(path);
  store.set(["before"], Uint8Array.of(1));
  // A store that is too large for SQLite itself stands for the disk.
  assert.throws(() => store.set(["large"], new Uint8Array(1_000_000_001)), (error) => isTinmanError(error));
  assert.deepEqual(store.get(["before"]), Uint8Array.of(1));
});
