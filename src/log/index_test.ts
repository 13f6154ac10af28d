import assert from "node:assert/strict";
import fc from "fast-check";
import { createMemoryFiles } from "../files/mod.ts";
import { createFaultyFiles } from "../testing/mod.ts";
import { readAll } from "./_fixture.ts";
import { type Block, decodeIndex, encodeIndexEntry, encodeIndexHeader, IndexWriter } from "./index.ts";

const blocks: Block[] = [0, 1, 2, 3].map((i) => ({
  at: i * 1000,
  length: 1000,
  frames: 10,
  firstFrame: i * 10,
  firstNs: 1_800_000_000_000_000_000n + BigInt(i) * 100n,
  lastNs: 1_800_000_000_000_000_099n + BigInt(i) * 100n,
  crc: 0xdeadbeef - i,
}));

function indexFile(): Uint8Array {
  const files = createMemoryFiles();
  const writer = new IndexWriter(files, "a.idx");
  for (const block of blocks) writer.add(block);
  writer.close();
  return readAll(files, "a.idx");
}

Deno.test("F9 an index has 32 bytes of header and 48 bytes an entry", () => {
  assert.equal(encodeIndexHeader().length, 32);
  assert.equal(encodeIndexEntry(blocks[0]!).length, 48);
  assert.equal(indexFile().length, 32 + 4 * 48);
});

Deno.test("F9 decodeIndex() gives back what was written", () => {
  assert.deepEqual(decodeIndex(indexFile(), 4000), { blocks, problem: undefined });
});

Deno.test("F10 decodeIndex() takes the entries in front of the first that is cut, damaged or does not fit", () => {
  const file = indexFile();
  assert.deepEqual(decodeIndex(file.subarray(0, 32 + 48 + 20), 4000), {
    blocks: blocks.slice(0, 1),
    problem: "entry 1 is cut short",
  });
  assert.deepEqual(decodeIndex(file, 3999).blocks, blocks.slice(0, 3));
  assert.deepEqual(decodeIndex(new Uint8Array(0), 4000).blocks, []);
  const gap = [encodeIndexHeader(), encodeIndexEntry(blocks[0]!), encodeIndexEntry(blocks[2]!)];
  const joined = Uint8Array.from(gap.flatMap((part) => [...part]));
  assert.deepEqual(decodeIndex(joined, 4000).problem, "entry 1 does not follow the one before");
});

Deno.test("F10 decodeIndex() never takes an entry with a flipped bit", () => {
  const file = indexFile();
  fc.assert(fc.property(fc.nat(file.length - 1), fc.nat(7), (at, bit) => {
    const damaged = file.slice();
    damaged[at]! ^= 1 << bit;
    const good = at < 32 ? 0 : Math.floor((at - 32) / 48);
    assert.deepEqual(decodeIndex(damaged, 4000).blocks, blocks.slice(0, good));
  }));
});

Deno.test("IndexWriter writes later what a full disk did not take", () => {
  const memory = createMemoryFiles();
  const files = createFaultyFiles(memory, { failAt: 2, times: 2, how: "full" });
  const writer = new IndexWriter(files, "a.idx");
  for (const block of blocks) writer.add(block);
  writer.close();
  assert.deepEqual(decodeIndex(readAll(memory, "a.idx"), 4000).blocks, blocks);
});
