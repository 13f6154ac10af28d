import assert from "node:assert/strict";
import { isTinmanError } from "../../errors/mod.ts";
import { createMemoryFiles } from "../../files/mod.ts";
import { createFaultyFiles } from "../../testing/mod.ts";
import { FilePool } from "./file_pool.ts";
import { FileSegments } from "./file_segments.ts";
import { MemorySegments } from "./memory_segments.ts";
import type { SegmentFolder } from "./segment_folder.ts";

const implementations: Readonly<Record<string, () => SegmentFolder>> = {
  MemorySegments: () => new MemorySegments(),
  FileSegments: () => new FileSegments(new FilePool(createMemoryFiles(), { maxOpen: 2 }), "data/t/0"),
};

for (const [name, create] of Object.entries(implementations)) {
  Deno.test(`${name} lists what was made or put into, in the order of offsets`, () => {
    const folder = create();
    assert.deepEqual(folder.list(), []);
    for (const base of [100, 5, 20]) folder.open(base).append(Uint8Array.of(1));
    folder.open(7);
    assert.deepEqual(folder.list(), [5, 20, 100]);
    folder.remove(20);
    folder.remove(21);
    folder.make(300);
    folder.make(5);
    assert.deepEqual(folder.list(), [5, 100, 300]);
    assert.deepEqual([folder.open(5).length, folder.open(300).length], [1, 0]);
  });

  Deno.test(`${name}: what was read stays as it is, whatever comes after`, () => {
    const folder = create();
    const bytes = folder.open(0);
    assert.deepEqual([bytes.length, ...bytes.read(0, 10)], [0]);
    bytes.append(Uint8Array.of(1, 2, 3));
    bytes.append(Uint8Array.of(4));
    const [all, middle, end] = [bytes.read(0, 100), bytes.read(1, 2), bytes.read(3, 9)];
    bytes.append(new Uint8Array(10_000).fill(9));
    bytes.cut(2);
    bytes.append(Uint8Array.of(7, 7, 7));
    bytes.sync();
    assert.deepEqual([...all, 0, ...middle, 0, ...end], [1, 2, 3, 4, 0, 2, 3, 0, 4]);
    assert.deepEqual([...bytes.read(0, 100)], [1, 2, 7, 7, 7]);
    const replaced = folder.replace(0, Uint8Array.of(8));
    assert.deepEqual([replaced.length, ...replaced.read(0, 5), ...all], [1, 8, 1, 2, 3, 4]);
    assert.deepEqual([...bytes.read(5, 5), ...bytes.read(9, 1)], []);
  });

  Deno.test(`${name} serves more segments than may be open`, () => {
    const folder = create();
    const all = [0, 1, 2, 3, 4].map((base) => folder.open(base));
    for (let round = 0; round < 3; round++) all.forEach((bytes, i) => bytes.append(Uint8Array.of(i, round)));
    all.forEach((bytes, i) => assert.deepEqual([...bytes.read(0, 99)], [i, 0, i, 1, i, 2]));
  });
}

Deno.test("FileSegments adds all or nothing, whatever fails, and goes on when there is room", () => {
  for (const how of ["full", "broken"] as const) {
    for (let failAt = 1; failAt < 12; failAt++) {
      const files = createFaultyFiles(createMemoryFiles(), { failAt, how, times: 3, opens: true });
      const bytes = new FileSegments(new FilePool(files, { maxOpen: 1 }), "t/0").open(0);
      const expected: number[] = [];
      for (let i = 0; i < 20; i++) {
        try {
          bytes.append(Uint8Array.of(i, i, i, i));
          expected.push(i, i, i, i);
        } catch (error) {
          assert.ok(isTinmanError(error, "WRITE_FAILED"), `${error}`);
        }
        assert.equal(bytes.length, expected.length);
      }
      assert.ok(expected.length >= 64, `${how} at ${failAt}: ${expected.length}`);
      assert.deepEqual([...bytes.read(0, 1000)], expected);
    }
  }
});
