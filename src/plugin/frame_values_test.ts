import assert from "node:assert/strict";
import fc from "fast-check";
import { createFrame, type DataFrame, findFrameProblem, FRAME_LIMITS } from "../pipeline/mod.ts";
import { frameOfValue, valuesOfFrame } from "./frame_values.ts";

const rest = { timestampUs: 7, sequenceId: 3, metadata: { sample_rate: 10 } };
const channels = ({ payload }: DataFrame) => Object.fromEntries([...payload].map(([name, each]) => [name, [...each]]));

Deno.test("frameOfValue() takes numbers, lists of numbers, and bytes as samples of the main channel", () => {
  const cases: [unknown, number[]][] = [
    [1.5, [1.5]],
    [NaN, [NaN]],
    [true, [1]],
    [12n, [12]],
    [[1, 2.5, null, false], [1, 2.5, NaN, 0]],
    [Uint8Array.of(0, 255), [0, 255]],
    [[], []],
  ];
  for (const [value, samples] of cases) {
    const frame = frameOfValue(value, rest);
    assert.deepEqual(channels(frame), { main_channel: samples });
    assert.deepEqual([frame.timestampUs, frame.sequenceId, frame.metadata], [7, 3, rest.metadata]);
  }
});

Deno.test("frameOfValue() makes a channel of each field with numbers, and puts texts into the metadata", () => {
  const frame = frameOfValue({
    load: 0.5,
    memory: { total: 8, free: 2n },
    cores: [{ busyMs: 1 }, { busyMs: 2 }],
    wave: [1, 2],
    valid: true,
    altitude: null,
    unit: "m",
    left: { unit: "s" },
  }, rest);
  assert.deepEqual(channels(frame), {
    ...{ load: [0.5], "memory.total": [8], "memory.free": [2], "cores.0.busyMs": [1], "cores.1.busyMs": [2] },
    ...{ wave: [1, 2], valid: [1], altitude: [NaN] },
  });
  assert.deepEqual(frame.metadata, { sample_rate: 10, unit: "m", "left.unit": "s" });
});

Deno.test("frameOfValue() takes a frame as it is, and what it does not say from the rest", () => {
  const frame = frameOfValue({ payload: { left: [1, 2], right: 3 }, timestampUs: 100, metadata: { a: 1 } }, rest);
  assert.deepEqual(channels(frame), { left: [1, 2], right: [3] });
  assert.deepEqual([frame.timestampUs, frame.sequenceId, frame.metadata], [100, 3, { sample_rate: 10, a: 1 }]);
  // A message that only has a field of this name is none.
  assert.deepEqual(channels(frameOfValue({ payload: { a: 1 }, qos: 0 }, rest)), { "payload.a": [1], qos: [0] });
});

Deno.test("frameOfValue() refuses anything else, with the place and what is there", () => {
  const cases: [unknown, string][] = [
    ["12", 'it gave the text "12", expected a number'],
    [[1, "x"], 'it gave the text "x" at [1], expected a number'],
    [{ a: { b: [1, {}] } }, "it gave an object at .a.b[1], expected a number"],
    [{}, "it gave an object without a number in it"],
    [{ name: "x" }, "it gave an object without a number in it"],
    [{ payload: {} }, "it gave an object without a number in it"],
    [{ payload: { a: "x" } }, 'it gave the text "x" at .payload.a, expected a number'],
    [{ payload: { a: 1 }, timestampUs: "now" }, 'it gave the text "now" at .timestampUs, expected a number'],
    [{ payload: { a: 1 }, metadata: 5 }, "it gave 5 at .metadata, expected an object"],
    [Array.from({ length: 1025 }, () => [0]), "it gave a list with more than 1024 numbers of different names"],
  ];
  for (const [value, message] of cases) assert.throws(() => frameOfValue(value, rest), { name: "TypeError", message });
  let deep: unknown = 1;
  for (let i = 0; i < 20; i++) deep = { a: deep };
  assert.throws(() => frameOfValue(deep, rest), /at most 8 levels/);
});

Deno.test("frameOfValue() gives a frame or a TypeError, whatever plain data it is given", () => {
  fc.assert(fc.property(fc.anything({ withBigInt: true, maxDepth: 4 }), (value) => {
    let frame;
    try {
      frame = frameOfValue(value, rest);
    } catch (error) {
      return void assert.equal((error as Error).name, "TypeError");
    }
    const problem = findFrameProblem(frame);
    // A frame that says something impossible of itself is found by whoever gets it.
    if (problem !== undefined) assert.match(problem.at, /^\.(timestampUs|sequenceId|payload)/);
    assert.ok(frame.payload.size > 0 && frame.payload.size <= FRAME_LIMITS.channels);
  }));
});

Deno.test("valuesOfFrame() gives a frame that comes back as it was", () => {
  const frame = createFrame({ ...rest, payload: { left: Float64Array.of(1, NaN, -0), right: new Float64Array() } });
  const [value, ...others] = valuesOfFrame(frame);
  assert.equal(others.length, 0);
  assert.deepEqual(frameOfValue(value, { timestampUs: 0, sequenceId: 0, metadata: {} }), frame);
});

Deno.test("valuesOfFrame() gives rows with their times to who takes rows", () => {
  const frame = createFrame({ ...rest, payload: { left: Float64Array.of(1, 2), right: Float64Array.of(5) } });
  assert.deepEqual([...valuesOfFrame(frame, "rows")], [
    { time_us: 7, left: 1, right: 5 },
    { time_us: 100_007, left: 2 },
  ]);
  assert.deepEqual([...valuesOfFrame(createFrame(), "rows")], []);
});
