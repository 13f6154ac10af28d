import assert from "node:assert/strict";
import fc from "fast-check";
import { schemaOf, toMessage } from "./json_message.ts";

const read = (value: unknown) => JSON.parse(new TextDecoder().decode(toMessage(value)));

Deno.test("toMessage() writes what JSON has none for as near as it can", () => {
  const value = {
    ...{ small: 7n, large: 2n ** 60n, none: undefined, nan: NaN, far: -Infinity, at: new Date(0), gone: new Date(NaN) },
    ...{ bytes: new Uint8Array([1, 2, 255]), floats: new Float32Array([1, 0.5]), set: new Set([1]) },
    ...{ map: new Map<unknown, unknown>([[1, "a"], ["b", 2n]]), list: [undefined, () => 1] },
  };
  assert.deepEqual(read(value), {
    ...{ small: 7, large: "1152921504606846976", nan: null, far: null, at: "1970-01-01T00:00:00.000Z", gone: null },
    ...{ bytes: "AQL/", floats: [1, 0.5], set: [1], map: { "1": "a", b: 2 }, list: [null, null] },
  });
});

Deno.test("toMessage() makes an object of what is none", () => {
  for (const value of [1, "x", null, true, [1, 2], undefined]) {
    assert.deepEqual(read(value), value === undefined ? {} : { value });
  }
  assert.deepEqual(read(new Uint8Array([0])), { value: "AA==" });
});

Deno.test("toMessage() ends for a value that holds itself", () => {
  const value: Record<string, unknown> = {};
  value.self = value;
  assert.ok(toMessage(value).length < 1000);
});

Deno.test("toMessage() keeps every value that JSON has", () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
    assert.deepEqual(read(value), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("schemaOf() describes a value as a JSON Schema of an object", () => {
  const value = { n: 1, s: "x", b: new Uint8Array(1), l: [{ x: 1n }], e: [], d: new Date(0), u: null };
  assert.deepEqual(schemaOf(value), {
    type: "object",
    properties: {
      n: { type: "number" },
      s: { type: "string" },
      b: { type: "string", contentEncoding: "base64" },
      l: { type: "array", items: { type: "object", properties: { x: { type: "number" } } } },
      e: { type: "array" },
      d: { type: "string" },
      u: {},
    },
  });
  assert.deepEqual(schemaOf([1.5]), {
    type: "object",
    properties: { value: { type: "array", items: { type: "number" } } },
  });
});
