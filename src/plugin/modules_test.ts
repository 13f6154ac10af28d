import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { bytesOf, samplePlugin } from "./_sample.ts";
import { prepareModules } from "./modules.ts";
import { createPackage } from "./package.ts";

const prepare = (texts: Record<string, string>) =>
  prepareModules(createPackage(bytesOf({ ...samplePlugin(), ...texts }), "p"));

Deno.test("prepareModules() gives each module after those that it imports, types stripped and imports named", () => {
  assert.deepEqual(prepare({}), [
    { name: "src/parse.ts", code: "export const parse = (bytes            )             => bytes;\n" },
    {
      name: "mod.ts",
      code: `import { definePlugin } from "tinman/plugin";\nimport { parse } from "src/parse.ts";\n` +
        `export default definePlugin({ codecs: { sentence: { version: 1, encode: parse, decode: parse } } });\n`,
    },
  ]);
});

Deno.test("prepareModules() takes what the main module reaches, once, and nothing else", () => {
  const modules = prepare({
    "mod.ts": `import "./src/a.ts";\nexport * from "./src/b.js"; export { c as d } from './src/deep/c.mjs';`,
    "src/a.ts": `import type { T } from "./only_types.ts"; import { b } from "../src/./b.js"; export const a: T = b;`,
    "src/b.js": `export const b = 1;`,
    "src/deep/c.mjs": `import { b } from "../b.js"; export const c = b;`,
    "src/only_types.ts": `import "npm:left-pad"; export type T = number;`,
    "src/a_test.ts": `import fs from "node:fs";`,
  });
  assert.deepEqual(modules.map(({ name }) => name), ["src/b.js", "src/a.ts", "src/deep/c.mjs", "mod.ts"]);
  assert.match(
    modules[3]!.code,
    /import "src\/a\.ts";\nexport \* from "src\/b\.js"; export \{ c as d \} from 'src\/deep\/c\.mjs';/,
  );
});

for (
  const [code, problem] of [
    [`\nimport fs from "node:fs";`, 'mod.ts:2: "node:fs" is neither "./…" nor "tinman/plugin"'],
    [`import "npm:left-pad";`, '"npm:left-pad" is neither'],
    [`import "https://a.example/x.ts";`, '"https://a.example/x.ts" is neither'],
    [`import "data:text/javascript,1";`, '"data:text/javascript,1" is neither'],
    [`import "/etc/passwd";`, '"/etc/passwd" is neither'],
    [`import "file:///etc/passwd";`, '"file:///etc/passwd" is neither'],
    [`import "tinman";`, '"tinman" is neither'],
    [`import "tinman/plugin/../log";`, '"tinman/plugin/../log" is neither'],
    [`import ".\\u002e/x.ts";`, "the name of an import has escapes"],
    [`import "../x.ts";`, '"../x.ts" leads out of the package'],
    [`import "./src/../../x.ts";`, '"./src/../../x.ts" leads out of the package'],
    [`import "./none.ts";`, '"./none.ts" is not a file of the package'],
    [`import "./src/parse";`, '"./src/parse" is not a file of the package'],
    [`import "./src/parse.ts?x";`, '"./src/parse.ts?x" is not a file of the package'],
    [`import "./src%2fparse.ts";`, '"./src%2fparse.ts" is not a file of the package'],
    [`import "./plugin.jsonc";`, '"./plugin.jsonc" is not a module'],
    [`import x from "./plugin.jsonc" with { type: "json" };`, "import attributes are not allowed"],
    [`import x from "./src/parse.ts" with { type: "text" };`, "import attributes are not allowed"],
    [`export * from "./src/parse.ts" with { type: "bytes" };`, "import attributes are not allowed"],
    [`import defer * as x from "./src/parse.ts";`, "import defer is not allowed"],
    [`import source x from "./src/parse.ts";`, "import source is not allowed"],
    [`const x = await import("./src/parse.ts");`, "import() is not allowed"],
    [`const x = (s: string) => import(s);`, "import() is not allowed"],
    [`import.meta.resolve("x");`, "import.meta is not allowed"],
    [`// import("x")`, "import( and import. are not allowed, not even in a text or a comment"],
    [`const x = "import /* */ (a)";`, "import( and import. are not allowed"],
    [`const x = \`\${import\n("a")}\`;`, "import() is not allowed"],
    [`enum A { x }`, "TypeScript enum is not supported: write what can be run when types are taken out"],
    [`let a = ;`, "it cannot be parsed"],
    [`import { a } from "./mod.ts";`, "modules import each other in a circle: mod.ts → mod.ts"],
  ] as const
) {
  Deno.test(`prepareModules() refuses ${JSON.stringify(code)}: ${problem}`, () => {
    assert.throws(() => prepare({ "mod.ts": code }), (error) => {
      assert.ok(isTinmanError(error, "MODULE"), `${error}`);
      assert.ok(error.message.includes(problem), error.message);
      return true;
    });
  });
}

Deno.test("prepareModules() tells of all modules at once, with file and line", () => {
  const texts = {
    "mod.ts": `import "./src/a.ts";\nimport "node:fs";`,
    "src/a.ts": `\n\nimport "./b.ts"; import "node:net";`,
    "src/b.ts": `import "./a.ts";`,
  };
  assert.throws(() => prepare(texts), (error: Error) => {
    for (
      const place of [
        "mod.ts:2: ",
        "src/a.ts:3: ",
        "src/b.ts:1: modules import each other in a circle: src/a.ts → src/b.ts → src/a.ts",
      ]
    ) {
      assert.ok(error.message.includes(place), error.message);
    }
    return true;
  });
});

Deno.test("no dynamic import gets past prepareModules(), whatever stands before it", () => {
  // What a lexer has to guess about: regular expressions, divisions, templates, comments, braces.
  const part = fc.constantFrom(
    ..."/{}()[];.`'\"\n\\*+-,=?:",
    ...["a", " ", "//", "/*", "*/", "${", "++", "=>", "return ", "if(a)", "/[/]/", "async ", "<!--", "typeof ", "1"],
  );
  const before = fc.string({ unit: part, maxLength: 12 }).filter((text) => !/[\w$]$|(?<!\.\.)\.$/.test(text));
  const spelt = fc.constantFrom(
    "import(a)",
    "import /**/ (a)",
    "import.meta.url",
    "import\n//x\n(a)",
    "import.source(a)",
  );
  fc.assert(
    fc.property(before, spelt, before, (head, call, tail) => {
      assert.throws(() => prepare({ "mod.js": head + call + tail, "plugin.jsonc": main("mod.js") }), {
        code: "MODULE",
      });
    }),
    { numRuns: 500 },
  );
});

Deno.test("a module that is not UTF-8 is refused", () => {
  const files = new Map([...bytesOf(samplePlugin()), ["mod.ts", Uint8Array.of(0x2f, 0x2f, 0xff)]]);
  assert.throws(() => prepareModules(createPackage(files, "p")), { code: "CONFIG" });
});

function main(path: string): string {
  return samplePlugin({ main: path })["plugin.jsonc"]!;
}
