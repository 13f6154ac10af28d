import assert from "node:assert/strict";
import { murmur2, partitionOf } from "./partitioner.ts";

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
