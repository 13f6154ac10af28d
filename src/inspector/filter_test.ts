import assert from "node:assert/strict";
import fc from "fast-check";
import { parseFilter } from "./filter.ts";

const value = {
  speed: 3.5,
  name: "Bob Smith",
  pose: { x: -1, tags: ["left", "up"] },
  ok: true,
  big: 10n,
  map: new Map([["k", 7]]),
};
const holds = (text: string) => parseFilter(text)!(value);

Deno.test("parseFilter() compares fields, also inside objects, lists and maps", () => {
  for (
    const text of [
      "speed>3",
      "speed>=3.5",
      "speed<4",
      "speed=3.5",
      "speed!=4",
      "pose.x<0",
      "pose.tags[1]=up",
      "pose.tags.0=left",
      "ok=true",
      "big>9",
      "map.k=7",
      'name="Bob Smith"',
      "name~smith",
      "nothing!=1",
      "speed>3 pose.x=-1",
    ]
  ) assert.ok(holds(text), text);
  for (
    const text of [
      "speed>3.5",
      "speed=4",
      "pose.y=1",
      "name=Bob",
      "speed>3 pose.x=1",
      "nothing=undefined",
      "constructor=x",
      "pose.x.y=1",
    ]
  ) {
    assert.ok(!holds(text), text);
  }
});

Deno.test("parseFilter() looks for a word anywhere, in names and values, in any case", () => {
  for (const text of ["SMITH", "tags", "left", '"bob smith"', "3.5"]) assert.ok(holds(text), text);
  assert.ok(!holds("nobody"));
});

Deno.test("parseFilter() is undefined for nothing, and refuses too much", () => {
  assert.equal(parseFilter("   "), undefined);
  assert.throws(() => parseFilter("a ".repeat(9)), /at most 8 terms/);
  assert.throws(() => parseFilter("a".repeat(501)), /500 characters/);
});

Deno.test("a filter never throws, whatever it says and whatever it is asked", () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 60 }),
      fc.anything({ withMap: true, withNullPrototype: true }),
      (text, value) => {
        let match;
        try {
          match = parseFilter(text);
        } catch {
          return;
        }
        assert.equal(typeof (match?.(value) ?? true), "boolean");
      },
    ),
  );
});
