import assert from "node:assert/strict";
import fc from "fast-check";
import { codeVersion, sourceOf } from "./code_version.ts";
import { defineEvent } from "./event.ts";
import { normaliseSource } from "./source_text.ts";

const same = (a: string, b: string) => assert.equal(normaliseSource(a), normaliseSource(b), `${a} | ${b}`);
const differs = (a: string, b: string) => {
  const [first, second] = [normaliseSource(a) ?? a, normaliseSource(b) ?? b];
  assert.notEqual(first, second, `${a} | ${b}`);
};

Deno.test("normaliseSource() sees neither comments nor space between tokens", () => {
  same("(a,b)=>a+b", "( a , b ) => a + b");
  same("() => { return 1; }", "() => {\n\n  // one\n  return /* the number */ 1;\n}");
  same("f(a,b)", "f(\n  a,\n  b\n)");
  same("x = a ? b : c", "x = a\n  ? b\n  : c");
  same("a.b().c()", "a\n  .b()\n  .c()");
  same("async function* f ( ) { }", "async function*f(){}");
  same("`a ${ b } c`", "`a ${b/* that */} c`");
  same("`a ${`${ b }`} c`", "`a ${`${b}`} c`");
  same("(a + b) / 2 / c[0] / 3", "(a+b)/2/c[0]/3");
  same("if (a) /x  y/.test(b)", "if(a)/x  y/.test(b)");
  same("x = y\n/* c */\nz", "x=y\nz");
});

Deno.test("normaliseSource() keeps apart what an engine reads as different programs", () => {
  differs("a+ +b", "a++b");
  differs("a - -b", "a--b");
  differs("'a  b'", "'a b'");
  differs("`a  b`", "`a b`");
  differs("`${a}  b`", "`${a} b`");
  differs("'/* a */'", "'/* b */'");
  differs("/a  b/", "/a b/");
  differs("/[/*]a*/ / 1", "/[/*]b*/ / 1");
  differs("x = a / b / c // d", "x = a / b / d // d");
  differs("return\nx", "return x");
  differs("return /* \n */ x", "return x");
  differs("a\n++\nb", "a++\nb");
  differs("a\n(b)", "a(b)");
  differs("a\n[b]", "a[b]");
  differs("class { async\n*x(){} }", "class { async *x(){} }");
  differs("x => x", "x=>y");
  differs("ab", "a b");
  differs("1.5", "1 .5");
  differs("a?.5:1", "a?.b:1");
  differs("if (a) /x  y/.test(b)", "if(a)/x y/.test(b)");
  differs("for await (const a of b) /x  y/.test(a)", "for await (const a of b) /x y/.test(a)");
  differs("{} /x  y/", "{} /x y/");
  differs("a.if (b) / c  / d", "a.if (b) / c / e");
  differs("a\u2028b", "a b");
  differs("'a'", '"a"');
  differs("a;", "a");
});

Deno.test("normaliseSource() is what it makes of itself, wherever space and comments are put in", () => {
  const token = fc.constantFrom(
    ..."a if return ( ) [ ] { } ; , . + ++ => = == ? : 1 1.5 * ! ...".split(" "),
    ...["'x  y'", "`q  r`", "b = /r  s/"],
    "`a ${ b }  c`",
    "a / b",
  );
  const space = fc.constantFrom(" ", "  ", "\t", "/* c */", "/* x */ ", "\u00a0");
  fc.assert(
    fc.property(fc.array(fc.tuple(token, space, space), { maxLength: 12 }), (parts) => {
      const one = parts.map(([token, space]) => token + space).join(" ");
      const other = parts.map(([token, , space]) => token + space).join(" ");
      const normal = normaliseSource(one);
      assert.equal(normaliseSource(other), normal);
      if (normal !== undefined) assert.equal(normaliseSource(normal), normal);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("normaliseSource() says when it cannot tell", () => {
  for (const source of ["{} /a/", "a++ /b/ c", "'open", "`open", "( ]", "(", "/open", "€", "for (a of /b/) c"]) {
    assert.equal(normaliseSource(source), undefined, source);
  }
});

Deno.test("sourceOf() is the source of a function as far as it counts", () => {
  const fn = new Function("a", "return a + 1; // one more") as () => void;
  assert.equal(sourceOf(fn), "function anonymous ( a ) { return a + 1 ; }");
});

Deno.test("codeVersion() changes with the code, the fields and the classes of what it is given", () => {
  const versions = [
    () => codeVersion({ build: () => 1 }),
    () => codeVersion({ build: () => 2 }),
    () => codeVersion({ build: () => 1, factor: 2 }),
    () => codeVersion({ build: () => 1, factor: 3 }),
    () => codeVersion({ build: () => 1 }, 2),
    () => codeVersion([{ build: () => 1 }, 2]),
    () =>
      codeVersion(
        new (class A {
          x = 1;
        })(),
      ),
    () =>
      codeVersion(
        new (class A {
          x = 2;
        })(),
      ),
    () =>
      codeVersion(
        new (class A extends (class {}) {
          x = 1;
        })(),
      ),
    () =>
      codeVersion(
        new (class A extends (class {
          more() {}
        }) {
          x = 1;
        })(),
      ),
    () => codeVersion(defineEvent("a")),
    () => codeVersion(defineEvent("b")),
    () => codeVersion(defineEvent("a").refine("b")),
    () => codeVersion(new Map([["a", 1]])),
    () => codeVersion(new Set(["a", 1])),
    () => codeVersion(["a", 1]),
    () => codeVersion([["a"], 1]),
    () => codeVersion(/a/g, /b/),
    () => codeVersion(new Float64Array([1])),
    () => codeVersion(Math.sin),
    () => codeVersion(Symbol("a")),
    () =>
      codeVersion({
        get a() {
          return 1;
        },
      }),
    () => codeVersion({ [Symbol("a")]: 1 }),
  ];
  assert.equal(new Set(versions.map((version) => version())).size, versions.length);
  for (const version of versions) assert.equal(version(), version());
});

Deno.test("codeVersion() is the same in every version of tinman", () => {
  // The source of a function is up to who transpiles it, so this one is made of text.
  const build = new Function("x", "return x * 2") as () => void;
  assert.equal(codeVersion({ build, factor: 2 }), "cbbb1b48a1a663ed8b8ae92a5dd3b25a");
});

Deno.test("codeVersion() takes what goes in a circle, and refuses a function that hides its source", () => {
  const circle: Record<string, unknown> = { a: 1 };
  circle.self = [circle];
  assert.equal(codeVersion(circle), codeVersion(circle));
  assert.throws(() => codeVersion({ build: function a() {}.bind(null) }), /Cannot tell the version of "bound a"/);
});
