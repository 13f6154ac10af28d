// Of the Python original: test_stream_grouper_emits_previous_group_on_key_change, …_flushes_trailing_group_on_phase and
// …_multiple_transitions_without_phase_flush; and not its defect: a second run of 11 was lost, and (None, []) came first.
import assert from "node:assert/strict";
import fc from "fast-check";
import { artifactsOf, builtOf } from "./_drive.ts";
import { Resolve } from "./builder_events.ts";
import { StreamGrouper } from "./stream_grouper.ts";

const ask = Resolve({ target: "groups" });
const group = <T>(key: (item: T) => unknown, items: readonly T[], maxHeld?: number) => {
  const made = new StreamGrouper({ provides: "groups", requires: ["x"], key, maxHeld });
  return artifactsOf("groups", { builders: [made], outside: ["x"], events: [...builtOf("x", ...items), ask] });
};
const tens = (x: number) => Math.floor(x / 10);

Deno.test("StreamGrouper announces a group when the key changes, and the last at the end of the phase", async () => {
  assert.deepEqual(await group(tens, [11, 12, 25]), [[1, [11, 12]], [2, [25]]]);
  assert.deepEqual(await group(tens, [31, 32]), [[3, [31, 32]]]);
  assert.deepEqual(await group(tens, [5, 12, 13, 27, 28]), [[0, [5]], [1, [12, 13]], [2, [27, 28]]]);
  assert.deepEqual(await group(tens, []), []);
});

Deno.test("StreamGrouper announces an item as often as it comes", async () => {
  assert.deepEqual(await group(tens, [11, 12, 25, 11, 11]), [[1, [11, 12]], [2, [25]], [1, [11, 11]]]);
});

Deno.test("StreamGrouper takes undefined and NaN for keys, and compares objects by content", async () => {
  assert.deepEqual(await group((key: unknown) => key, [undefined, undefined, NaN, NaN, { a: 1 }, { a: 1 }]), [
    [undefined, [undefined, undefined]],
    [NaN, [NaN, NaN]],
    [{ a: 1 }, [{ a: 1 }, { a: 1 }]],
  ]);
});

Deno.test("StreamGrouper gives all items in their order, and neighbours of different keys", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 40 })), async (items) => {
      const groups = await group(tens, items) as [number, number[]][];
      assert.deepEqual(groups.flatMap(([, each]) => each), items);
      assert.ok(groups.every(([key, each], i) => each.every((x) => tens(x) === key) && key !== groups[i + 1]?.[0]));
    }),
    { numRuns: 50 },
  );
});

Deno.test("StreamGrouper holds no more than `maxHeld` of a group", async () => {
  await assert.rejects(group(tens, [11, 12, 13], 2), { message: /Cannot build "groups": it holds 2 items/ });
});
