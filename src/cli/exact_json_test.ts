import assert from "node:assert/strict";
import fc from "fast-check";
import { parseExactJson } from "./exact_json.ts";

Deno.test("parseExactJson() refuses a number that would be kept as another one, and says what to write", () => {
  for (
    const [number, as] of [
      ["12345678901234567890", "would be kept as 12345678901234567000"],
      ["-9007199254740993", "would be kept as -9007199254740992"],
      ["1e400", "is too large for a number"],
      ["1e-400", "would be kept as 0"],
    ]
  ) {
    assert.throws(() => parseExactJson(`{"a": [${number}]}`, { to: "set a" }), {
      code: "CONFIG",
      message: `Cannot set a: ${number} ${as}`,
      hint: `write it as text: "${number}"`,
    });
  }
});

Deno.test("parseExactJson() is JSON.parse() for all else", () => {
  for (
    const text of ["9007199254740991", "-0", "0.0", "1e20", "0.1", "18014398509481984", '"1e400"', '{"__proto__": 1}']
  ) {
    assert.deepEqual(parseExactJson(text, { to: "set a" }), JSON.parse(text));
  }
  const texts = fc.oneof(
    fc.json(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
    fc.double({ min: 2 ** 53, max: 1e30, noNaN: true }).map((value) =>
      `[${Math.round(value)}, ${BigInt(Math.round(value))}]`
    ),
    fc.integer({ min: 15, max: 300 }).map((zeros) => `-1${"0".repeat(zeros)}`),
  );
  fc.assert(fc.property(texts, (text) => assert.deepEqual(parseExactJson(text, { to: "set a" }), JSON.parse(text))), {
    numRuns: 300,
  });
  assert.throws(() => parseExactJson("{", { to: "set a" }), SyntaxError);
});
