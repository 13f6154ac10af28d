import assert from "node:assert/strict";
import fc from "fast-check";
import { distance, waveOf } from "./_fixture.ts";
import { bytesOf, decodeWav, encodeWav, type WavFormat, wavFormats } from "./wav.ts";

const text = (bytes: Uint8Array) => [...bytes].map((each) => each.toString(16).padStart(2, "0")).join(" ");

Deno.test("encodeWav() writes the bytes that the format asks for", () => {
  const bytes = encodeWav({ sampleRate: 8000, channels: [Float64Array.of(0.5), Float64Array.of(-1)] }, "int16");
  assert.equal(
    text(bytes),
    "52 49 46 46 28 00 00 00 57 41 56 45 66 6d 74 20 10 00 00 00 01 00 02 00 40 1f 00 00 00 7d 00 00 04 00 10 00 " +
      "64 61 74 61 04 00 00 00 00 40 00 80",
  );
});

Deno.test("decodeWav() gives back what encodeWav() took, to half a step of the format", () => {
  const step: Record<WavFormat, number> = {
    int8: 1 / 128,
    int16: 2 ** -15,
    int24: 2 ** -23,
    int32: 2 ** -31,
    float32: 2 ** -23,
    float64: 0,
  };
  for (const format of wavFormats) {
    for (const length of [0, 1, 333]) {
      const channels = [waveOf(length, (i) => Math.sin(i) * 0.99), waveOf(length, (i) => -i / 400)];
      const wav = decodeWav(encodeWav({ sampleRate: 44_100, channels }, format));
      assert.equal(wav.sampleRate, 44_100);
      for (const [c, samples] of channels.entries()) {
        assert.ok(distance(wav.channels[c]!, samples) <= step[format] / 2, format);
      }
    }
  }
});

Deno.test("encodeWav() is exact for every value that a format has", () => {
  const bits = fc.constantFrom<WavFormat>("int8", "int16", "int24", "int32");
  fc.assert(fc.property(bits, fc.array(fc.integer({ min: -128, max: 127 })), (format, values) => {
    const samples = Float64Array.from(values, (each) => each / 128);
    assert.deepEqual(decodeWav(encodeWav({ sampleRate: 1, channels: [samples] }, format)).channels[0], samples);
  }));
  const odd = Float64Array.of(NaN, Infinity, -0, 1e300, 5e-324);
  assert.deepEqual(decodeWav(encodeWav({ sampleRate: 1, channels: [odd] }, "float64")).channels[0], odd);
});

Deno.test("encodeWav() cuts what is too large for whole numbers, and writes NaN as 0", () => {
  const wav = encodeWav({ sampleRate: 1, channels: [Float64Array.of(2, -2, NaN, Infinity)] }, "int16");
  assert.deepEqual([...decodeWav(wav).channels[0]!], [32_767 / 32_768, -1, 0, 32_767 / 32_768]);
});

Deno.test("encodeWav() ends shorter channels with zeros and pads to an even length", () => {
  const bytes = encodeWav({ sampleRate: 1, channels: [Float64Array.of(0.5, 0.5, 0.5)] }, "int8");
  assert.equal(bytes.length, 48);
  const wav = decodeWav(
    encodeWav({ sampleRate: 1, channels: [Float64Array.of(1, 1), new Float64Array(1)] }, "float32"),
  );
  assert.deepEqual(wav.channels.map((each) => [...each]), [[1, 1], [0, 0]]);
});

Deno.test("decodeWav() reads the extensible form, passes over other chunks, and takes an unended file to its end", () => {
  const plain = encodeWav({ sampleRate: 48_000, channels: [Float64Array.of(0.25, -0.5)] }, "int16");
  const list = [...new TextEncoder().encode("LIST"), 3, 0, 0, 0, 1, 2, 3, 0];
  const extensible = [
    ...plain.subarray(12, 16),
    40,
    0,
    0,
    0,
    0xfe,
    0xff,
    ...plain.subarray(22, 36),
    22,
    0,
    16,
    0,
    0,
    0,
    0,
    0,
    1,
    0,
    ...Array(14).fill(9),
  ];
  const open = [...plain.subarray(36, 40), 0xff, 0xff, 0xff, 0xff, ...plain.subarray(44)];
  const bytes = Uint8Array.from([...plain.subarray(0, 12), ...list, ...extensible, ...open]);
  assert.deepEqual([...decodeWav(bytes).channels[0]!], [0.25, -0.5]);
});

Deno.test("decodeWav() says what is wrong with a file", () => {
  const good = encodeWav({ sampleRate: 48_000, channels: [Float64Array.of(0.25, -0.5)] }, "int16");
  const changed = (at: number, value: number) => good.with(at, value);
  assert.throws(() => decodeWav(new Uint8Array(0)), /does not begin with RIFF and WAVE/);
  assert.throws(() => decodeWav(good.subarray(0, 47)), /it ends 1 bytes before its last sample/);
  assert.throws(() => decodeWav(good.subarray(0, 30)), /its format has 10 bytes, not 16/);
  assert.throws(() => decodeWav(good.subarray(0, 40)), /there are no samples in 40 bytes/);
  assert.throws(() => decodeWav(changed(20, 85)), /of format 85 with 16 bits/);
  assert.throws(() => decodeWav(changed(22, 0)), /0 channels, 2 bytes a block/);
  assert.throws(() => decodeWav(changed(15, 0x21)), /samples come at byte 36, before their format/);
  assert.throws(() => decodeWav(good, { maxSamples: 1 }), { code: "TOO_LARGE" });
});

Deno.test("decodeWav() of any bytes, or of a file with any byte changed, gives samples or says that it cannot", () => {
  const good = encodeWav({ sampleRate: 48_000, channels: [Float64Array.of(0.25, -0.5), new Float64Array(2)] }, "int24");
  const check = (bytes: Uint8Array) => {
    try {
      const { channels } = decodeWav(bytes);
      const held = channels.reduce((sum, { length }) => sum + length, 0) * bytesOf("int8");
      assert.ok(held <= bytes.length && new Set(channels.map(({ length }) => length)).size === 1);
    } catch (error) {
      assert.match((error as Error).message, /^Cannot (read WAV|take a WAV)/);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check));
  fc.assert(fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => check(good.with(at, value))), {
    numRuns: 2000,
  });
  fc.assert(fc.property(fc.nat(good.length), (length) => check(good.subarray(0, length))));
});

Deno.test("encodeWav() refuses a rate that is no whole number, no channel, and more than 32 bits of bytes", () => {
  assert.throws(
    () => encodeWav({ sampleRate: 0.5, channels: [new Float64Array(1)] }, "int8"),
    /Cannot write WAV at 0\.5 Hz/,
  );
  assert.throws(() => encodeWav({ sampleRate: 1, channels: [] }, "int8"), /with 0 channels/);
});
