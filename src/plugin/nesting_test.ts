// Goal: nothing that is given to stripTypeScriptTypes() fills its stack, which would end this process.
// Method: each way to nest that is known, refused far below the depth at which that was measured.
import assert from "node:assert/strict";
import { nestingProblem } from "./nesting.ts";

const ways: Readonly<Record<string, (n: number) => string>> = {
  parentheses: (n) => `x=${"(".repeat(n)}a${")".repeat(n)}`,
  "open parentheses": (n) => "(".repeat(n),
  braces: (n) => "{".repeat(n) + "}".repeat(n),
  lists: (n) => `x=${"[".repeat(n)}${"]".repeat(n)}`,
  "brackets between texts that would close them": (n) => "x=" + `(")",`.repeat(n) + "a" + ")".repeat(n),
  "brackets between comments that would close them": (n) => "x=" + "(/*)*/".repeat(n) + "a" + ")".repeat(n),
  "brackets between regular expressions with quotes": (n) => "x=" + `(/"/,`.repeat(n) + "a" + ")".repeat(n),
  "brackets between divisions that look like regular expressions": (n) =>
    "x=" + `(a/b,c/d,`.repeat(n) + "a" + ")".repeat(n),
  templates: (n) => `x=${"`${".repeat(n)}a${"}`".repeat(n)}`,
  arrows: (n) => `x=${"a=>".repeat(n)}a`,
  "type arguments": (n) => `type A=${"A<".repeat(n)}A${">".repeat(n)}`,
  "type arguments between texts with a semicolon": (n) => `type A=${'A<";",'.repeat(n)}A${">".repeat(n)}`,
  labels: (n) => "a:".repeat(n) + "a;",
  classes: (n) => "class A extends ".repeat(n) + "B" + "{}".repeat(n),
  loops: (n) => "do ".repeat(n) + "a;" + "while(a);".repeat(n),
  "function types": (n) => `type A=${"()=>".repeat(n)}a`,
  operators: (n) => `x=${"!".repeat(n)}a`,
  keywords: (n) => `type A=${"keyof ".repeat(n)}a`,
  assignments: (n) => "a=".repeat(n) + "a",
  conditions: (n) => `x=${"a?b:".repeat(n)}c`,
  "conditions over lines": (n) => "if(a){}" + "else if(a){}\n".repeat(n),
};

for (const [name, make] of Object.entries(ways)) {
  Deno.test(`nestingProblem() refuses ${name}, three thousand deep`, () => {
    assert.notEqual(nestingProblem(make(name.startsWith("conditions") ? 20_000 : 3000)), undefined);
    assert.equal(nestingProblem(make(20)), undefined);
  });
}

Deno.test("nestingProblem() takes what is long and not deep", () => {
  for (
    const text of [
      `const a = [${"1, ".repeat(50_000)}];`,
      'a(b / c, d, /[/]"/, `${a}`);\n'.repeat(5000),
      "function a() { return a! / 2 }\n".repeat(5000),
      "const a = x.of / 2, b = (a) / 2;\n".repeat(5000),
      `// ${"(".repeat(5000)}\n/* ${"[".repeat(5000)} */ "${"{".repeat(5000)}"`,
    ]
  ) assert.equal(nestingProblem(text), undefined, text.slice(0, 40));
});
