import assert from "node:assert/strict";
import fc from "fast-check";
import { formatMessage, formatPluginValue, parseMessage, parseMessages, parsePluginValue } from "./plugin_values.ts";

const place = { path: "in.jsonl", line: 3 };

Deno.test("parsePluginValue() gives what formatPluginValue() was given, on one line that no terminal obeys", () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.bigInt(),
      fc.string({ unit: "binary" }),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => new Uint8Array(bytes)),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.string().filter((key) => !key.startsWith("$") && key !== "__proto__"), tie("value"), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    ),
  })).value;
  fc.assert(fc.property(value, (given) => {
    const line = formatPluginValue(given);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u202e]/);
    assert.deepEqual(parsePluginValue(line, place), given);
  }));
});

Deno.test("parsePluginValue() names the file and the line of what it cannot read", () => {
  assert.throws(() => parsePluginValue("{", place), { code: "CONFIG", message: /^Cannot read in\.jsonl:3: / });
  assert.throws(() => parsePluginValue('{"$bytes":"0g"}', place), { code: "CONFIG" });
});

Deno.test("a message is its value where there is one port, and names its port where there are more", () => {
  const message = { port: "b", value: [1n] };
  assert.equal(formatMessage(message, ["b"]), '[{"$bigint":"1"}]');
  assert.equal(formatMessage(message, ["a", "b"]), '{"port":"b","value":[{"$bigint":"1"}]}');
  for (const ports of [["b"], ["a", "b"]]) {
    assert.deepEqual(parseMessage(formatMessage(message, ports), ports, place), message);
  }
  assert.throws(
    () => parseMessage('{"port":"c","value":1}', ["a", "b"], place),
    /expected \{"port": "a" or "b", "value"/,
  );
  assert.throws(() => parseMessage("1", [], place), /the node has no inputs/);
});

Deno.test("parseMessages() leaves out empty lines and comments, and counts them", () => {
  assert.deepEqual(parseMessages("// two\n1\n\n2\n", ["a"], "x"), [{ port: "a", value: 1 }, { port: "a", value: 2 }]);
  assert.throws(() => parseMessages("// two\n1\n\n?\n", ["a"], "x"), /x:4/);
});
