import assert from "node:assert/strict";
import { createOriginalEvent, readOriginalEvent } from "./event.ts";
import { writeOriginalLine } from "./log.ts";

const parts = { author: "a", seq: 1, hlc: [1, 0], kind: "k", prev: "" } as const;

Deno.test("I1 originalId() is that of the original, where 1 and 1.0 are two values", () => {
  // Both were said by the original.
  assert.equal(createOriginalEvent({ ...parts, payload: { v: 1 } }).id, "c7ac37c64a55335dadee960c0f63e4ef");
  const float = readOriginalEvent(
    '{"a":"a","s":1,"h":[1,0],"k":"k","p":{"v":1.0},"v":"","i":"dca0b3279f76d80c7cdc652ed47289ff"}',
  );
  assert.deepEqual([...float.payload], [["v", 1]]);
});

Deno.test("I1 readOriginalEvent() reads what writeOriginalLine() wrote, and leaves out what it does not know", () => {
  const event = createOriginalEvent({ ...parts, payload: { record_id: "R-1", list: [1, { x: null }] } });
  const line = writeOriginalLine(event);
  assert.deepEqual(readOriginalEvent(line), event);
  assert.deepEqual(readOriginalEvent(line.replace("{", '{"signature": "…", ')), event);
});

Deno.test("I2 readOriginalEvent() says of each thing that is wrong what it is, and throws PROTOCOL", () => {
  const whole = JSON.parse(writeOriginalLine(createOriginalEvent({ ...parts, payload: {} })));
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ a: 5 }, /a is 5, expected a text/],
    [{ a: undefined }, /a is missing/],
    [{ a: "x".repeat(257) }, /at most 256 characters/],
    [{ s: 0 }, /s is 0, expected a whole number from 1/],
    [{ s: -1 }, /s is -1/],
    [{ s: 1.5 }, /s is 1\.5/],
    [{ s: true }, /s is true/],
    [{ s: 2 ** 60 }, /s is 1152921504606847000, expected/],
    [{ s: 2 }, /only the first of a feed has no event before it/],
    [{ h: "now" }, /h is "now", expected two whole numbers/],
    [{ h: [1] }, /h is a list of 1/],
    [{ h: [1, -1] }, /h\[1\] is -1/],
    [{ h: [1.5, 0] }, /h\[0\] is 1\.5/],
    [{ k: null }, /k is null/],
    [{ p: [] }, /p is a list of 0, expected an object/],
    [{ v: "xyz" }, /v is "xyz", expected 32 hexadecimal digits/],
    [{ i: "" }, /i is "", expected 32/],
    [{ i: "0".repeat(32) }, /its id is 0+, and [0-9a-f]{32} by what is in it/],
    [{ k: "\x1b[31m" }, /by what is in it/],
  ];
  for (const [change, message] of cases) {
    assert.throws(() => readOriginalEvent(JSON.stringify({ ...whole, ...change })), { code: "PROTOCOL", message });
  }
  const broken = ["", "[]", "null", "{", '"\x1b"'];
  for (const json of broken) assert.throws(() => readOriginalEvent(json), { code: "PROTOCOL" });
  assert.throws(() => readOriginalEvent(Uint8Array.of(0xff, 0xfe)), { code: "PROTOCOL", message: /not UTF-8/ });
});

Deno.test("I1 createOriginalEvent() refuses a payload that is no object", () => {
  for (const payload of [[], null, 5, "x"]) assert.throws(() => createOriginalEvent({ ...parts, payload }), TypeError);
});
