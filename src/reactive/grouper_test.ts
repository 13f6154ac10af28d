// Of the Python original: its Grouper had no test, and did not work (one group, of the first item, four times over).
import assert from "node:assert/strict";
import fc from "fast-check";
import { artifactsOf, builtOf } from "./_drive.ts";
import { Resolve } from "./builder_events.ts";
import { Grouper } from "./grouper.ts";

const ask = Resolve({ target: "groups" });
const group = <T>(key: (item: T) => unknown, items: readonly T[], maxHeld?: number) => {
  const made = new Grouper({ provides: "groups", requires: ["x"], key, maxHeld });
  return artifactsOf("groups", { builders: [made], outside: ["x"], events: [...builtOf("x", ...items), ask] });
};

Deno.test("Grouper groups 1, 2, 3, 1 by parity as (1, [1, 3, 1]) and (0, [2])", async () => {
  assert.deepEqual(await group((x: number) => x % 2, [1, 2, 3, 1]), [[1, [1, 3, 1]], [0, [2]]]);
});

Deno.test("Grouper compares keys by content, and takes NaN, undefined and null for keys", async () => {
  const keys = [{ a: 1, b: 2 }, [1], { b: 2, a: 1 }, NaN, undefined, [1], NaN, null, undefined];
  assert.deepEqual(await group((key: unknown) => key, keys), [
    [{ a: 1, b: 2 }, [{ a: 1, b: 2 }, { b: 2, a: 1 }]],
    [[1], [[1], [1]]],
    [NaN, [NaN, NaN]],
    [undefined, [undefined, undefined]],
    [null, [null]],
  ]);
});

Deno.test("Grouper gives every item once, in the order in which they came", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 })), async (items) => {
      const groups = await group((x: number) => x % 3, items) as [number, number[]][];
      const expected = [...Map.groupBy(items, (x) => x % 3)];
      assert.deepEqual(groups, expected);
    }),
    { numRuns: 50 },
  );
});

Deno.test("Grouper holds no more than `maxHeld`", async () => {
  await assert.rejects(group((x: number) => x, [1, 2, 3], 2), { message: /Cannot build "groups": it holds 2 items/ });
});
