// Goal: the suite finds what a codec can get wrong. Method: for each promise a codec that breaks it, run through the suite
// with a runner that only counts.
import assert from "node:assert/strict";
import { type Codec, codecError, type CodecKind, unfitError } from "../codec/mod.ts";
import { type CodecSuiteOptions, testCodec } from "./codec_suite.ts";

/** A codec as it should be: a byte for the length, then as many times the letter a. */
const good: Codec<number> = {
  id: "example.count",
  version: 1,
  params: { most: 9 },
  encode(value) {
    if (!Number.isInteger(value) || value < 0 || value > 9) {
      throw unfitError("example.count", value, { expected: "a whole number from 0 to 9" });
    }
    return Uint8Array.of(value, ...new Array(value).fill(0x61));
  },
  decode(bytes) {
    const fits = bytes.length > 0 && bytes[0]! <= 9 && bytes.length === bytes[0]! + 1;
    if (!fits) throw codecError("example.count", "Cannot decode: the length is wrong", { direction: "decode" });
    return bytes[0]!;
  },
};

const kindOf = (codec: Codec<number>): CodecKind => ({
  id: codec.id,
  version: 1,
  revive({ params }) {
    const { most } = (params ?? {}) as { most?: unknown };
    if (most !== 9) throw codecError(codec.id, "Cannot revive: most is not 9");
    return codec;
  },
});

async function failuresOf(codec: Codec<number>, changes: Partial<CodecSuiteOptions<number>> = {}): Promise<string[]> {
  const tests: { name: string; run: () => void | Promise<void> }[] = [];
  testCodec<number>({
    name: "count",
    test: (name, run) => void tests.push({ name, run }),
    create: () => codec,
    kind: kindOf(codec),
    values: [0, 1, 9],
    refused: [{ value: 10, message: /got number 10, expected a whole number from 0 to 9/ }],
    ...changes,
  });
  const failed: string[] = [];
  for (const { name, run } of tests) {
    try {
      await run();
    } catch {
      failed.push(name.slice("count: ".length));
    }
  }
  return failed;
}

Deno.test("testCodec() finds nothing wrong with a good codec", async () => {
  assert.deepEqual(await failuresOf(good), []);
});

const held = new Uint8Array(10).fill(0x61);
let calls = 0;
const broken: Record<string, { codec?: Partial<Codec<number>>; kind?: Partial<CodecKind> }> = {
  "gives another value": { codec: { decode: (bytes) => good.decode(bytes) + 1 } },
  "gives other bytes for the same value": {
    codec: { encode: (value) => (calls++ % 2 === 0 ? good : { encode: () => held }).encode(value) },
  },
  "gives one buffer for all values": {
    codec: { encode: (value) => (held[0] = good.encode(value)[0]!, held.subarray(0, value + 1)) },
  },
  "changes the bytes that it decodes": {
    codec: { decode: (bytes) => (good.decode(bytes), bytes.fill(0x62, 1)).length - 1 },
  },
  "reads from the begin of the buffer": {
    codec: { decode: (bytes) => good.decode(new Uint8Array(bytes.buffer, 0, bytes.length)) },
  },
  "reads past the end": {
    codec: {
      decode(bytes) {
        const count = new Uint8Array(bytes.buffer, bytes.byteOffset)[bytes.length] ?? 0;
        return count === 0 ? good.decode(bytes) : count;
      },
    },
  },
  "throws other errors for bad bytes": {
    codec: {
      decode(bytes) {
        if (bytes.length === 0) throw new RangeError("nothing there");
        return good.decode(bytes);
      },
    },
  },
  "throws other errors for bad values": {
    codec: {
      encode(value) {
        if (typeof value !== "number") throw new TypeError("no number");
        return good.encode(value);
      },
    },
  },
  "takes what must be refused": { codec: { encode: (value) => good.encode(Math.min(value, 9)) } },
  "does not say the reason": {
    codec: {
      encode(value) {
        if (value === 10) throw codecError("example.count", "Cannot encode", { direction: "encode" });
        return good.encode(value);
      },
    },
  },
  "blames another codec": {
    codec: {
      decode(bytes) {
        if (bytes.length === 0) throw codecError("other", "Cannot decode", { direction: "decode" });
        return good.decode(bytes);
      },
    },
  },
  "says decode for encode": {
    codec: {
      encode(value) {
        if (value === 10) throw codecError("example.count", "got number 10", { direction: "decode" });
        return good.encode(value);
      },
    },
  },
  "loses its params": { kind: { revive: () => ({ ...good, params: { most: 8 } }) } },
  "comes back as another codec": { kind: { revive: () => ({ ...good, encode: () => Uint8Array.of(0) }) } },
  "trusts its params": {
    kind: {
      revive({ params }) {
        if ((params as { most: number }).most !== 9) throw codecError(good.id, "Cannot revive: most is not 9");
        return good;
      },
    },
  },
  "has another id than its kind": { codec: { id: "example.other" }, kind: { id: "example.count" } },
  "is newer than its kind": { codec: { version: 2 } },
};

for (const [what, { codec, kind }] of Object.entries(broken)) {
  Deno.test(`testCodec() finds a codec that ${what}`, async () => {
    const made = { ...good, ...codec };
    assert.notDeepEqual(await failuresOf(made, { kind: { ...kindOf(made), ...kind } }), []);
  });
}
