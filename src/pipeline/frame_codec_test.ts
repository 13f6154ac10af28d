import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { testCodec } from "../testing/mod.ts";
import { createFrame, type DataFrame } from "./frame.ts";
import { frameCodec, frameKind } from "./frame_codec.ts";

const stereo = createFrame({
  timestampUs: 1_700_000_000_000_123,
  sequenceId: 7,
  payload: { left: Float64Array.of(1, -0, NaN, Infinity), "größe ° 🎚": Float64Array.of(5e-324, 1e308) },
  metadata: { sample_rate: 48_000, unit: "V", origin: { port: 3 }, raw: Uint8Array.of(1, 2) },
});

const frames = fc.record({
  timestampUs: fc.double({ noNaN: true, noDefaultInfinity: true }),
  sequenceId: fc.maxSafeNat(),
  payload: fc.uniqueArray(fc.tuple(fc.string({ unit: "grapheme" }), fc.float64Array({ maxLength: 20 })), {
    selector: ([name]) => name,
    maxLength: 5,
  }).map((channels) => new Map(channels)),
  metadata: fc.dictionary(fc.string({ maxLength: 5 }).filter((key) => key !== "__proto__"), fc.double(), {
    noNullPrototype: true,
    maxKeys: 4,
  }),
}).map(createFrame);

testCodec<DataFrame>({
  name: "frameCodec()",
  test: Deno.test,
  create: frameCodec,
  kind: frameKind,
  values: [
    createFrame(),
    createFrame({ payload: new Float64Array() }),
    createFrame({ payload: Float64Array.of(1), sequenceId: Number.MAX_SAFE_INTEGER, timestampUs: -0 }),
    createFrame({ payload: { "": Float64Array.of(2), __proto: new Float64Array(300).fill(0.1) } }),
    createFrame({ metadata: { only: "this" } }),
    stereo,
  ],
  arbitrary: frames,
  refused: [
    { value: 7, message: /got number 7, expected a frame \{ timestampUs, sequenceId, payload, metadata \}/ },
    { value: { ...stereo, timestampUs: NaN }, message: /at \.timestampUs: got number NaN, expected a finite number/ },
    { value: { ...stereo, sequenceId: -1 }, message: /at \.sequenceId: got number -1, expected a whole number from 0/ },
    { value: { ...stereo, payload: {} }, message: /at \.payload: got object, expected a Map/ },
    {
      value: { ...stereo, payload: new Map([["a", [1]]]) },
      message: /at \.payload\.a: got array of 1, expected a Flo/,
    },
    { value: { ...stereo, payload: new Map([[1, new Float64Array()]]) }, message: /at \.payload: got number 1/ },
    {
      value: { ...stereo, payload: new Map([["\ud800", new Float64Array()]]) },
      message: /at \.payload: .*that are text/,
    },
    { value: { ...stereo, metadata: [] }, message: /at \.metadata: got array of 0, expected a plain object/ },
    { value: { ...stereo, metadata: { a: { b: () => 1 } } }, message: /at \.metadata\.a\.b: got a function/ },
    {
      value: { ...stereo, metadata: { a: "x".repeat(2 ** 20) } },
      message: /metadata takes 10485\d+ bytes, at most 1048576/,
    },
  ],
});

Deno.test("frameCodec() gives views into the bytes where they are aligned, and copies where they are not", () => {
  const bytes = frameCodec().encode(stereo);
  const { payload } = frameCodec().decode(bytes);
  for (const array of payload.values()) assert.equal(array.buffer, bytes.buffer);

  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  const copied = frameCodec().decode(shifted.subarray(3));
  assert.deepEqual(copied, stereo);
  for (const array of copied.payload.values()) assert.notEqual(array.buffer, shifted.buffer);
});

Deno.test("frameCodec() keeps the bits of a NaN", () => {
  const samples = new Float64Array(1);
  new BigUint64Array(samples.buffer)[0] = 0x7ff8_dead_beef_0001n;
  const bytes = frameCodec().encode(createFrame({ payload: samples }));
  const [back] = frameCodec().decode(bytes).payload.values();
  assert.equal(new BigUint64Array(back!.slice().buffer)[0], 0x7ff8_dead_beef_0001n);
});

Deno.test("frameCodec() takes ten million samples, and refuses more than its limit", () => {
  const large = createFrame({ payload: new Float64Array(10_000_000) });
  const bytes = frameCodec().encode(large);
  assert.equal(bytes.length, 80_000_000 + 24 + 8 + 16);
  assert.equal(frameCodec().decode(bytes).payload.get("main_channel")!.length, 10_000_000);
  const half = new Float64Array(2 ** 23);
  const tooLarge = createFrame({ payload: { a: half, b: half, c: new Float64Array(1) } });
  assert.throws(() => frameCodec().encode(tooLarge), /got number 16777217, expected at most 16777216 samples/);
});

Deno.test("frameCodec() refuses bytes in which two channels have one name", () => {
  const bytes = frameCodec().encode(createFrame({ payload: { a: new Float64Array(1), b: new Float64Array(1) } }));
  bytes[bytes.lastIndexOf(0x62)] = 0x61;
  assert.throws(() => frameCodec().decode(bytes), (error) => {
    assert.ok(isTinmanError(error, "CODEC"));
    assert.match(error.message, /two channels are called "a"/);
    return true;
  });
});

Deno.test("frameCodec() makes no room for what the bytes cannot hold", () => {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of [[16, 2 ** 32 - 1], [16, 1024], [20, 2 ** 32 - 1]] as const) {
    bytes.fill(0);
    view.setUint32(at, value, true);
    assert.throws(() => frameCodec().decode(bytes), (error) => isTinmanError(error, "CODEC"));
  }
  bytes.fill(0);
  view.setUint32(16, 1, true);
  view.setUint32(24, 2 ** 32 - 1, true);
  assert.throws(() => frameCodec().decode(bytes), /takes 34359738392 bytes, there are 64/);
});
