import assert from "node:assert/strict";
import { Decoder, Encoder } from "@msgpack/msgpack";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { decodeMsgpack } from "./msgpack_decode.ts";
import { encodeMsgpack } from "./msgpack_encode.ts";

// Goal: what others write is read and what we write is read by others. Method: the reference package as the oracle.
const theirEncoder = new Encoder({ useBigInt64: true, maxDepth: 300 });
const theirDecoder = new Decoder({ useBigInt64: true });
const isCodecError = (error: unknown) => isTinmanError(error, "CODEC");

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    fc.double(),
    fc.maxSafeInteger(),
    fc.integer({ min: -70_000, max: 70_000 }),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.date({ noInvalidDate: true }),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(fc.string().filter((key) => key !== "__proto__"), tie("value"), { noNullPrototype: true }),
  ),
})).value;

Deno.test("encodeMsgpack() writes what the reference package reads", () => {
  fc.assert(fc.property(plain, (value) => assert.deepEqual(theirDecoder.decode(encodeMsgpack(value)), value)));
});

Deno.test("decodeMsgpack() reads what the reference package writes", () => {
  // Compared with what they read themselves: they write -0 as 0.
  const check = (value: unknown) => {
    const bytes = theirEncoder.encode(value);
    assert.deepEqual(decodeMsgpack(bytes), theirDecoder.decode(bytes));
  };
  fc.assert(fc.property(plain, check), { examples: [[-0], [[{ a: -0 }]]] });
});

Deno.test("decodeMsgpack() gives of any bytes what the reference package gives", () => {
  const tryDecode = (input: Uint8Array) => {
    try {
      return { value: decodeMsgpack(input) };
    } catch (error) {
      assert.ok(isCodecError(error));
      return undefined;
    }
  };
  // Nearly all random bytes are refused at once, so they are put together from heads that occur.
  const heads = [
    0x00,
    0x7f,
    0x81,
    0x92,
    0xa1,
    0xbf,
    0xc0,
    0xc1,
    0xc2,
    0xc3,
    0xc4,
    0xc5,
    0xca,
    0xcb,
    0xcc,
    0xcd,
    0xce,
    0xcf,
  ];
  const more = [0xd0, 0xd1, 0xd2, 0xd3, 0xd9, 0xda, 0xdc, 0xde, 0xe0, 0xff, 0x61, 0x01, 0x02];
  const bytes = fc.array(fc.constantFrom(...heads, ...more), { maxLength: 20 });
  fc.assert(
    fc.property(bytes, (bytes) => {
      const input = Uint8Array.from(bytes);
      const ours = tryDecode(input);
      // They also take malformed UTF-8, so the other way does not hold.
      if (ours !== undefined) assert.deepEqual(ours.value, theirDecoder.decode(input));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("decodeMsgpack() reads the heads of the specification that we do not write", () => {
  const cases: [number[], unknown][] = [
    [[0xca, 0x3f, 0xc0, 0, 0], 1.5],
    [[0xd9, 1, 0x61], "a"],
    [[0xda, 0, 1, 0x61], "a"],
    [[0xdb, 0, 0, 0, 1, 0x61], "a"],
    [[0xc5, 0, 1, 7], Uint8Array.of(7)],
    [[0xc6, 0, 0, 0, 1, 7], Uint8Array.of(7)],
    [[0xdc, 0, 1, 0xc0], [null]],
    [[0xdd, 0, 0, 0, 1, 0xc0], [null]],
    [[0xde, 0, 1, 0xa1, 0x61, 5], { a: 5 }],
    [[0xdf, 0, 0, 0, 1, 0xd9, 1, 0x61, 5], { a: 5 }],
    [[0x82, 5, 6, 0xcf, 0, 0, 0, 0, 0, 0, 0, 9, 7], { 5: 6, 9: 7 }],
    [[0xcd, 0, 5], 5],
    [[0xd3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -1n],
    [[0xd6, 0xff, 0, 0, 0, 1], new Date(1000)],
  ];
  for (const [bytes, value] of cases) assert.deepEqual(decodeMsgpack(Uint8Array.from(bytes)), value);
});

Deno.test("decodeMsgpack() refuses what has no safe meaning, and says where", () => {
  const cases: [number[], RegExp][] = [
    [[], /1 bytes are wanted at 0, 0 are left/],
    [[0xc1], /no value begins with the byte 0xc1 at 0/],
    [[0xc0, 0xc0], /1 bytes are left over/],
    [[0x81, 0xa9, ...new TextEncoder().encode("__proto__"), 0x80], /a field is called __proto__/],
    [[0x81, 0xd9, 9, ...new TextEncoder().encode("__proto__"), 0x80], /a field is called __proto__/],
    [[0x81, 0x90, 1], /a key at 1 is neither text nor a whole number/],
    [[0x81, 0xc0, 1], /a key at 1 is neither/],
    [[0xd4, 0x05, 0], /an extension has the type 5/],
    [[0xd4, 0xff, 0], /a timestamp has 1 bytes/],
    [[0xc7, 12, 0xff, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0], /beyond any date/],
    [[0xa2, 0xc3, 0x28], /Cannot decode/],
    [[0x81, 0xa2, 0xc3, 0x28, 1], /Cannot decode/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => decodeMsgpack(Uint8Array.from(bytes)), (error) => {
      assert.ok(isCodecError(error));
      assert.match((error as Error).message, message);
      return true;
    });
  }
});

Deno.test("decodeMsgpack() neither loops nor allocates for lengths that the bytes cannot hold", () => {
  // 250 arrays in one another, each claiming as many items as there are bytes behind it.
  const nested = new Uint8Array(256 * 5).fill(0xc0);
  for (let at = 0; at < 250 * 5; at += 5) nested.set([0xdd, 0, 0, 0, 30], at);
  assert.throws(() => decodeMsgpack(nested), isCodecError);
  for (const head of [0xdb, 0xc6, 0xc9, 0xdd, 0xdf]) {
    assert.throws(() => decodeMsgpack(Uint8Array.of(head, 0xff, 0xff, 0xff, 0xff, 0)), isCodecError);
  }
  assert.throws(() => decodeMsgpack(new Uint8Array(100_000).fill(0x91)), /nested deeper than 256 levels/);
});

Deno.test("decodeMsgpack() knows its keys apart however they are cached", () => {
  const keys = Array.from({ length: 5000 }, (_, i) => `k${i.toString(36)}`);
  const value = Object.fromEntries(keys.map((key, i) => [key, i]));
  const bytes = encodeMsgpack(value);
  for (let i = 0; i < 2; i++) assert.deepEqual(decodeMsgpack(bytes), value);
});

Deno.test("encodeMsgpack() works inside of encodeMsgpack()", () => {
  const value = {
    a: 1,
    get inner() {
      return encodeMsgpack({ b: 2 });
    },
    c: 3,
  };
  const inner = encodeMsgpack({ b: 2 });
  assert.deepEqual(decodeMsgpack(encodeMsgpack(value)), { a: 1, inner, c: 3 });
});

Deno.test("encodeMsgpack() can be used again after an error", () => {
  const before = encodeMsgpack({ a: "x".repeat(100) });
  assert.throws(() => encodeMsgpack({ a: "y".repeat(100), b: Symbol("no") }), isCodecError);
  assert.deepEqual(encodeMsgpack({ a: "x".repeat(100) }), before);
});
