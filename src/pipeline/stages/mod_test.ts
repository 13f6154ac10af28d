import assert from "node:assert/strict";
import { createFrame } from "../frame.ts";
import { frameOf, openStage } from "./_fixture.ts";
import { builtinStages } from "./mod.ts";

Deno.test("builtinStages have names of their own, titles, and defaults within their range", () => {
  assert.equal(new Set(builtinStages.map(({ type }) => type)).size, builtinStages.length);
  for (const { type, title, parameters } of builtinStages) {
    assert.ok(title.length > 3, type);
    for (
      const [name, { title, default: value, min = -Infinity, max = Infinity, choices }] of Object.entries(parameters)
    ) {
      assert.ok(title.length > 3 && value !== undefined, `${type}.${name}`);
      if (typeof value === "number") assert.ok(value >= min && value <= max, `${type}.${name}`);
      if (choices !== undefined) assert.ok(choices.includes(value as string), `${type}.${name}`);
    }
  }
});

Deno.test("Every stage takes a trigger, an empty channel, and channels of unequal length or says why not, with its defaults", async () => {
  for (const type of builtinStages) {
    const { process, stage, end } = await openStage(type);
    const input = type.inputs === undefined ? "in" : type.inputs[0] ?? "in";
    await process(createFrame(), input);
    stage.reset?.();
    if (type.type !== "InverseFFT") await process(frameOf({ a: [], b: [] }), input);
    const uneven = process(frameOf({ a: [1, NaN], b: [Infinity] }, { sequenceId: 1 }), input);
    const refusal = await uneven.then(() => undefined, (error: Error) => error.message);
    assert.match(refusal ?? "Cannot be", /^Cannot /, type.type);
    await end();
  }
});

Deno.test("Every stage leaves its input as it is", async () => {
  for (const type of builtinStages.filter(({ inputs }) => inputs === undefined)) {
    const { process } = await openStage(type);
    const channels = type.type === "InverseFFT" ? { "a.re": [1, 2, 3], "a.im": [0, 1, 0] } : { a: [1, -2, 3] };
    const frame = frameOf(channels);
    await process(frame);
    assert.deepEqual(frame, frameOf(channels), type.type);
  }
});

Deno.test("Every stage gives the same again after reset()", async () => {
  for (const type of builtinStages) {
    const { process, stage } = await openStage(type);
    if (stage.reset === undefined) continue;
    const channels = type.type === "InverseFFT" ? { "a.re": [1, 2, 3], "a.im": [0, 1, 0] } : { a: [1, -2, 3, 0.1] };
    const run = async () => [
      await process(frameOf(channels), type.inputs?.[0]),
      await process(frameOf(channels), type.inputs?.[0]),
    ];
    const first = await run();
    stage.reset();
    assert.deepEqual(await run(), first, type.type);
  }
});

Deno.test("Stages that work sample by sample take ten million at once", async () => {
  const input = frameOf(new Float64Array(10_000_000).fill(1));
  const lengths: Record<string, number> = { RMS: 1, Peak: 1, Decimate: 1_250_000 };
  for (
    const type of builtinStages.filter(({ type }) =>
      ["Biquad", "RMS", "Peak", "Decimate", "Gate", "Print"].includes(type)
    )
  ) {
    const { one } = await openStage(type);
    const samples = (await one(input)).payload.get("main_channel")!;
    assert.equal(samples.length, lengths[type.type] ?? 10_000_000);
    assert.ok(Math.abs(samples.at(-1)! - 1) < 1e-9, type.type);
  }
});

Deno.test("A channel that vanishes and comes back, and another that appears, are taken by every stage with one input", async () => {
  for (const type of builtinStages.filter(({ inputs, type }) => inputs === undefined && type !== "InverseFFT")) {
    const { process } = await openStage(type);
    for (const names of [["a"], ["b"], ["a", "b"], ["b", "a"], []]) {
      const channels = Object.fromEntries(names.map((name) => [name, [1, 2, 3, 4]]));
      for (const frame of await process(frameOf(channels))) {
        const given = new Set([...frame.payload.keys()].map((name) => name[0]));
        assert.deepEqual([...given].sort(), [...names].sort(), type.type);
      }
    }
  }
});
