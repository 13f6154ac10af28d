import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { parseJsonc } from "./jsonc.ts";
import { editJsonc } from "./jsonc_edit.ts";

const parse = (text: string) => parseJsonc(text, { path: "a.jsonc" }).value;
const isPlain = (json: string) => !json.includes("__proto__");

Deno.test("parseJsonc() gives what JSON.parse gives, for all JSON", () => {
  fc.assert(fc.property(fc.json().filter(isPlain), (json) => assert.deepEqual(parse(json), JSON.parse(json))));
});

Deno.test("parseJsonc() gives the same with comments and commas wherever they may be", () => {
  const blank = fc.constantFrom("", " ", "\n", '// c, "}\n', "/* } ** */", "\t\r\n");
  const value = fc.jsonValue().filter((value) => isPlain(JSON.stringify(value)));
  fc.assert(fc.property(value, fc.infiniteStream(blank), (value, blanks) => {
    const text = write(JSON.parse(JSON.stringify(value)), () => blanks.next().value);
    assert.deepEqual(parse(text), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("parseJsonc() says CONFIG with line and column, or gives a value, for any text", () => {
  const part = fc.constantFrom(
    ...'{}[]:,"/*\n-.1eE+',
    "true",
    "null",
    "//",
    "/*",
    "*/",
    '"a"',
    "__proto__",
    "\\u",
    "\ufeff",
  );
  fc.assert(
    fc.property(fc.string({ unit: part, maxLength: 30 }), (text) => {
      try {
        const value = parse(text);
        assert.ok(!JSON.stringify(value).includes("__proto__:"));
      } catch (error) {
        assert.ok(isTinmanError(error, "CONFIG"), `${error}`);
        assert.match(error.message, /^Cannot read a\.jsonc:\d+:\d+: ./);
      }
    }),
    { numRuns: 500 },
  );
});

for (
  const [text, message] of [
    ["", "1:1: expected a value, found the end"],
    ['{"a":1,\n "a":2}', '2:2: the key "a" is there twice'],
    ['{"__proto__":{}}', "1:2: the key __proto__ is not allowed"],
    ['{"\\u005f_proto__":{}}', "1:2: the key __proto__ is not allowed"],
    ["{a:1}", '1:2: expected a key in double quotes or }, found "a"'],
    ["[1 2]", '1:4: expected a comma or ], found "2"'],
    ["[,]", '1:2: expected a value, found ","'],
    ["[1,,2]", '1:4: expected a value, found ","'],
    ['{"a" 1}', '1:6: expected a colon, found "1"'],
    ['"a\nb"', "1:3: a text goes over the end of its line, or has a control character"],
    ['"a', "1:1: a text has no end"],
    ['"\\', "1:1: a text has no end"],
    ["01", "1:1: 01 is not JSON"],
    ["NaN", "1:1: NaN is not JSON"],
    ["1e999", "1:1: 1e999 is too large"],
    ["1 2", '1:3: expected the end, found "2"'],
    ["1 /* ", "1:3: a comment has no end"],
    ["[".repeat(40), "1:34: nested deeper than 32"],
    [" ".repeat(300_000), "1:1: it has 300000 characters, more than 262144"],
  ] as const
) {
  Deno.test(`parseJsonc() refuses ${JSON.stringify(text.slice(0, 30))}: ${message}`, () => {
    assert.throws(() => parse(text), { code: "CONFIG", message: `Cannot read a.jsonc:${message}` });
  });
}

Deno.test("parseJsonc() takes a hundred thousand comments in a row", () => {
  assert.equal(parse("//\n".repeat(80_000) + "1"), 1);
  assert.equal(parse("/**/".repeat(60_000) + "1"), 1);
});

Deno.test("editJsonc() changes one value and nothing else, whatever the file looks like", () => {
  const key = fc.constantFrom("a", "b", "c", "d");
  const members = <T>(value: fc.Arbitrary<T>) => fc.dictionary(key, value, { noNullPrototype: true });
  const object = members(fc.oneof(fc.integer(), members(fc.oneof(fc.integer(), members(fc.constant([1]))))));
  fc.assert(
    fc.property(object, fc.array(key, { minLength: 1, maxLength: 3 }), fc.option(fc.integer()), (before, keys, to) => {
      const text = `// head\n${JSON.stringify(before, undefined, 2)} // tail\n`;
      const edited = editJsonc(text, keys, to ?? undefined, "a.jsonc");
      assert.deepEqual(parse(edited), expected(before, keys, to ?? undefined));
      assert.ok(edited.startsWith("// head\n") && edited.endsWith("// tail\n"), edited);
    }),
  );
});

Deno.test("editJsonc() leaves comments where they belong, and sorts what is new", () => {
  const text = `{
  // About a.
  "a": 1, // one
  "c": { "x": 1 } // three
}`;
  assert.equal(
    editJsonc(text, ["b"], [1, 2], "x"),
    `{
  // About a.
  "a": 1, // one
  "b": [1, 2],
  "c": { "x": 1 } // three
}`,
  );
  assert.equal(
    editJsonc(text, ["d"], 4, "x"),
    `{
  // About a.
  "a": 1, // one
  "c": { "x": 1 }, // three
  "d": 4
}`,
  );
  assert.equal(
    editJsonc(text, ["c"], undefined, "x"),
    `{
  // About a.
  "a": 1, // one
}`,
  );
});

function write(value: unknown, blank: () => string): string {
  const list = (open: string, parts: readonly string[], close: string) =>
    `${blank()}${open}${blank()}${parts.join(`${blank()},`)}${
      parts.length > 0 && blank() === "" ? "," : ""
    }${blank()}${close}`;
  if (Array.isArray(value)) return list("[", value.map((each) => write(each, blank)), "]");
  if (typeof value !== "object" || value === null) return `${blank()}${JSON.stringify(value)}${blank()}`;
  const members = Object.entries(value).map(([key, each]) =>
    `${blank()}${JSON.stringify(key)}${blank()}:${write(each, blank)}`
  );
  return list("{", members, "}") + blank();
}

type Value = unknown;

function expected(before: Value, [key, ...rest]: readonly string[], to: number | undefined): Value {
  if (key === undefined) return to;
  const isObject = typeof before === "object" && before !== null && !Array.isArray(before);
  const after: Record<string, Value> = isObject ? { ...before } : {};
  if (!Object.hasOwn(after, key) && to === undefined) return before;
  after[key] = expected(after[key], rest, to);
  if (after[key] === undefined) delete after[key];
  return after;
}
