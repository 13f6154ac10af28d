// Goal: "src/mesh/SPEC.md numbers every rule, and test names begin with the rule they prove". Method: the documents and the
// names of tests as they stand in the files; the Python original has a document and tests of its own.
import assert from "node:assert/strict";

const mesh = new URL("../../src/mesh/", import.meta.url);
const places = {
  mesh: {
    documents: ["SPEC.md", "sync/README.md", "members/README.md", "attachments/README.md"],
    folders: [
      ".",
      "attachments",
      "members",
      "sync",
      "view",
      "wire",
      "../cli",
      "../../tests/mesh",
      "../../tests/platform",
    ],
  },
  "the original": { documents: ["original/SPEC.md"], folders: ["original", "../../tests/interop"] },
};

for (const [what, { documents, folders }] of Object.entries(places)) {
  Deno.test(`each rule of ${what} has one place, and a test that begins with its number`, () => {
    const rules = documents.flatMap((path) => found(read(path), /^- \*\*([A-Z]\d+)\*\*/gm));
    assert.ok(rules.length > 20);
    assert.deepEqual(rules.filter((rule, i) => rules.indexOf(rule) !== i), []);
    const names = folders.flatMap(testsIn).flatMap((path) => found(read(path), /["`]([A-Z]\d+):? \w/g));
    assert.deepEqual(rules.filter((rule) => !names.includes(rule)), []);
    // Numbers that no document has, as after a rule was given another one.
    const begins = new Set(rules.map((rule) => rule[0]));
    assert.deepEqual([...new Set(names)].filter((name) => begins.has(name[0]!) && !rules.includes(name)), []);
  });
}

function testsIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, mesh))].map(({ name }) => `${folder}/${name}`)
    .filter((path) => path.endsWith("_test.ts"));
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, mesh));
}

function found(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, rule]) => rule!);
}
