import assert from "node:assert/strict";
import { TinmanError } from "../errors/mod.ts";
import { codecFailure, describeValue, unfitError } from "./failure.ts";

Deno.test("codecFailure() puts the steps of nested codecs together, outermost first", () => {
  const angle = unfitError("float", "x", { expected: "a number" });
  const leg = codecFailure("struct", { direction: "encode", cause: angle, at: ".angle" });
  const legs = codecFailure("list", { direction: "encode", cause: leg, at: "[2]" });
  const robot = codecFailure("dict", { direction: "encode", cause: legs, at: ".legs" });
  assert.equal(robot.message, 'Codec "dict": Cannot encode at .legs[2].angle: got text "x", expected a number');
  assert.deepEqual(robot.details, { codec: "dict", direction: "encode", at: ".legs[2].angle" });
  assert.equal(robot.cause, legs);
});

Deno.test("codecFailure() keeps the hint, and the whole message of a foreign error", () => {
  const hinted = unfitError("int", 1.5, { expected: "a whole number", hint: "use float()" });
  assert.equal(codecFailure("list", { direction: "encode", cause: hinted, at: "[0]" }).hint, "use float()");
  const foreign = new RangeError("off the end");
  const failure = codecFailure("list", { direction: "decode", cause: foreign });
  assert.equal(failure.message, 'Codec "list": Cannot decode: off the end');
  assert.equal(failure.cause, foreign);
  assert.match(codecFailure("list", { direction: "decode", cause: "thrown text" }).message, /thrown text$/);
});

Deno.test("codecFailure() lets a codec that is not known be that error", () => {
  const unknown = new TinmanError("CODEC_UNKNOWN", "Cannot use codec", { codec: "org.example" });
  assert.equal(codecFailure("list", { direction: "revive", cause: unknown }), unknown);
});

Deno.test("describeValue() is short, and never throws", () => {
  class Reading {}
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const cases: [unknown, string][] = [
    [undefined, "undefined"],
    [null, "null"],
    ["a".repeat(100), `text "${"a".repeat(40)}…"`],
    [-0, "number -0"],
    [NaN, "number NaN"],
    [5n, "bigint 5n"],
    [10n ** 100n, "a bigint of more than 30 digits"],
    [true, "boolean true"],
    [Symbol("x"), "a symbol"],
    [() => 1, "a function"],
    [[1, 2], "array of 2"],
    [new Float64Array(2), "Float64Array of 16 bytes"],
    [{}, "object"],
    [Object.create(null), "object"],
    [new Reading(), "object Reading"],
    [new Map(), "object Map"],
    [proxy, "object"],
  ];
  for (const [value, words] of cases) assert.equal(describeValue(value), words);
});
