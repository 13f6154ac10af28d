import assert from "node:assert/strict";
import { mergeByTime } from "./merge.ts";

interface Item {
  readonly timeNs: bigint;
  readonly name: string;
}

const items = (...names: string[]): Item[] => names.map((name) => ({ name, timeNs: BigInt(name.slice(1)) }));

async function* slowly(list: Item[]): AsyncGenerator<Item> {
  for (const item of list) yield await Promise.resolve(item);
}

async function collect(sources: readonly (Iterable<Item> | AsyncIterable<Item>)[]): Promise<string[]> {
  const seen: string[] = [];
  for await (const { source, item } of mergeByTime(sources)) seen.push(`${source}:${item.name}`);
  return seen;
}

Deno.test("mergeByTime() of nothing is empty", async () => {
  assert.deepEqual(await collect([]), []);
  assert.deepEqual(await collect([[], slowly([])]), []);
});

Deno.test("mergeByTime() of one source is that source", async () => {
  assert.deepEqual(await collect([slowly(items("a1", "a2"))]), ["0:a1", "0:a2"]);
});

Deno.test("mergeByTime() of two sources comes in the order of time", async () => {
  assert.deepEqual(await collect([items("a1", "a4"), slowly(items("b2", "b3"))]), ["0:a1", "1:b2", "1:b3", "0:a4"]);
});

Deno.test("mergeByTime() goes on with what is left when sources are of different length", async () => {
  const sources = [items("a1"), slowly(items("b2", "b5", "b6", "b7")), [], items("d3")];
  assert.deepEqual(await collect(sources), ["0:a1", "1:b2", "3:d3", "1:b5", "1:b6", "1:b7"]);
});

Deno.test("mergeByTime() takes the earlier source first when times are equal", async () => {
  assert.deepEqual(await collect([items("a1", "a1"), items("b1")]), ["0:a1", "0:a1", "1:b1"]);
});

Deno.test("mergeByTime() ends its sources when the loop is left early, or when one of them throws", async () => {
  let ended = 0;
  async function* source(fail: boolean): AsyncGenerator<Item> {
    try {
      yield { name: "x", timeNs: 1n };
      if (fail) throw new Error("the source threw");
      yield { name: "x", timeNs: 2n };
    } finally {
      ended++;
    }
    await Promise.resolve();
  }
  for await (const _ of mergeByTime([source(false), source(false)])) break;
  assert.equal(ended, 2);
  await assert.rejects(collect([source(true), source(false)]), /the source threw/);
  assert.equal(ended, 4);
});
