import assert from "node:assert/strict";
import fc from "fast-check";
import { readJson } from "./read_json.ts";
import { compareText, MAX_DEPTH, type OriginalValue, toOriginal } from "./value.ts";
import { formatFloat, writeJson } from "./write_json.ts";

const unit = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }),
  fc.integer({ min: 0xd7fe, max: 0xe001 }),
  fc.integer({ min: 0x10000, max: 0x10ffff }),
).map((point) => String.fromCodePoint(point));
const text = fc.string({ unit, maxLength: 6 });

const { value } = fc.letrec<{ value: OriginalValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    text,
    fc.bigInt(),
    fc.double(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie("value")), { maxLength: 4 }).map((fields) => new Map(fields)),
  ),
}));

Deno.test("J2 readJson() gives back what writeJson() wrote, whatever the order and the spaces", () => {
  fc.assert(fc.property(value, (value) => {
    assert.deepEqual(readJson(writeJson(value)), value);
    assert.deepEqual(readJson(writeJson(value, { spaced: true })), value);
    const sorted = writeJson(value, { sortKeys: true });
    assert.equal(writeJson(readJson(sorted), { sortKeys: true }), sorted);
    assert.match(sorted, /^[ -~]*$/);
  }));
});

Deno.test("J1 readJson() tells 1 from 1.0, keeps long numbers whole, and reads what JSON does not have but Python does", () => {
  assert.deepEqual(readJson("[1,1.0,-0,-0.0,1E2]"), [1n, 1, 0n, -0, 100]);
  assert.equal(readJson("123456789012345678901234567890"), 123456789012345678901234567890n);
  assert.deepEqual(readJson("[NaN,Infinity,-Infinity,1e999]"), [NaN, Infinity, -Infinity, Infinity]);
  assert.equal(readJson('"\\ud800"'), "\ud800");
});

Deno.test("J1 readJson() takes the last of a key that is there twice, in the place of the first", () => {
  assert.deepEqual([...readJson('{"a":1,"b":2,"a":3}') as Map<string, unknown>], [["a", 3n], ["b", 2n]]);
  assert.deepEqual([...readJson('{"__proto__":1}') as Map<string, unknown>], [["__proto__", 1n]]);
});

Deno.test("J3 readJson() is bounded in depth, digits and values", () => {
  const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
  readJson(deep(MAX_DEPTH));
  assert.throws(() => readJson(deep(MAX_DEPTH + 1)), /nested deeper than 64/);
  assert.throws(() => readJson(deep(100_000)), /nested deeper/);
  readJson("9".repeat(4300));
  assert.throws(() => readJson("-" + "9".repeat(4301)), /more than 4300 digits/);
  assert.throws(() => readJson(`[${"0,".repeat(300_000)}0]`), /more than 262144 values/);
});

Deno.test("I2 readJson() throws JsonError and nothing else, for any text", () => {
  const piece = fc.constantFrom(...'{}[],:"\\u0dD8ntf -.e1NI', "NaN", "null", "\\ud83d", '"a":');
  fc.assert(fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
    try {
      readJson(pieces.join(""));
    } catch (error) {
      assert.equal((error as Error).name, "JsonError");
    }
  }));
});

Deno.test("J2 formatFloat() says each float so that it is read as the same, with a point or an exponent", () => {
  fc.assert(fc.property(fc.double({ noNaN: true }), (value) => {
    const text = formatFloat(value);
    assert.ok(Object.is(Number(text), value));
    assert.match(text, /^-?(\d+\.\d+|\d(\.\d+)?e[+-]\d{2,3}|Infinity)$/);
  }));
  const known = { "1": "1.0", "1e15": "1000000000000000.0", "1e16": "1e+16", "0.0001": "0.0001", "0.00001": "1e-05" };
  for (const [number, text] of Object.entries(known)) assert.equal(formatFloat(Number(number)), text);
});

Deno.test("J2 compareText() is the order of code points", () => {
  const points = (text: string) => [...text].map((char) => char.codePointAt(0)!);
  fc.assert(fc.property(text, text, (a, b) => {
    const [first, second] = [points(a), points(b)];
    const at = first.findIndex((point, at) => point !== second[at]);
    const expected = at < 0 ? first.length - second.length : first[at]! - (second[at] ?? -1);
    assert.equal(Math.sign(compareText(a, b)), Math.sign(expected));
  }));
  assert.ok(compareText("\ue000", "\u{1f600}") < 0 && "\ue000" > "\u{1f600}");
});

Deno.test("J1 toOriginal() makes whole numbers whole, leaves undefined out, and refuses what has no JSON form", () => {
  assert.deepEqual(
    toOriginal({ a: 1, b: 1.5, c: -0, d: undefined, e: [2 ** 53] }),
    new Map<string, unknown>([["a", 1n], ["b", 1.5], ["c", -0], ["e", [2 ** 53]]]),
  );
  for (const value of [new Date(0), () => 1, Symbol(), undefined, new Map([[1, 2]]), 10n ** 5000n]) {
    assert.throws(() => toOriginal(value), TypeError);
  }
  const loop: unknown[] = [];
  loop.push(loop);
  assert.throws(() => toOriginal(loop), TypeError);
});
