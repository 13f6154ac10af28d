import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../../errors/mod.ts";
import { createMemoryFiles, type Files, readFile } from "../../files/mod.ts";
import { createFaultyFiles } from "../../testing/mod.ts";
import { FilePool } from "./file_pool.ts";
import { Journal, type JournalDamage } from "./journal.ts";
import { putFile } from "./_records.ts";

const PATH = "data/facts.journal";

function open(files: Files, damages: JournalDamage[] = []): Journal {
  files.makeFolder("data");
  return new Journal(new FilePool(files, { maxOpen: 2 }), PATH, {
    syncs: false,
    onDamage: (each) => damages.push(each),
  });
}

Deno.test("Journal knows after a restart what a map would know, also without being closed", () => {
  const change = fc.record({
    key: fc.constantFrom("a", "b\n", "c", "ä"),
    part: fc.nat(3),
    value: fc.option(fc.jsonValue(), { nil: undefined }),
    restarts: fc.boolean(),
  });
  fc.assert(fc.property(fc.array(change), (changes) => {
    const files = createMemoryFiles();
    const model = new Map<string, unknown>();
    let journal = open(files);
    for (const { key, part, value, restarts } of changes) {
      if (value === undefined) journal.delete(["kind", key, part]);
      else journal.set(["kind", key, part], value);
      if (value === undefined) model.delete(`${key}${part}`);
      else model.set(`${key}${part}`, JSON.parse(JSON.stringify(value)));
      if (restarts) journal = open(files);
      const known = [...journal.entries("kind")].map(([[, key, part], value]) => [`${key}${part}`, value] as const);
      assert.deepEqual(new Map(JSON.parse(JSON.stringify(known))), model);
    }
    assert.deepEqual([...journal.entries("other")], []);
  }));
});

Deno.test("Journal: cut off anywhere it knows all whole lines, says what was cut, and goes on", () => {
  const files = createMemoryFiles();
  const journal = open(files);
  for (let i = 0; i < 5; i++) journal.set(["n", i], "x".repeat(i));
  const bytes = readFile(files, PATH, 2 ** 20)!;
  for (let cut = 0; cut <= bytes.length; cut++) {
    const copy = createMemoryFiles();
    putFile(copy, PATH, bytes.subarray(0, cut));
    const damages: JournalDamage[] = [];
    const kept = open(copy, damages);
    const lines = bytes.subarray(0, cut).filter((byte) => byte === 10).length;
    assert.equal([...kept.entries("n")].length, lines);
    const at = bytes.subarray(0, cut).lastIndexOf(10) + 1;
    assert.deepEqual(damages, at === cut ? [] : [{ path: PATH, at, bytes: cut - at, isCut: true }]);
    kept.set(["n", 9], true);
    assert.equal([...open(copy, damages).entries("n")].length, lines + 1);
    assert.equal(damages.length, at === cut ? 0 : 1);
  }
});

Deno.test("Journal: a flipped bit costs one fact, is told, and no other is lost", () => {
  const files = createMemoryFiles();
  const journal = open(files);
  for (let i = 0; i < 4; i++) journal.set(["n", i], "abc");
  const bytes = readFile(files, PATH, 2 ** 20)!;
  for (let bit = 0; bit < bytes.length * 8; bit += 3) {
    const damaged = bytes.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    const copy = createMemoryFiles();
    putFile(copy, PATH, damaged);
    const damages: JournalDamage[] = [];
    const known = [...open(copy, damages).entries("n")];
    // A damaged end of a line takes the next line with it.
    assert.ok(known.length >= 2 && known.length < 4 && damages.length >= 1, `bit ${bit}: ${known.length}`);
    for (const [, value] of known) assert.equal(value, "abc");
  }
});

Deno.test("Journal is written anew before it is much longer than what is true", () => {
  const files = createMemoryFiles();
  const journal = open(files);
  for (let i = 0; i < 60_000; i++) journal.set(["n", i % 10], { offset: i, metadata: "some metadata" });
  assert.ok(files.stat(PATH)!.size < 1.1 * 2 ** 20, `${files.stat(PATH)!.size} bytes`);
  assert.deepEqual([...open(files).entries("n")].map(([, value]) => (value as { offset: number }).offset % 10), [
    ...Array(10).keys(),
  ]);
});

Deno.test("Journal on a disk that fails keeps what it took, and takes no fact that it refused", () => {
  for (const how of ["full", "broken"] as const) {
    for (let failAt = 1; failAt < 15; failAt++) {
      const disk = createMemoryFiles();
      const journal = open(createFaultyFiles(disk, { failAt, how, times: 2 }));
      const model: number[] = [];
      for (let i = 0; i < 15; i++) {
        try {
          journal.set(["n", i], i);
          model.push(i);
        } catch (error) {
          assert.ok(isTinmanError(error, "WRITE_FAILED"));
        }
      }
      assert.ok(model.length >= 12);
      assert.deepEqual([...open(disk).entries("n")].map(([, value]) => value), model);
    }
  }
});
