import assert from "node:assert/strict";
import { decode as theirDecode } from "cborg/extended";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { decodeCbor } from "./decode.ts";
import { encodeCbor } from "./encode.ts";

const isCodecError = (error: unknown) => isTinmanError(error, "CODEC");
const hex = (value: unknown) => encodeCbor(value).toHex();
const fails = (value: unknown, message: string | RegExp) =>
  assert.throws(() => encodeCbor(value), (error) => isCodecError(error) && match((error as Error).message, message));
const match = (
  text: string,
  message: string | RegExp,
) => (typeof message === "string" ? assert.equal(text, message) : assert.match(text, message), true);

const floats = fc.float64Array({ maxLength: 10 });
const key = fc.string({ unit: "grapheme", maxLength: 30 }).filter((each) => each !== "__proto__");
// What the other implementation reads: it knows no array of half floats, and rounds dates down.
const common = [
  fc.constantFrom<unknown>(null, undefined, true, false, NaN, -0, 0, Infinity, -Infinity, 0n, -1n),
  fc.double(),
  fc.float(),
  fc.maxSafeInteger(),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }),
  fc.string({ unit: "grapheme", maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }),
  floats,
  floats.map((each) => Float32Array.from(each)),
  fc.int16Array({ maxLength: 10 }),
  fc.bigUint64Array({ maxLength: 10 }),
];
const nested = (leaves: readonly fc.Arbitrary<unknown>[]) =>
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      ...leaves,
      fc.array(tie("value"), { maxLength: 30 }),
      fc.dictionary(key, tie("value"), { noNullPrototype: true }),
      fc.array(fc.tuple(key, tie("value"))).map((entries) => new Map(entries)),
      fc.array(fc.oneof(key, fc.integer())).map((members) => new Set(members)),
    ),
  })).value;
const anything = nested([...common, fc.date(), floats.map((each) => Float16Array.from(each))]);
// They know no array of half floats, and round dates down.
const theirs = nested([...common, fc.integer().map((seconds) => new Date(seconds * 1000))]);

Deno.test("decodeCbor() gives back what encodeCbor() was given", () => {
  const check = (value: unknown) => {
    const bytes = encodeCbor(value);
    assert.deepEqual(decodeCbor(bytes), value);
    assert.equal(encodeCbor(decodeCbor(bytes)).toHex(), bytes.toHex());
  };
  fc.assert(fc.property(anything, check), { numRuns: 500 });
});

Deno.test("encodeCbor() writes what another implementation reads", () => {
  const check = (value: unknown) => assert.deepEqual(theirDecode(encodeCbor(value)), value);
  fc.assert(fc.property(theirs, check), { numRuns: 500 });
});

Deno.test("encodeCbor() does not depend on the order of fields, entries and members; with keepOrder it keeps it", () => {
  const entries = fc.uniqueArray(fc.tuple(key, fc.integer()), { selector: ([name]) => name, maxLength: 12 });
  fc.assert(fc.property(entries, fc.infiniteStream(fc.nat()), (entries, keys) => {
    const shuffled = entries.map((each) => [keys.next().value!, each] as const).toSorted((a, b) => a[0] - b[0])
      .map(([, each]) => each);
    for (
      const make of [Object.fromEntries, (all: typeof entries) => new Map(all), (all: typeof entries) => new Set(all)]
    ) {
      assert.equal(hex(make(entries)), hex(make(shuffled)));
      const kept = decodeCbor(encodeCbor(make(shuffled), { keepOrder: true }), { anyOrder: true });
      assert.deepEqual(kept, make(shuffled));
      assert.deepEqual(listOf(kept), listOf(make(shuffled)));
    }
  }));
});

Deno.test("decodeCbor() takes of any bytes only those that encodeCbor() writes", () => {
  const heads = [0x00, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x20, 0x38, 0x3b, 0x40, 0x41, 0x42, 0x60, 0x61, 0x80, 0x81, 0x82];
  const more = [0x9f, 0xa0, 0xa1, 0xa2, 0xc1, 0xc2, 0xc3, 0xd8, 0xd9, 0xf4, 0xf6, 0xf7, 0xf9, 0xfa, 0xfb, 0xff, 69, 85];
  const runs = [[0xd9, 1, 2], [0xd9, 1, 3], [0xf9, 0x7e, 0], [0xd8, 84, 0x42, 0, 0x7e], [0xa1, 0x61, 0x61], [0x7c, 0]];
  const part = fc.oneof(fc.constantFrom(...[...heads, ...more].map((head) => [head])), fc.constantFrom(...runs));
  let taken = 0;
  const check = (parts: number[][]) => {
    const bytes = Uint8Array.from(parts.flat());
    let value: unknown;
    try {
      value = decodeCbor(bytes);
    } catch (error) {
      return assert.ok(isCodecError(error), `${error}`);
    }
    taken++;
    assert.equal(hex(value), bytes.toHex());
  };
  fc.assert(fc.property(fc.array(part, { maxLength: 12 }), check), { numRuns: 5000 });
  assert.ok(taken > 100, `${taken} were values`);
});

Deno.test("decodeCbor() refuses what was cut short at any place, and what goes on", () => {
  const bytes = encodeCbor({ a: [1, 2.5, "text", new Map([[1, 2n ** 70n]])], b: new Date(5), c: new Set([1]) });
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeCbor(bytes.subarray(0, length)), isCodecError);
  }
  assert.throws(() => decodeCbor(Uint8Array.of(...bytes, 0)), /1 bytes are left over/);
});

Deno.test("encodeCbor() writes the examples of RFC 8949, appendix A", () => {
  const cases: [unknown, string][] = [
    [0, "00"],
    [23, "17"],
    [24, "1818"],
    [1000, "1903e8"],
    [1000000, "1a000f4240"],
    [1000000000000, "1b000000e8d4a51000"],
    [18446744073709551615n, "1bffffffffffffffff"],
    [18446744073709551616n, "c249010000000000000000"],
    [-18446744073709551616n, "3bffffffffffffffff"],
    [-18446744073709551617n, "c349010000000000000000"],
    [-1, "20"],
    [-1000, "3903e7"],
    [-0, "f98000"],
    [1.1, "fb3ff199999999999a"],
    [1.5, "f93e00"],
    [100000.5, "fa47c35040"],
    [5.960464477539063e-8, "f90001"],
    [0.00006103515625, "f90400"],
    [-4.1, "fbc010666666666666"],
    [1e300, "fb7e37e43c8800759c"],
    [3.4028234663852886e+38, "fa7f7fffff"],
    [Infinity, "f97c00"],
    [NaN, "f97e00"],
    [-Infinity, "f9fc00"],
    [undefined, "f7"],
    [null, "f6"],
    [new Date(1363896240_500), "c1fb41d452d9ec200000"],
    [new Date(1363896240_000), "c11a514b67b0"],
    [Uint8Array.of(1, 2, 3, 4), "4401020304"],
    ["IETF", "6449455446"],
    ["\u00fc", "62c3bc"],
    ["\u{10151}", "64f0908591"],
    [[1, [2, 3], [4, 5]], "8301820203820405"],
    [{ a: 1, b: [2, 3] }, "a26161016162820203"],
  ];
  for (const [value, expected] of cases) {
    assert.equal(hex(value), expected);
    assert.deepEqual(decodeCbor(Uint8Array.fromHex(expected)), value);
  }
});

Deno.test("encodeCbor() tells values apart that are only alike", () => {
  const alike = [
    ...[0, -0, 0n, "0", false, null, undefined, NaN, ""],
    ...[[], {}, new Map(), new Set(), new Uint8Array(), new Float64Array(), new Float32Array(), new Date(0)],
    ...[[0], { 0: 0 }, new Map([[0, 0]]), new Map([["0", 0]]), new Set([0]), Uint8Array.of(0), Int8Array.of(0)],
    ...[{ a: undefined }, [undefined], [null], 1, 1n, 2 ** 60, 2n ** 60n],
  ];
  assert.equal(new Set(alike.map(hex)).size, alike.length);
});

Deno.test("encodeCbor() gives NaN one form, whatever its bits are", () => {
  const bits = new BigUint64Array([0xfff8000000000001n, 0x7ff0000000000000n]);
  const floats = new Float64Array(bits.buffer);
  assert.equal(hex(floats), hex(Float64Array.of(NaN, Infinity)));
  assert.deepEqual(decodeCbor(encodeCbor(floats)), Float64Array.of(NaN, Infinity));
  assert.throws(() => decodeCbor(Uint8Array.fromHex("d85644010000fc")), isCodecError);
});

Deno.test("encodeCbor() names the place of what is no data", () => {
  fails(
    { legs: [1, { angle: () => 1 }] },
    'Codec "cbor": Cannot encode at .legs[1].angle: got a function, expected data',
  );
  fails(Symbol("a"), 'Codec "cbor": Cannot encode: got a symbol, expected data');
  fails([new (class Leg {})()], 'Codec "cbor": Cannot encode at [0]: got object Leg, expected data');
  fails({ a: new Map([["x", 1], ["y", /a/]] as [string, unknown][]) }, /at \.a\[entry 1\]\.value: got object RegExp/);
  fails(new Set([1, new ArrayBuffer(1)]), /at \[entry 1\]: got object ArrayBuffer/);
  fails(["\ud800"], /at \[0\]: .*half a surrogate pair/);
  fails({ ["\ud800"]: 1 }, /half a surrogate pair/);
  fails(JSON.parse('{"__proto__":1}'), /another name for a field/);
  fails(new Map([[{ a: 1 }, 1], [{ a: 1 }, 2]]), /at \[entry 1\]: .*keys and members that differ/);
  fails(Object.create({ inherited: 1 }), /expected data/);
});

Deno.test("encodeCbor() finds a cycle and names where it closes", () => {
  const a: Record<string, unknown> = { x: 1 };
  a.y = [{ back: a }];
  fails(
    { first: a },
    'Codec "cbor": Cannot encode at .first.y[0].back: got object, expected no cycle: this is in itself',
  );
  let deep: unknown = 1;
  for (let i = 0; i < 256; i++) deep = [deep];
  assert.deepEqual(decodeCbor(encodeCbor(deep)), deep);
  fails([deep], /got array of 1, expected at most 256 levels/);
  assert.throws(() => decodeCbor(new Uint8Array(100_000).fill(0x81)), /nested deeper than 256 levels/);
});

Deno.test("encodeCbor() may be called from a getter of what it writes", () => {
  const inner = {
    get bytes() {
      return encodeCbor("inner");
    },
  };
  assert.equal(hex({ a: 1, inner, z: 2 }), hex({ a: 1, inner: { bytes: encodeCbor("inner") }, z: 2 }));
});

function listOf(value: unknown): unknown[] {
  return value instanceof Map || value instanceof Set ? [...value] : Object.entries(value as object);
}
