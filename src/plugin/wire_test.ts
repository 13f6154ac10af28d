import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeMsgpack } from "../codec/mod.ts";
import { createWireReader, createWireWriter, isWireError } from "./wire.ts";

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.integer(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(fc.string({ maxLength: 40 }).filter((key) => key !== "__proto__"), tie("value"), {
      maxKeys: 20,
      noNullPrototype: true,
    }),
  ),
})).value;

Deno.test("a message comes back however its bytes are split, and they are those of src/codec", () => {
  fc.assert(
    fc.property(
      fc.array(plain, { maxLength: 5 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 50 })),
      (messages, cuts) => {
        const writer = createWireWriter(1e6);
        const reader = createWireReader(1e6);
        for (const message of messages) writer.put(message);
        const bytes = writer.take();
        const came: unknown[] = [];
        for (let at = 0; at < bytes.length;) {
          const next = at + cuts.next().value!;
          reader.push(bytes.slice(at, next));
          at = next;
          for (let message; (message = reader.next()) !== undefined;) came.push(message);
        }
        assert.deepEqual(came.map(copied), messages.map(copied));
        const expected = messages.flatMap((message) => {
          const body = encodeMsgpack(message);
          return [...new Uint8Array(new Uint32Array([body.length]).buffer), ...body];
        });
        assert.deepEqual([...bytes], expected);
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("what is not plain data is refused by name and place, and nothing of it is sent", () => {
  const writer = createWireWriter(1e6);
  class Fix {}
  const circle: unknown[] = [];
  circle.push(circle);
  for (
    const [value, at, name] of [
      [new Map(), "", "a Map"],
      [[1, new Date(0)], "[1]", "a Date"],
      [{ a: [new Fix()] }, ".a[0]", "a Fix"],
      [[undefined], "[0]", "undefined"],
      [() => 1, "", "a function"],
      [{ a: { b: Symbol() } }, ".a.b", "a symbol"],
      [2n ** 64n, "", "a bigint of more than 64 bits"],
      [["\ud800"], "[0]", "half a surrogate pair"],
      [new Float64Array(1), "", "a Float64Array"],
      [JSON.parse('{"__proto__": 1}'), ".__proto__", "a field of this name"],
    ] as const
  ) {
    assert.throws(() => writer.put(["values", value]), (error) => {
      assert.ok(isWireError(error));
      assert.deepEqual([error.code, error.at], ["CODEC", `[1]${at}`]);
      assert.equal(error.message.startsWith(`Cannot pass values[1]${at}: `), true, error.message);
      assert.match(error.message, new RegExp(name));
      return true;
    });
  }
  assert.throws(() => writer.put(circle), /or a circle/);
  assert.equal(writer.size, 0);
});

Deno.test("a field that is undefined is left out", () => {
  assert.deepEqual(through({ a: undefined, b: 1 }), { b: 1 });
});

Deno.test("a message that is too long is refused on either side", () => {
  const writer = createWireWriter(100);
  writer.put("x".repeat(97));
  assert.throws(() => writer.put("x".repeat(99)), { name: "WireError", code: "TOO_LARGE" });
  assert.throws(() => writer.put(new Uint8Array(99)), { name: "WireError", code: "TOO_LARGE" });
  assert.throws(() => writer.put(new Array(101).fill(1)), { name: "WireError", code: "TOO_LARGE" });
  const reader = createWireReader(98);
  reader.push(writer.take());
  assert.throws(() => reader.next(), { name: "WireError", code: "TOO_LARGE" });
});

Deno.test("a length is not believed before the bytes are there", () => {
  const reader = createWireReader(2 ** 32);
  reader.push(new Uint8Array([0xff, 0xff, 0xff, 0xff, 1, 2, 3])); // 4 GiB would not be to be had
  assert.equal(reader.next(), undefined);
});

Deno.test("whatever bytes come, the reader gives messages of plain data or a WireError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const reader = createWireReader(1000);
      const length = new Uint8Array(new Uint32Array([bytes.length]).buffer);
      reader.push(new Uint8Array([...length, ...bytes]));
      try {
        const value = reader.next();
        const writer = createWireWriter(1e6);
        writer.put(value);
      } catch (error) {
        assert.ok(isWireError(error), String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a hostile message does not touch the prototype of all objects", () => {
  const key = [...new TextEncoder().encode("__proto__")];
  for (const body of [[0x81, 0xa9, ...key, 0x81, 0xa1, 0x78, 1], [0x81, 0xd9, 9, ...key, 1]]) {
    const reader = createWireReader(1000);
    reader.push(new Uint8Array([body.length, 0, 0, 0, ...body]));
    assert.throws(() => reader.next(), /__proto__/);
  }
  const odd = through({ constructor: 1, hasOwnProperty: 2, toString: 3 });
  assert.deepEqual(Object.keys(odd as object), ["constructor", "hasOwnProperty", "toString"]);
});

Deno.test("both halves work as text, as the worker has them", () => {
  const again = <F>(make: F): F => new Function(`return (${make})`)() as F;
  const writer = again(createWireWriter)(1000);
  writer.put({ a: [1, "b"] });
  const reader = again(createWireReader)(1000);
  reader.push(writer.take());
  assert.deepEqual(reader.next(), { a: [1, "b"] });
});

function through(value: unknown): unknown {
  const writer = createWireWriter(1e6);
  writer.put(value);
  const reader = createWireReader(1e6);
  reader.push(writer.take());
  return reader.next();
}

// Views of one buffer and numbers that differ only in their sign of zero compare as what they hold.
function copied(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, copied(field)]));
}
