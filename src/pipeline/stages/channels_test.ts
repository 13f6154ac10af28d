// The channel mapper of the original: identity, reordering, selection, merging, duplication, and all of them at once.
import assert from "node:assert/strict";
import { channels } from "./channels.ts";
import { isTinmanError } from "../../errors/mod.ts";
import { readPipeline } from "../config.ts";
import { StageRegistry } from "../registry.ts";
import { frameOf, openStage } from "./_fixture.ts";

const input = frameOf({ l: [1, 2, 3], r: [3, 4], x: [9] });

async function mapped(map: object) {
  const frame = await (await openStage(channels, { map })).one(input);
  return [...frame.payload].map(([name, samples]) => [name, ...samples]);
}

Deno.test("Channels passes every channel on where nothing is said", async () => {
  assert.deepEqual(await mapped({}), [["l", 1, 2, 3], ["r", 3, 4], ["x", 9]]);
});

Deno.test("Channels renames, leaves out, doubles, and puts channels in the order of the map", async () => {
  assert.deepEqual(await mapped({ r: "r", l: "l" }), [["r", 3, 4], ["l", 1, 2, 3]]);
  assert.deepEqual(await mapped({ left: "l", again: "l" }), [["left", 1, 2, 3], ["again", 1, 2, 3]]);
  assert.deepEqual(input.payload.get("l"), Float64Array.of(1, 2, 3));
});

Deno.test("Channels gives the mean of several: a shorter one, or one that is not there, counts as silence", async () => {
  assert.deepEqual(await mapped({ mono: ["l", "r"], r: "x" }), [["mono", 2, 3, 1.5], ["r", 9]]);
  assert.deepEqual(await mapped({ half: ["l", "gone"], none: "gone" }), [["half", 0.5, 1, 1.5]]);
});

Deno.test("Channels refuses what is no channel, by name", async () => {
  for (const from of [1, [], ["l", null], { of: "l" }]) {
    await assert.rejects(openStage(channels, { map: { out: from } }), { message: /^Cannot make channel "out": / });
  }
});

Deno.test("what Channels cannot be configured with is found before anything starts, all of it at once", () => {
  const registry = new StageRegistry([channels]);
  const read = (map: unknown) =>
    readPipeline({ nodes: [{ id: "c", type: "Channels", config: { map } }] }, { registry });
  assert.throws(
    () => read({ a: 1, b: ["l"], c: [] }),
    (error) => isTinmanError(error, "CONFIG") && /config\.map\.a: [^]*config\.map\.c: /.test(error.message),
  );
  assert.throws(() => read("l"), (error) => isTinmanError(error, "CONFIG"));
  read({ a: "l" });
});
