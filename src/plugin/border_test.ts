import assert from "node:assert/strict";
import fc from "fast-check";
import { type Border, createBorder } from "./border.ts";

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false, -0, NaN, Infinity, -Infinity, "~", "~n", "~b5"),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `~${text}`),
    fc.uint8Array(),
    fc.array(tie("value")),
    fc.dictionary(fc.string().filter((key) => key !== "__proto__"), tie("value")),
  ),
})).value;

Deno.test("Border.unpack() gives back what was packed, whatever plain data it is", () => {
  const border = createBorder();
  fc.assert(fc.property(plain, (value) => assert.deepEqual(carry(border, value), ownObjects(value))));
  fc.assert(fc.property(fc.array(plain), (message) => {
    const { text, bytes, tagged } = border.pack(message, "message");
    assert.deepEqual(border.unpack(text, join(bytes), tagged), ownObjects(message));
  }));
});

Deno.test("Border.unpack() copies bytes, also of a view into something larger", () => {
  const source = Uint8Array.of(1, 2, 3, 4);
  const back = carry(createBorder(), { part: source.subarray(1, 3) }) as { part: Uint8Array };
  source.fill(0);
  assert.deepEqual(back.part, Uint8Array.of(2, 3));
  assert.equal(back.part.buffer.byteLength, 2);
});

Deno.test("a field that is undefined is left out", () => {
  assert.deepEqual(carry(createBorder(), { a: undefined, b: 1n, c: undefined }), { b: 1n });
});

const refused: readonly (readonly [unknown, string])[] = [
  [[0, 0, 0, { when: new Date(0) }], "values[3].when: a Date"],
  [undefined, "values: undefined"],
  [[1, undefined], "values[1]: undefined"],
  // deno-lint-ignore no-sparse-arrays
  [[1, , 2], "values[1]: undefined"],
  [{ a: { call() {} } }, "values.a.call: a function"],
  [[Symbol.iterator], "values[0]: a symbol"],
  [new Map(), "values: a Map"],
  [[new Error("x")], "values[0]: an Error"],
  [{ a: new Float64Array(1) }, "values.a: a Float64Array"],
  [{ a: new ArrayBuffer(1) }, "values.a: an ArrayBuffer"],
  [new (class Fix {})(), "values: a Fix"],
  [Object.create({}), "values: an Object"],
  [[2n ** 64n], "values[0]: a bigint of more than 64 bits"],
  [[-(2n ** 63n) - 1n], "values[0]: a bigint of more than 64 bits"],
  [JSON.parse('{"a":{"__proto__":{"b":1}}}'), "values.a.__proto__: a field of this name"],
];
for (const [value, message] of refused) {
  Deno.test(`Border.check() refuses ${message}`, () => {
    const border = createBorder();
    for (const how of ["check", "pack"] as const) {
      assert.throws(() => border[how](value, "values"), { message: `Cannot pass ${message}` });
    }
  });
}

Deno.test("Border.check() has limits: levels, values, bytes, and the length of the text", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const border = createBorder({ maxValues: 100, maxBytes: 1000, maxText: 2000 });
  assert.throws(() => border.check(circle, "a"), /a\[0\](\[0\])+: more than 100 (levels|values)/);
  assert.throws(() => border.check(new Array(100).fill(1), "a"), /a\[99\]: more than 100 values/);
  assert.throws(() => border.check(["x".repeat(600), new Uint8Array(401)], "a"), /a\[1\]: more than 1000 bytes/);
  assert.throws(() => border.pack(["\u0001".repeat(500)], "a"), /more than 2000 characters/);
  border.check(["x".repeat(600), new Uint8Array(400)], "a");
});

Deno.test("Border.unpack() refuses what nobody packs, and pollutes nothing", () => {
  const border = createBorder({ maxValues: 100 });
  const bad: readonly (readonly [text: string, bytes?: Uint8Array])[] = [
    [""],
    ["[1,"],
    ['["~"]'],
    ['["~x1"]'],
    ['["~n1"]'],
    ['["~i"]'],
    ['["~i1.5"]'],
    ['["~i18446744073709551616"]'],
    [`["~i${"9".repeat(10_000)}"]`],
    ['["~b1"]'],
    ['["~b-1"]'],
    ['["~b2","~b-1"]', new Uint8Array(1)],
    ['["~b99999999999999999999"]'],
    ["[1]", new Uint8Array(1)],
    ['{"__proto__":{"polluted":1}}'],
    ['[{"a":{"__proto__":null}}]'],
    ["[".repeat(101) + "]".repeat(101)],
    [`[${"1,".repeat(100)}1]`],
  ];
  for (const [text, bytes = new Uint8Array(0)] of bad) assert.throws(() => border.unpack(text, bytes), Error, text);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  fc.assert(fc.property(fc.json(), fc.uint8Array({ maxLength: 4 }), (text, bytes) => {
    try {
      createBorder().check(border.unpack(text, bytes), "value");
    } catch (error) {
      assert.ok(error instanceof Error);
    }
  }));
});

Deno.test("createBorder() works as text, in another world", () => {
  const other = new Function(`return (${createBorder})()`)() as Border;
  assert.deepEqual(carry(other, [1n, NaN, { a: Uint8Array.of(1) }]), [1n, NaN, { a: Uint8Array.of(1) }]);
});

function carry(border: Border, value: unknown): unknown {
  const { text, bytes } = border.pack(value, "value");
  return border.unpack(text, join(bytes));
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

/** With objects that inherit from Object, as all do that have crossed. */
function ownObjects(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ownObjects);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, ownObjects(inner)]));
}
