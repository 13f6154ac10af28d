import assert from "node:assert/strict";
import { listFields } from "../page/plots/fields.ts";
import { toTree } from "../tree.ts";
import { numbersAt, parsePath, sampleRateOf } from "./field_path.ts";

const value = {
  speed: 3,
  big: 7n,
  ok: true,
  text: "no number",
  pose: { "odd.name": { x: -0 }, 'quo"te': 4 },
  acc: [1, 2, NaN],
  samples: Float64Array.from({ length: 32 }, (_, i) => i),
  payload: new Map([["main_channel", Float64Array.from({ length: 20 }, (_, i) => i)]]),
  list: [{ id: 1 }, { id: 2 }],
};

Deno.test("parsePath() reads what the page writes: every field that it lists is found again", () => {
  const fields = listFields(toTree(value));
  assert.deepEqual(fields.map(({ path }) => path), [
    "speed",
    "big",
    "ok",
    'pose["odd.name"].x',
    'pose["quo\\"te"]',
    ...["acc[0]", "acc[1]", "acc[2]"],
    "samples[*]",
    "payload.main_channel[*]",
    "list[0].id",
    "list[1].id",
  ]);
  for (const { path, kind } of fields) {
    const found = numbersAt(value, parsePath(path));
    assert.equal(typeof found, kind === "number" ? "number" : "object", path);
  }
});

Deno.test("numbersAt() gives one number, the samples of a frame, or nothing", () => {
  assert.equal(numbersAt(5, parsePath("")), 5);
  assert.equal(numbersAt(value, parsePath("big")), 7);
  assert.equal(numbersAt(value, parsePath("ok")), 1);
  assert.equal(numbersAt(value, parsePath("payload.main_channel[3]")), 3);
  assert.equal(numbersAt(value, parsePath("payload.main_channel[*]"))?.toString().slice(0, 5), "0,1,2");
  for (const path of ["text", "pose", "acc[9]", "constructor", "__proto__.x", "text[*]"]) {
    assert.equal(numbersAt(value, parsePath(path)), undefined, path);
  }
});

Deno.test("parsePath() refuses what is no path", () => {
  for (const path of ["[", "a[x]", "a..b", "a".repeat(501), ".a".repeat(40), "a]"]) {
    assert.throws(() => parsePath(path), { code: "USAGE" }, path.slice(0, 20));
  }
});

Deno.test("sampleRateOf() takes a rate above zero from the metadata of a frame", () => {
  assert.equal(sampleRateOf({ metadata: { sample_rate: 48_000 } }), 48_000);
  for (const odd of [undefined, 3, {}, { metadata: null }, { metadata: { sample_rate: 0 } }]) {
    assert.equal(sampleRateOf(odd), undefined);
  }
});
