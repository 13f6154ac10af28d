// Of the original: runtime_test TestGetNodeSpecs.test_extracts_inputs_and_outputs, test_detects_dict_injection,
// test_preserves_explicit_names, TestDaemonNodes.test_daemon_decorator.
import assert from "node:assert/strict";
import { allChannels, channel } from "../channel/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { filter, isNode, map, node, SKIP } from "./node.ts";

const [a, b] = [channel<number>("a"), channel<number>("b")];

Deno.test("node() keeps inputs, outputs and options", () => {
  const plain = node({ in: { a }, out: { b } }, async function double() {});
  assert.deepEqual([plain.name, plain.inputs, plain.outputs, plain.daemon], ["double", { a }, { b }, false]);
  assert.equal(plain.body.form, "function");
  assert.equal(node({ daemon: true }, async () => {}).daemon, true);
});

Deno.test("node() takes its name from the options, the function or the channels", () => {
  assert.equal(node({ name: "given" }, async function own() {}).name, "given");
  assert.equal(node({}, async function own() {}).name, "own");
  assert.equal(node({ in: { a }, out: { b } }, async () => {}).name, "to b");
  assert.equal(node({ in: { a } }, async () => {}).name, "from a");
  assert.equal(node({}, async () => {}).name, "node");
});

Deno.test("node() refuses a channel under a name that every node gets, and one that is both in and out", () => {
  for (const key of ["clock", "random", "log", "signal", "name"]) {
    assert.throws(
      () => node({ in: { [key]: a }, name: "n" }, async () => {}),
      (error) =>
        isTinmanError(error, "GRAPH") &&
        error.message === `Cannot make node "n": "${key}" is something that every node gets` &&
        error.hint!.includes(`my_${key}`),
    );
  }
  assert.throws(
    () => node({ in: { a }, out: { a: b }, name: "n" }, async () => {}),
    (error) => isTinmanError(error, "GRAPH") && error.message === 'Cannot make node "n": "a" is an input and an output',
  );
});

Deno.test("node() takes channels under the names of Object.prototype", () => {
  const odd = node({ in: { toString: a }, out: { constructor: b } }, async () => {});
  assert.deepEqual(Object.keys(odd.inputs), ["toString"]);
});

Deno.test("node() in handler form refuses an input without a handler, and all channels at once", () => {
  assert.throws(
    () => node({ in: { a, b }, name: "n" }, { a() {} } as never),
    (error) =>
      isTinmanError(error, "GRAPH") &&
      error.message === 'Cannot make node "n": it has no handler for its input "b"' &&
      /add b\(message/.test(error.hint!),
  );
  assert.throws(
    () => node({ in: { all: allChannels }, name: "n" }, { all() {} } as never),
    (error) => isTinmanError(error, "GRAPH") && /handlers do not take all channels/.test(error.message),
  );
});

Deno.test("node() in handler form refuses to have no input, because it would never end", () => {
  assert.throws(
    () => node({ out: { a }, name: "n" }, {} as never),
    (error) =>
      isTinmanError(error, "GRAPH") &&
      error.message === 'Cannot make node "n": handlers without an input are never called',
  );
});

Deno.test("map() and filter() are pure steps", () => {
  const double = map({ in: a, out: b }, (n) => n * 2);
  const even = filter({ in: a, out: b, name: "even" }, (n) => n % 2 === 0);
  assert.deepEqual([double.name, even.name], ["to b", "even"]);
  assert.ok(double.body.form === "pure" && even.body.form === "pure");
  assert.equal(double.body.step(21 as never), 42);
  assert.deepEqual([even.body.step(2 as never), even.body.step(3 as never)], [2, SKIP]);
});

Deno.test("isNode() tells nodes from everything else", () => {
  assert.ok(isNode(node({}, async () => {})));
  for (const other of [null, undefined, 1, {}, [], () => {}, { name: "n", inputs: {} }]) assert.ok(!isNode(other));
});
