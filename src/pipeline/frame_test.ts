// Equivalents of the original's core_dataframe_tests: test_dataframe_creation, _with_data, _zero_copy_clone.
import assert from "node:assert/strict";
import { createFrame, describeFrame, findFrameProblem, haveOneLength, MAIN_CHANNEL } from "./frame.ts";

Deno.test("createFrame() makes an empty frame where nothing is said", () => {
  const frame = createFrame();
  assert.deepEqual(frame, { timestampUs: 0, sequenceId: 0, payload: new Map(), metadata: {} });
  assert.equal(describeFrame(frame), "#0 @ 0 μs empty");
});

Deno.test("createFrame() copies no samples, and an array alone is the main channel", () => {
  const samples = Float64Array.of(1, 2, 3);
  const frame = createFrame({ timestampUs: 1000, sequenceId: 1, payload: samples });
  assert.equal(frame.payload.get(MAIN_CHANNEL), samples);
  assert.equal(createFrame({ payload: { ch1: samples } }).payload.get("ch1"), samples);
  const payload = new Map([["a", samples], ["b", samples]]);
  assert.equal(createFrame({ payload }).payload, payload);
  assert.equal(describeFrame(createFrame({ payload, sequenceId: 3, timestampUs: 40 })), "#3 @ 40 μs a[3] b[3]");
});

Deno.test("findFrameProblem() takes NaN, empty channels and channels of unequal length", () => {
  const payload = { a: Float64Array.of(NaN, Infinity), b: new Float64Array() };
  const frame = createFrame({ payload });
  assert.equal(findFrameProblem(frame), undefined);
  assert.equal(haveOneLength(frame), false);
  assert.equal(haveOneLength(createFrame({ payload: { a: new Float64Array(3), b: new Float64Array(3) } })), true);
  assert.equal(haveOneLength(createFrame()), true);
});

Deno.test("findFrameProblem() says where something is not a frame", () => {
  const frame = createFrame({ payload: { a: new Float64Array(1) } });
  const cases: [unknown, string][] = [
    [undefined, ""],
    [[], ""],
    [{ ...frame, timestampUs: "1" }, ".timestampUs"],
    [{ ...frame, sequenceId: 0.5 }, ".sequenceId"],
    [{ ...frame, payload: { a: new Float64Array(1) } }, ".payload"],
    [{ ...frame, payload: new Map([["a", new Float32Array(1)]]) }, ".payload.a"],
    [{ ...frame, metadata: undefined }, ".metadata"],
  ];
  for (const [value, at] of cases) assert.equal(findFrameProblem(value)?.at, at);
});
