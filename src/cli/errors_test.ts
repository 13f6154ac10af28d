import assert from "node:assert/strict";
import { catalogue, type ErrorCode, TinmanError } from "../errors/mod.ts";
import { exitCodeOf, formatError } from "./errors.ts";
import { createPaint } from "./style.ts";

const options = { paint: createPaint(false), json: false, verbose: 0 };
const format = (error: unknown) => formatError(error, options);

Deno.test("formatError() says what, where, the fix, and where to read more", () => {
  const error = new TinmanError("GRAPH", 'channel "raw" has two producers', { node: "b", hint: "rename one output" });
  assert.equal(
    format(error).replace(/^ {2}at \/.*\n/m, ""),
    [
      'error[E2104]: channel "raw" has two producers',
      "  at node b",
      "  fix: rename one output",
      "  more: tinman explain E2104",
    ].join("\n"),
  );
});

Deno.test("formatError() gives each of several problems a line of its own", () => {
  const problems = ["nodes[0].id: it is missing", "nodes[1].type: it is missing"];
  const lines = (...some: string[]) =>
    format(new TinmanError("CONFIG", `Cannot use p.json: ${some.join("; ")}`, { path: "p.json", problems: some }))
      .split("\n").slice(0, -1);
  assert.deepEqual(lines(...problems), [
    "error[E1002]: Cannot use p.json: 2 problems",
    ...problems.map((each) => `  ${each}`),
  ]);
  assert.deepEqual(lines(problems[0]!), [`error[E1002]: Cannot use p.json: ${problems[0]}`]);
});

Deno.test("formatError() names the cause, but only once", () => {
  const cause = new Error("port is gone");
  const error = new TinmanError("NODE", 'Node "gps" failed', { node: "gps", cause });
  assert.match(format(error), /\n {2}cause: port is gone\n/);
  const again = new TinmanError("NODE", 'Node "gps" failed: port is gone', { node: "gps", cause });
  assert.doesNotMatch(format(again), /cause:/);
});

Deno.test("formatError() shows a stack with -vv alone, with those of the causes", () => {
  const error = new Error("outer", { cause: new Error("inner") });
  assert.doesNotMatch(format(error), /errors_test/);
  const verbose = formatError(error, { ...options, verbose: 2 });
  assert.match(verbose, /errors_test[\s\S]*caused by Error: inner/);
});

Deno.test("formatError() survives a cause that leads to itself, and things that are no errors", () => {
  const ring = new Error("ring");
  ring.cause = ring;
  assert.match(formatError(ring, { ...options, verbose: 2 }), /ring/);
  assert.match(format("a string"), /^error: a string/);
  assert.match(format(undefined), /^error: undefined/);
});

Deno.test("formatError() lets no control character of a message through", () => {
  const error = new TinmanError("NOT_FOUND", "Cannot find \x1b]0;owned\x07", {
    kind: "channel",
    id: "",
    hint: "\x1b[2J",
  });
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(format(error), /[\x00-\x09\x0b-\x1f]/);
});

Deno.test("formatError() as JSON is one object with the code, the hint and the details", () => {
  const error = new TinmanError("CORRUPT_LOG", "Cannot read a.blog at byte 40", {
    path: "a.blog",
    at: 40,
    hint: "recover",
  });
  assert.deepEqual(JSON.parse(formatError(error, { ...options, json: true })), {
    v: 1,
    error: {
      code: "CORRUPT_LOG",
      number: "E3201",
      exit: 5,
      retriable: false,
      message: "Cannot read a.blog at byte 40",
      hint: "recover",
      details: { path: "a.blog", at: 40 },
      docs: "tinman explain E3201",
    },
  });
});

Deno.test("exitCodeOf() follows the catalogue, and knows Deno's permission errors", () => {
  for (const code of Object.keys(catalogue) as ErrorCode[]) {
    assert.equal(exitCodeOf(new TinmanError(code, "x", {} as never)), catalogue[code].exit);
  }
  assert.equal(exitCodeOf(Object.assign(new Error("Requires read access"), { name: "NotCapable" })), 4);
  assert.equal(
    exitCodeOf(new AggregateError([new Error("x"), new TinmanError("TIMEOUT", "y", { timeoutMs: 1 })])),
    124,
  );
  const [first, later] = [
    new TinmanError("TIMEOUT", "y", { timeoutMs: 1 }),
    new TinmanError("WRITE_FAILED", "z", { path: "" }),
  ];
  assert.equal(exitCodeOf(new SuppressedError(later, first)), 124, "what failed first");
  assert.match(
    formatError(new SuppressedError(later, new Error("x")), { paint: (_, text) => text, json: false, verbose: 0 }),
    /^error: x/,
  );
  assert.equal(exitCodeOf(new Error("x")), 1);
  assert.equal(exitCodeOf("x"), 1);
});
