import assert from "node:assert/strict";
import fc from "fast-check";
import { formatLine, parseLine } from "./json.ts";
import { Lines } from "./lines.ts";

Deno.test("parseLine() reads what formatLine() writes, and one line is one line", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const line = formatLine(value);
    assert.doesNotMatch(line, /[\r\n]/);
    assert.deepEqual(parseLine(line), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("formatLine() writes whole numbers of 64 bits exactly, and parseLine() reads them back", () => {
  const values = { timeNs: 1_800_000_000_123_456_789n, most: 2n ** 64n - 1n, least: -(2n ** 63n), safe: 7 };
  const line = formatLine(values);
  assert.equal(
    line,
    '{"timeNs":1800000000123456789,"most":18446744073709551615,"least":-9223372036854775808,"safe":7}',
  );
  assert.deepEqual(parseLine(line), values);
  assert.equal(parseLine("1e20"), 1e20);
  assert.equal(parseLine("123456789012345678901234567890"), 123456789012345678901234567890);
});

Deno.test("formatLine() writes what JSON has no word for as near as can be", () => {
  const value = { bytes: Uint8Array.of(1, 2, 255), nan: NaN, list: [undefined, Infinity], gone: undefined };
  assert.equal(formatLine(value), '{"bytes":"AQL/","nan":null,"list":[null,null]}');
  assert.equal(formatLine(undefined), "null");
});

Deno.test("parseLine() and formatLine() refuse what is nested too deeply", () => {
  assert.throws(() => parseLine("[".repeat(300) + "]".repeat(300)), /nested deeper than 256/);
  let deep: unknown = 1;
  for (let i = 0; i < 300; i++) deep = [deep];
  assert.throws(() => formatLine(deep), /nested deeper than 256/);
  assert.doesNotThrow(() => parseLine(JSON.stringify("[".repeat(300))));
});

Deno.test("a field with the name __proto__ is a field", () => {
  const value = parseLine('{"__proto__":{"x":1}}') as Record<string, unknown>;
  assert.ok(Object.hasOwn(value, "__proto__"));
  assert.equal(formatLine(value), '{"__proto__":{"x":1}}');
});

Deno.test("Lines does not depend on how the bytes are cut", () => {
  const bytes = new TextEncoder().encode("one\r\n\ntwo\rtwo\n" + "x".repeat(20));
  fc.assert(fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
    const lines = new Lines(20);
    const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    const got = at.slice(1).flatMap((end, i) => [...lines.push(bytes.subarray(at[i], end))]).concat([...lines.end()]);
    assert.deepEqual(got.map(({ number, bytes }) => [number, new TextDecoder().decode(bytes)]), [
      [1, "one"],
      [2, ""],
      [3, "two\rtwo"],
      [4, "x".repeat(20)],
    ]);
  }));
});

Deno.test("Lines refuses a line that is too long, and says which", () => {
  const lines = new Lines(4);
  assert.deepEqual([...lines.push(new TextEncoder().encode("1234\r\n"))].length, 1);
  assert.throws(() => [...lines.push(new TextEncoder().encode("12345\n"))], /line 2 is longer than 4 bytes/);
});
