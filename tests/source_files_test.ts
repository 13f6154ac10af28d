import assert from "node:assert/strict";
import { readImports } from "./source_files.ts";

Deno.test("readImports() finds every form of import, on its line", () => {
  const text = [
    'import a from "./a.ts";',
    'import type { B } from "../b/mod.ts";',
    "export * from './c.ts';",
    "export {",
    "  d,",
    '} from "./d.ts";',
    'import "./e.ts";',
    'const f = await import("./f.ts");',
  ].join("\n");
  assert.deepEqual(readImports(text).map(({ specifier, line }) => `${line} ${specifier}`), [
    "1 ./a.ts",
    "2 ../b/mod.ts",
    "3 ./c.ts",
    "4 ./d.ts",
    "7 ./e.ts",
    "8 ./f.ts",
  ]);
});

Deno.test("readImports() does not look into comments and template literals", () => {
  const text = '// import "./no.ts";\n/* import "./no.ts" */\nconst t = `import "./no.ts"`;\nconst url = "http://x";\n';
  assert.deepEqual(readImports(text), []);
});
