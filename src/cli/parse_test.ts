import assert from "node:assert/strict";
import fc from "fast-check";
import { defineCommand } from "./command.ts";
import { parse } from "./parse.ts";
import { isTinmanError } from "../errors/mod.ts";

const base = { summary: "", examples: [], exits: {}, json: "none", run: () => 0 } as const;
const commands = [
  defineCommand({
    ...base,
    name: "run",
    args: [{ name: "FILE", summary: "a file", repeat: true }],
    flags: {
      record: { type: "optional", value: "DIR", summary: "" },
      duration: { type: "duration", value: "TIME", summary: "" },
      only: { type: "list", value: "NODE", short: "o", summary: "" },
      stats: { type: "boolean", short: "s", summary: "" },
    },
  }),
  defineCommand({
    ...base,
    name: "log cat",
    args: [{ name: "RECORDING", summary: "a recording" }],
    flags: {
      from: { type: "time", value: "TIME", summary: "" },
      head: { type: "number", short: "n", value: "N", summary: "" },
      format: { type: "string", value: "F", choices: ["text", "dot"], summary: "" },
    },
  }),
  defineCommand({ ...base, name: "log list", args: [], flags: {} }),
];
const read = (line: string) => parse(line.split(" ").filter((word) => word !== ""), commands);
const fails = (line: string, message: RegExp, hint?: RegExp) =>
  assert.throws(() => read(line), { code: "USAGE", message, ...(hint && { hint }) }, line);

Deno.test("parse() finds the command, its arguments and its flags in any order", () => {
  for (const line of ["run a.ts --stats b.ts", "run --stats a.ts b.ts", "run -s a.ts b.ts", "-q run a.ts -s -- b.ts"]) {
    const { command, args, flags } = read(line);
    assert.equal(command?.name, "run");
    assert.deepEqual(args, ["a.ts", "b.ts"], line);
    assert.equal(flags.stats, true);
  }
});

Deno.test("parse() gives a flag an optional value only after an equals sign", () => {
  assert.equal(read("run a.ts").flags.record, undefined);
  assert.equal(read("run --record a.ts").flags.record, true);
  assert.equal(read("run --record=out a.ts").flags.record, "out");
  assert.equal(read("run --record=a=b a.ts").flags.record, "a=b");
});

Deno.test("parse() gives a flag with a value the next word, even one that begins with a minus", () => {
  assert.deepEqual(read("log cat r --from -5m").flags.from, { kind: "before-end", ns: 300_000_000_000n });
  assert.deepEqual(read("log cat r --from=-5m").flags.from, { kind: "before-end", ns: 300_000_000_000n });
});

Deno.test("parse() takes the value of a short flag with and without a space", () => {
  for (const line of ["log cat r -n 5", "log cat r -n5", "log cat r -n=5"]) assert.equal(read(line).flags.head, 5);
});

Deno.test("parse() collects a list over several flags and commas", () => {
  assert.deepEqual(read("run a.ts -o x,y --only z").flags.only, ["x", "y", "z"]);
  assert.deepEqual(read("run a.ts").flags.only, []);
});

Deno.test("parse() counts -v and joins short flags", () => {
  assert.equal(read("run a.ts -vv").globals.verbose, 2);
  assert.equal(read("-v run a.ts -sv").globals.verbose, 2);
  assert.equal(read("run a.ts -sq").globals.quiet, true);
});

Deno.test("parse() knows commands of two words, and a group that stands alone", () => {
  assert.equal(read("log cat r").command?.name, "log cat");
  assert.equal(read("-C there log list").command?.name, "log list");
  assert.equal(read("log").group, "log");
  assert.equal(read("").command, undefined);
});

Deno.test("parse() suggests the command that was meant", () => {
  fails("rnu a.ts", /no such command/, /did you mean "run"\?/);
  fails("log cta r", /tinman log cta/, /did you mean "log cat"\?/);
  fails("cat r", /no such command/, /did you mean "log cat"\?/);
  fails("frobnicate", /no such command/, /tinman help/);
});

Deno.test("parse() suggests the flag that was meant", () => {
  fails("run a.ts --recrod", /--recrod/, /did you mean "--record"\?/);
  fails("run a.ts -x", /-x/, /tinman help run/);
  fails("--record run a.ts", /--record/, /after its name/);
});

Deno.test("parse() names the argument that is missing or too much", () => {
  fails("run", /FILE is missing/);
  fails("log cat", /RECORDING is missing/);
  fails("log cat a b", /no place for "b"/);
  fails(`log cat a ${"b".repeat(9000)}`, /no place for "b{79}…"$/);
});

Deno.test("parse() lets --help and --version answer before the line is finished", () => {
  assert.equal(read("run --help").globals.help, true);
  assert.equal(read("log cat -V").globals.version, true);
});

Deno.test("parse() names the value that cannot be read", () => {
  fails("run a.ts --duration", /its value TIME is missing/);
  fails("run a.ts --duration soon", /"soon" as a duration/);
  fails("run a.ts --stats=yes", /takes no value/);
  fails("log cat r --head x", /not a number/);
  fails("log cat r --head -1", /not a number from 0 up/);
  fails("log cat r --head 1 --head 2", /2 times/);
  fails("log cat r --format dto", /one of text, dot/, /did you mean "dot"/);
});

Deno.test("parse() either reads a command line or says USAGE, whatever the words are", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "run",
      "log",
      "cat",
      "--record",
      "--only",
      "-C",
      "-vv",
      "--",
      "-",
      "--from",
      "__proto__",
      "--__proto__",
    ),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 6 }), (words) => {
    try {
      parse(words, commands);
    } catch (error) {
      assert.ok(isTinmanError(error, "USAGE"), String(error));
    }
  }));
});

Deno.test("parse takes as many words for a tuple as its value names, whatever they look like", () => {
  const command = {
    ...commands[0]!,
    name: "t",
    args: [],
    flags: { set: { type: "tuple", value: "ID VALUE", summary: "" } },
  } as const;
  assert.deepEqual(parse(["t", "--set", "a", "-1", "--set=b", "2"], [command]).flags, {
    set: [["a", "-1"], ["b", "2"]],
  });
  assert.throws(() => parse(["t", "--set", "a"], [command]), /it has the values ID VALUE/);
});
