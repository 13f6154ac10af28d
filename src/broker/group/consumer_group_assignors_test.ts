import assert from "node:assert/strict";
import fc from "fast-check";
import { type Assignor, range, type Sharing, uniform } from "./consumer_group_assignors.ts";

const share = (
  assign: Assignor,
  { members, topics, before = new Map() }: {
    readonly members: Record<string, string[]>;
    readonly topics: Record<string, number>;
    readonly before?: Sharing["before"];
  },
) =>
  assign({
    members: Object.entries(members).map(([id, wanted]) => ({ id, topics: new Set(wanted) })),
    topics: new Map(Object.entries(topics)),
    before,
  });
const lists = (parts: ReturnType<Assignor>) => Object.fromEntries([...parts].map(([id, part]) => [id, [...part]]));

Deno.test("range gives neighbours, and the same numbers of each topic to a member", () => {
  const parts = share(range, { members: { a: ["t", "u"], b: ["t", "u"] }, topics: { t: 3, u: 3 } });
  assert.deepEqual(lists(parts), { a: ["t:0", "t:1", "u:0", "u:1"], b: ["t:2", "u:2"] });
});

Deno.test("uniform leaves members what they have when one comes or goes", () => {
  const wanted = { a: ["t"], b: ["t"], c: ["t"] };
  const three = share(uniform, { members: wanted, topics: { t: 9 } });
  const { c, ...rest } = wanted;
  const two = share(uniform, { members: rest, topics: { t: 9 }, before: three });
  for (const id of ["a", "b"]) assert.ok(three.get(id)!.isSubsetOf(two.get(id)!), `${id} lost something`);
  const again = share(uniform, { members: { ...rest, c }, topics: { t: 9 }, before: two });
  for (const id of ["a", "b"]) assert.ok(again.get(id)!.isSubsetOf(two.get(id)!), `${id} has something new`);
  assert.deepEqual([...again.values()].map(({ size }) => size), [3, 3, 3]);
});

Deno.test("uniform passes partitions on over several members when only that evens them out", () => {
  const before = new Map([["a", new Set<`${string}:${number}`>(["t:0", "t:1", "t:2"])]]);
  const parts = share(uniform, {
    members: { a: ["t"], b: ["t", "u"], c: ["u", "v"] },
    topics: { t: 3, u: 2, v: 1 },
    before,
  });
  assert.deepEqual([...parts.values()].map(({ size }) => size), [2, 2, 2]);
});

Deno.test("assignors give each partition that somebody wants to one who wants it, and uniform as evenly as can be", () => {
  const names = ["t", "u", "v", "w"];
  const sharing = fc.record({
    members: fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.subarray(names), { minKeys: 1 }),
    topics: fc.dictionary(fc.constantFrom(...names), fc.nat(7)),
    old: fc.dictionary(fc.constantFrom("a", "b", "c", "gone"), fc.subarray(names)),
  });
  fc.assert(
    fc.property(sharing, ({ members, topics, old }) => {
      const before = share(uniform, { members: old, topics: { t: 5, u: 5 } });
      for (const assign of [range, uniform]) {
        const parts = share(assign, { members, topics, before });
        const all = [...parts.values()].flatMap((part) => [...part]);
        assert.equal(new Set(all).size, all.length, "none is given twice");
        const wanted = Object.entries(topics).filter(([topic]) =>
          Object.values(members).some((w) => w.includes(topic))
        );
        assert.equal(all.length, wanted.reduce((sum, [, count]) => sum + count, 0));
        for (const [id, part] of parts) for (const key of part) assert.ok(members[id]!.includes(key.split(":")[0]!));
      }
      const parts = share(uniform, { members, topics, before });
      for (const [a, part] of parts) {
        for (const [b, { size }] of parts) {
          const couldPass = [...part].some((key) => members[b]!.includes(key.split(":")[0]!));
          assert.ok(!couldPass || part.size <= size + 1, `${a} has ${part.size}, ${b} ${size}`);
        }
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("uniform shares ten thousand partitions among hundreds, also when members want different topics", () => {
  const topics = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`t${i}`, 100]));
  const members = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`m${i}`, Object.keys(topics).filter((_, t) => (t * 7 + i) % 5 < 2)]),
  );
  const sizes = [...share(uniform, { members, topics }).values()].map(({ size }) => size);
  assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
});
