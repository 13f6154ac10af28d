import assert from "node:assert/strict";
import { murmur2, Partitioner, partitionOf } from "./partitioner.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("murmur2() gives what Kafka's own clients compute", () => {
  // From the tests of Apache Kafka's client (UtilsTest).
  const known: Readonly<Record<string, number>> = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
  };
  for (const [key, hash] of Object.entries(known)) assert.equal(murmur2(encode(key)), hash, key);
});

Deno.test("partitionOf() stays within the partitions, and reaches all", () => {
  const found = new Set(Array.from({ length: 200 }, (_, i) => partitionOf(encode(`key ${i}`), 7)));
  assert.deepEqual([...found].sort(), [0, 1, 2, 3, 4, 5, 6]);
  assert.equal(partitionOf(new Uint8Array(), 1), 0);
});

Deno.test("Partitioner.choose() takes one partition after the other without a key, each topic for itself", () => {
  const partitioner = new Partitioner();
  const choose = (topic: string, partitions: number) => partitioner.choose(topic, {}, partitions);
  assert.deepEqual([1, 2, 3, 4].map(() => choose("a", 3)), [0, 1, 2, 0]);
  assert.deepEqual([choose("b", 3), choose("a", 3), choose("a", 1)], [0, 1, 0]);
});

Deno.test("Partitioner.choose() leaves records with a key out of the turns", () => {
  const partitioner = new Partitioner();
  const key = encode("abc");
  assert.equal(partitioner.choose("a", { key: null }, 7), 0);
  assert.equal(partitioner.choose("a", { key }, 7), partitionOf(key, 7));
  assert.equal(partitioner.choose("a", {}, 7), 1);
});
