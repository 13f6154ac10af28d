import assert from "node:assert/strict";
import fc from "fast-check";
import { Lines } from "./lines.ts";

Deno.test("Lines does not depend on how the bytes are cut, not even inside a character", () => {
  const bytes = new TextEncoder().encode("eins\r\nzwei\rdrei\n\nfünf ☃\nrest");
  fc.assert(fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
    const lines = new Lines(100);
    const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    const got = at.slice(1).flatMap((end, i) => lines.push(bytes.subarray(at[i], end)));
    assert.deepEqual(got, ["eins", "zwei", "drei", "fünf ☃"]);
  }));
});

Deno.test("Lines cuts a line that is too long, and goes on behind it", () => {
  const lines = new Lines(4);
  assert.deepEqual(
    ["123", "456", "789\nab", "\n1234\n"].flatMap((each) => lines.push(new TextEncoder().encode(each))),
    [
      "1234",
      "ab",
      "1234",
    ],
  );
});
