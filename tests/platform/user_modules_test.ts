// Goal: a compiled executable, which has no compiler in it, loads TypeScript from disk. Method: the hook it uses, by itself.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { loadStripped } from "../../src/platform/user_modules.ts";

const passedOn = { format: "module", source: "passed on" };

function load(text: string, name = "nodes.ts"): string {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
    return loadStripped(pathToFileURL(`${folder}/${name}`).href, {}, () => passedOn).source;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("loadStripped() takes types away and keeps lines and columns", () => {
  assert.equal(
    load("interface A {\n  a: 1;\n}\nexport const a: number = 1;\n").trimEnd(),
    "             \n       \n \nexport const a         = 1;",
  );
});

Deno.test("loadStripped() makes code of what is more than types", () => {
  const text = load("export enum Unit { Celsius = 1 }\n");
  assert.match(text, /Unit\["Celsius"\] = 1/);
  assert.match(text, /sourceMappingURL=data:/);
});

Deno.test("loadStripped() leaves everything else to Deno", () => {
  assert.equal(load("const a: number = 1;", "data.json"), passedOn.source);
  assert.equal(loadStripped("file:///not/there.ts", {}, () => passedOn), passedOn);
  assert.equal(loadStripped("node:fs", {}, () => passedOn), passedOn);
});
