import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { evaluate } from "./evaluate.ts";
import { parseExpression } from "./expression.ts";
import { functions, unserved } from "./function_names.ts";
import type { XValue } from "./x_value.ts";

// 2026-11-21T09:30:00Z, an hour and a half further east.
const moment = { ms: Date.UTC(2026, 10, 21, 9, 30), offsetMinutes: 90 };

function run(source: string, fields: Readonly<Record<string, string | readonly string[]>> = {}): XValue {
  return evaluate(parseExpression(source), {
    moment,
    read: (node) => {
      const value = fields[node.kind === "ref" ? node.name : node.steps.join("/")];
      return value === undefined ? [] : typeof value === "string" ? [value] : value;
    },
    position: () => 2,
    spend: () => {},
    here: () => [fields["."] ?? ""].flat(),
    choiceLabel: (name) => name.toUpperCase(),
  });
}

Deno.test("evaluate() computes what the rules of forms say", () => {
  const table: readonly (readonly [string, Record<string, string | string[]>, XValue])[] = [
    [". > 0 and . <= 120", { ".": "120" }, true],
    [".>0 and .<=120", { ".": "121" }, false],
    ["${age} >= 18 or ${guardian} != ''", { age: "17", guardian: "" }, false],
    ["selected(${x}, 'a')", { x: "b a" }, true],
    ["selected(${x}, 'a')", { x: "ab" }, false],
    ["count-selected(.) <= 3", { ".": "a b c d" }, false],
    ["regex(., '^[A-Z]{2}[0-9]+$')", { ".": "AB12" }, true],
    ["string-length(.) = 2", { ".": "🜁é" }, true],
    ["if(${a} = '', 'none', concat('<', ${a}, '>'))", { a: "x" }, "<x>"],
    ["coalesce(${a}, ${b})", { b: "2" }, "2"],
    ["1 + 2 * 3 - 4 div 2", {}, 5],
    ["7 mod 3 + -2", {}, -1],
    ["2-1", {}, 1],
    ["not(false()) and true()", {}, true],
    ["int(3.9) + int(-3.9)", {}, 0],
    ["round(2.567, 2)", {}, 2.57],
    ["number('x') = number('x')", {}, false],
    ["sum(${n})", { n: ["1", "", "2.5"] }, 3.5],
    ["max(${n}) - min(${n})", { n: ["3", "", "10"] }, 7],
    ["count(${n})", { n: ["", "", ""] }, 3],
    ["count-non-empty(${n})", { n: ["", "a"] }, 1],
    ["join(', ', ${n})", { n: ["a", "b"] }, "a, b"],
    ["${n} = 'b'", { n: ["a", "b"] }, true],
    ["position(..)", {}, 2],
    ["jr:choice-name(${x}, '${x}')", { x: "a" }, "A"],
    ["substr('hello', 1, 3)", {}, "el"],
    ["substring('hello', 2, 3)", {}, "ell"],
    ["substring-before('a-b', '-')", {}, "a"],
    ["translate('bar', 'abc', 'AB')", {}, "BAr"],
    ["normalize-space('  a  b ')", {}, "a b"],
    ["selected-at('a b c', 1)", {}, "b"],
    ["once(5)", { ".": "4" }, "4"],
    ["boolean-from-string('1')", {}, true],
    ["checklist(1, 2, true(), true(), true())", {}, false],
  ];
  for (const [source, fields, expected] of table) assert.equal(run(source, fields), expected, source);
});

Deno.test("evaluate() takes days for numbers since 1970, in local time", () => {
  assert.equal(run("today()"), "2026-11-21");
  assert.equal(run("now()"), "2026-11-21T11:00:00.000+01:30");
  assert.equal(run(". <= today()", { ".": "2026-11-21" }), true);
  assert.equal(run(". <= today()", { ".": "2026-11-22" }), false);
  assert.equal(run("int((today() - ${born}) div 365.25)", { born: "1990-11-22" }), 35);
  assert.equal(run("date('2026-11-21') - date('2026-11-01')"), 20);
  assert.equal(run("decimal-date-time('2026-11-21T12:00:00+01:30')"), 20778.5);
  assert.equal(run("format-date(., '%d/%m/%Y %b %a')", { ".": "2026-11-21" }), "21/11/2026 Nov Sat");
  assert.equal(run("date(20778)"), "2026-11-21");
  assert.equal(run("date('nonsense')"), "");
});

Deno.test("parseExpression() names the character and what is wrong there", () => {
  const problem = (source: string) => {
    try {
      parseExpression(source);
    } catch (error) {
      assert.ok(isTinmanError(error, "CONFIG"), String(error));
      return error.message.replace("Cannot read expression at ", "");
    }
    return "none";
  };
  assert.equal(problem(". > 0 and"), "character 10: a value is missing at the end");
  assert.equal(problem("${age > 3"), "character 1: expected ${name} of a field");
  assert.equal(problem(". >= ‘a’"), "character 6: found ‘, meant is '");
  assert.equal(problem("slected(${a}, 'b')"), 'character 1: there is no function slected(); did you mean "selected"?');
  assert.equal(problem("selected(${a})"), "character 1: selected() takes 2 arguments, found 1");
  assert.equal(problem("(1 + 2"), "character 7: expected ), found the end");
  assert.equal(problem(". = 'a"), "character 5: a text begins with ' and does not end");
  assert.equal(problem("1 2"), "character 3: expected an operator or the end, found 2");
  assert.match(
    problem("regex(., '[a')"),
    /character 1: in the pattern of regex\(\), at character 2, a \[ is not closed/,
  );
  assert.match(problem("(".repeat(100)), /nested more than 64 deep/);
  assert.match(problem("1" + "+1".repeat(600)), /more than 500 operators/);
  assert.match(problem("-".repeat(100) + "1"), /nested/);
  assert.equal(problem(""), "character 1: it is empty");
});

Deno.test("parseExpression() names what tinman does not serve", () => {
  const left = (source: string) => parseExpression(source).unserved;
  assert.deepEqual(left("pulldata('a', 'b', 'c', ${d})"), ["pulldata()"]);
  assert.deepEqual(left("instance('x')/root /item[name = ${a}]/label"), ["instance()", "[…] in a path"]);
  assert.deepEqual(left("${rep}[position() = 1]/x"), ["[…] in a path", "a path behind a value, at character 23"]);
  assert.deepEqual(left("regex(., '(a)\\1')"), ["regex() with a back reference: matching one can take for ever"]);
  assert.deepEqual(left("current()/../a = /data/g/b"), []);
  assert.deepEqual(left("${last-saved#a}"), ["${last-saved#…}"]);
});

Deno.test("evaluate() answers whatever the expression and the values are", () => {
  const names = Object.keys(functions).filter((name) => !["position", "jr:choice-name", "current"].includes(name));
  const leaf = fc.constantFrom("1", "'a'", "''", "${x}", ".", "'2026-11-21'", "-1", "1 div 0", "'a b'");
  const { node } = fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.tuple(tie("node"), fc.constantFrom("+", "-", "*", "div", "mod", "=", "<", "and", "or", "|"), tie("node"))
        .map(([left, op, right]) => `(${left}) ${op} (${right})`),
      fc.tuple(fc.constantFrom(...names), fc.array(tie("node"), { maxLength: 3 })).map(([name, args]) => {
        const [least, most] = functions[name]!;
        const given = [...args, "1", "1", "1"].slice(0, Math.min(Math.max(args.length, least), most));
        return `${name}(${given.join(", ")})`;
      }),
    ),
  }));
  fc.assert(
    fc.property(node, fc.string(), (source, x) => {
      const expression = parseExpression(source);
      if (expression.unserved.length === 0) run(source, { x, ".": "5" });
    }),
    { numRuns: 1500 },
  );
});

Deno.test("parseExpression() throws nothing but its own error", () => {
  const words = fc.array(
    fc.constantFrom(..."( ) [ ] , . .. / // $ ${a} 'b' 1 or and div - + * = < :: @ a count( if( current()".split(" ")),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), words.map((each) => each.join(" "))), (source) => {
      try {
        parseExpression(source);
      } catch (error) {
        assert.ok(isTinmanError(error, "CONFIG"), String(error));
      }
    }),
    { numRuns: 1500 },
  );
});

Deno.test("a function is either served or not, and what is served has an implementation", () => {
  for (const name of Object.keys(functions)) assert.ok(!Object.hasOwn(unserved, name), name);
});
