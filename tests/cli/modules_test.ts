// Goal: files with nodes are loaded from disk whatever tinman runs as: several TypeScript files, all entry points, imports of
// the user's own, with no import map for tinman anywhere. Method: real processes, in folders that know nothing of this one.
import assert from "node:assert/strict";
import { dirname } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { temporaryFolder, tinman } from "./processes.ts";

function project(files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    Deno.mkdirSync(dirname(`${folder.path}/${path}`), { recursive: true });
    Deno.writeTextFileSync(`${folder.path}/${path}`, text);
  }
  return folder;
}

Deno.test("a graph may be in several TypeScript files, with JSON, text and imports from the nearest deno.json", async () => {
  using folder = project({
    "deno.jsonc": '{\n  // people write comments\n  "imports": { "@/": "./lib/", "units": "./lib/units.ts", },\n}\n',
    "lib/units.ts": "export enum Unit { Celsius = 1 }\nexport const unit: Unit = Unit.Celsius;\n",
    "lib/deep/limit.ts": 'import { unit } from "../units.ts";\nexport const limit: number = 20 + unit;\n',
    "data.json": '{ "values": [20, 22] }',
    "note.txt": "hot",
    "nodes.ts": `
      import { channel, filter, node } from "tinman";
      import { float } from "tinman/codecs";
      import data from "./data.json" with { type: "json" };
      import note from "./note.txt" with { type: "text" };
      import { limit } from "@/deep/limit.ts";
      import { Unit, unit } from "units";
      const [all, hot] = [channel<number>("all", { codec: float() }), channel<number>("hot")];
      export default [
        node({ name: "source", out: { all } }, async ({ all }) => {
          for (const value of data.values satisfies number[]) await all.publish(value);
        }),
        filter({ name: "hot", in: all, out: hot }, (value) => value > limit),
        node({ name: "sink", in: { hot } }, { hot: (value) => console.log(note.trim(), value, Unit[unit]) }),
      ];`,
  });
  const { code, stdout, stderr } = await tinman(["run", "nodes.ts"], { cwd: folder.path });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^hot 22 Celsius$/m);
});

Deno.test("every entry point is the same tinman as the program itself, under both names", async () => {
  const names = Object.keys(config.exports).map((name) => name.slice(1));
  using folder = project({
    "nodes.ts": `
      ${
      names.map((name, at) =>
        `import * as a${at} from "tinman${name}";\nimport * as b${at} from "@tinman/tinman${name}";`
      ).join("\n")
    }
      if (![${names.map((_, at) => `a${at} === b${at}`)}].every(Boolean)) throw new Error("two copies");
      const { channel, Graph, node } = a0;
      const numbers = channel("numbers");
      // \`instanceof\` in the program takes this Graph for one of its own.
      export default Graph.of(node({ out: { numbers } }, async ({ numbers }) => { await numbers.publish(1); }));`,
  });
  const { code, stdout, stderr } = await tinman(["run", "nodes.ts", "--json"], { cwd: folder.path });
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).channels[0].count, 1);
});

Deno.test("a module that cannot be loaded is named, with the file that wants it", async () => {
  using folder = project({
    "missing.ts": 'import "./nothing.ts";',
    "syntax.ts": "export const = 1;",
    "bare.ts": 'import "nothing-of-that-name";',
    "map/deno.json": "{",
    "map/nodes.ts": 'import "units";',
  });
  const cases = [
    ["missing.ts", 2, /nothing\.ts/],
    ["syntax.ts", 2, /syntax\.ts:1/],
    ["bare.ts", 2, /nothing-of-that-name/],
    ["map/nodes.ts", 2, /deno\.json/],
  ] as const;
  await Promise.all(cases.map(async ([path, expected, message]) => {
    const { code, stdout, stderr } = await tinman(["check", path], { cwd: folder.path });
    assert.equal(code, expected, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  }));
});
