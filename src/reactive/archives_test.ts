import assert from "node:assert/strict";
import { createMemoryStore } from "../store/mod.ts";
import { createMemoryArchives, createStoreArchives } from "./archives.ts";

const bytes = (length: number, fill = 1) => new Uint8Array(length).fill(fill);
/** The limit for so many entries of 488 bytes, which are 1000 with their places. */
const room = (entries: number) => ({ maxBytes: entries * 1000 });

Deno.test("Archive.get() gives what was set last, of its own archive alone", () => {
  const archives = createMemoryArchives();
  const [a, b] = [archives.open("a"), archives.open("b")];
  assert.equal(archives.open("a"), a);
  a.set("k", bytes(1, 1));
  assert.equal(b.get("k"), undefined);
  b.set("k", bytes(1, 2));
  a.set("k", bytes(1, 3));
  assert.deepEqual([a.get("k")![0], b.get("k")![0]], [3, 2]);
  assert.equal(a.delete("k"), true);
  assert.equal(a.delete("k"), false);
  assert.equal(a.get("k"), undefined);
  assert.equal(b.get("k")![0], 2);
});

Deno.test("Archive.keys() are in the order in which they were last set", () => {
  const archive = createMemoryArchives().open("a");
  for (const key of ["z", "a", "m", "z"]) archive.set(key, bytes(1));
  archive.get("a");
  assert.deepEqual([...archive.keys()], ["a", "m", "z"]);
  archive.clear();
  assert.deepEqual([...archive.keys()], []);
});

Deno.test("names of archives and keys may be any text", () => {
  const archives = createMemoryArchives();
  const names = ["", "a", "a\0", "a\0b", "ab", "b", "ä"];
  for (const name of names) for (const key of names) archives.open(name).set(key, new TextEncoder().encode(name + key));
  assert.deepEqual(archives.names(), names);
  for (const name of names) assert.deepEqual([...archives.open(name).keys()], names);
  assert.equal(archives.clear("a"), names.length);
  assert.deepEqual(archives.names(), names.filter((name) => name !== "a"));
});

Deno.test("what was not used for the longest time goes when the limit is reached", () => {
  const archives = createMemoryArchives(room(3));
  const [a, b] = [archives.open("a"), archives.open("b")];
  a.set("1", bytes(488));
  b.set("2", bytes(488));
  a.set("3", bytes(488));
  a.get("1");
  a.set("4", bytes(488));
  assert.deepEqual([...a.keys()], ["1", "3", "4"]);
  assert.deepEqual([...b.keys()], []);
  assert.deepEqual(archives.entries().map(({ key }) => key), ["3", "1", "4"]);
  a.set("3", bytes(488));
  a.set("5", bytes(488 + 1000));
  assert.deepEqual([...a.keys()], ["3", "5"]);
  assert.deepEqual(archives.statistics(), { entries: 2, bytes: 3000, hits: 1, misses: 0, evictions: 3 });
});

Deno.test("a value that is larger than the limit is not kept, and what was there for it goes", () => {
  const archives = createMemoryArchives(room(2));
  const archive = archives.open("a");
  archive.set("1", bytes(488));
  archive.set("2", bytes(488));
  archive.set("2", bytes(5000));
  assert.deepEqual([...archive.keys()], ["1"]);
  assert.deepEqual(archives.statistics("a"), { entries: 1, bytes: 1000, hits: 0, misses: 0, evictions: 1 });
  const none = createMemoryArchives({ maxBytes: 0 });
  none.open("a").set("1", bytes(0));
  assert.equal(none.open("a").get("1"), undefined);
});

Deno.test("the order in which values go is that of a simple model, over thousands of uses", () => {
  const archives = createMemoryArchives(room(20));
  const archive = archives.open("a");
  let model: string[] = [];
  let seed = 5;
  const next = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  for (let i = 0; i < 5000; i++) {
    const key = `${next(40)}`;
    if (next(3) === 0) {
      archive.set(key, bytes(488));
      model = [...model.filter((each) => each !== key), key].slice(-20);
    } else {
      const isThere = model.includes(key);
      assert.equal(archive.get(key) !== undefined, isThere, `${i}`);
      if (isThere) model = [...model.filter((each) => each !== key), key];
    }
  }
  assert.deepEqual(archives.entries().map(({ key }) => key), model);
});

Deno.test("archives find in a store what earlier ones have left, with its order, its counts and its size", () => {
  const store = createMemoryStore();
  {
    using archives = createStoreArchives(store, room(3));
    for (const key of ["1", "2", "3"]) archives.open("a").set(key, bytes(488));
    archives.open("a").get("1");
    archives.open("a").get("none");
  }
  using archives = createStoreArchives(store, room(3));
  assert.deepEqual(archives.statistics(), { entries: 3, bytes: 3000, hits: 1, misses: 1, evictions: 0 });
  archives.open("b").set("4", bytes(488));
  assert.deepEqual(archives.entries().map(({ name, key }) => name + key), ["a3", "a1", "b4"]);
  assert.deepEqual(archives.names(), ["a", "b"]);
  assert.deepEqual(archives.statistics("a"), { entries: 2, bytes: 2000, hits: 1, misses: 1, evictions: 1 });
});

Deno.test("archives with a smaller limit than before make room at the next set", () => {
  const store = createMemoryStore();
  const many = createStoreArchives(store);
  for (let i = 0; i < 30; i++) many.open("a").set(`${i}`, bytes(488));
  const few = createStoreArchives(store, room(2));
  few.open("a").set("30", bytes(488));
  assert.deepEqual([...few.open("a").keys()], ["29", "30"]);
});

Deno.test("archives are used again after close(), and open their store anew", () => {
  const store = createMemoryStore();
  let opened = 0;
  let closed = 0;
  const archives = createStoreArchives(() => {
    opened++;
    return {
      get: (key) => store.get(key),
      set: (key, value) => store.set(key, value),
      delete: (key) => store.delete(key),
      clear: (prefix) => store.clear(prefix),
      keys: (range) => store.keys(range),
      entries: (range) => store.entries(range),
      transaction: (action) => store.transaction(action),
      close: () => void closed++,
      [Symbol.dispose]: () => void closed++,
    };
  });
  const archive = archives.open("a");
  assert.equal(opened, 0);
  archive.set("1", bytes(1));
  archives.close();
  archives.close();
  assert.deepEqual([opened, closed], [1, 1]);
  assert.deepEqual(archive.get("1"), bytes(1));
  assert.deepEqual([opened, closed], [2, 1]);
});

Deno.test("clear() leaves nothing in the store, and what else is in it stays", () => {
  const store = createMemoryStore();
  store.set(["theirs"], bytes(1));
  const archives = createStoreArchives(store);
  for (const name of ["a", "b"]) archives.open(name).set("1", bytes(10));
  archives.open("a").get("1");
  assert.equal(archives.clear(), 2);
  assert.deepEqual(archives.statistics(), { entries: 0, bytes: 0, hits: 0, misses: 0, evictions: 0 });
  archives.close();
  assert.deepEqual([...store.keys()].filter(([first]) => first !== "archive"), [["theirs"]]);
  archives.open("a").set("1", bytes(488));
  assert.equal(archives.statistics().bytes, 1000);
});

Deno.test("peek() gives bytes without counting them as used", () => {
  const archives = createMemoryArchives();
  archives.open("a").set("1", bytes(3));
  archives.open("a").set("2", bytes(3));
  assert.deepEqual(archives.peek("a", "1"), bytes(3));
  assert.equal(archives.peek("a", "none"), undefined);
  assert.deepEqual(archives.entries("a").map(({ key }) => key), ["1", "2"]);
  assert.equal(archives.statistics().hits, 0);
});

Deno.test("archives go on with a store in which sizes and orders are damaged", () => {
  const store = createMemoryStore();
  createStoreArchives(store).open("a").set("1", bytes(488));
  store.set(["archive", "total"], new Uint8Array(24).fill(0xff));
  store.set(["archive", "place", "a", "1"], bytes(3));
  store.set(["archive", "place", 5], bytes(3));
  const archives = createStoreArchives(store, room(2));
  assert.deepEqual(archives.open("a").get("1"), bytes(488));
  for (const key of ["2", "3", "4", "5"]) archives.open("a").set(key, bytes(488));
  assert.deepEqual(archives.open("a").get("5"), bytes(488));
  assert.deepEqual(archives.names(), ["a"]);
  archives.clear();
  assert.deepEqual(archives.statistics().bytes, 0);
});

Deno.test("Archive.keys() go on over what is set and removed meanwhile", () => {
  const archive = createMemoryArchives().open("a");
  for (const key of ["1", "2", "3"]) archive.set(key, bytes(1));
  const seen: string[] = [];
  for (const key of archive.keys()) {
    seen.push(key);
    archive.delete("3");
    archive.set(`${key} more`, bytes(1));
  }
  assert.deepEqual(seen, ["1", "2", "3"]);
});

Deno.test("createMemoryArchives() refuses a limit that is none", () => {
  for (const maxBytes of [-1, NaN]) assert.throws(() => createMemoryArchives({ maxBytes }), RangeError);
});
