// Goal: change one builder's code or one input, and only what depends on it is built again.
// Method: a file with a diamond of builders and a folder of inputs are edited as a person edits them; each time the command
// line runs it on the same cache, and its own count of builds is compared with the handful that had to be done.
import assert from "node:assert/strict";
import { temporaryFolder, tinman } from "./processes.ts";

const code = `
import { builder, Built, createEventPipeline, on, Resolve, where } from "tinman/reactive";

const texts = JSON.parse(Deno.readTextFileSync("texts.json"));

// Looks at files, so it keeps nothing.
const text = builder({ provides: "text", dedupe: false, build: () => texts });
const words = builder({ provides: "words", requires: ["text"], persist: true, build: (_, text) => [text.split(" ")] });
const longest = builder({
  provides: "longest",
  requires: ["words"],
  persist: true,
  build: (_, words) => [words.toSorted((a, b) => b.length - a.length)[0]],
});
const total = builder({ provides: "total", requires: ["words"], persist: true, build: (_, words) => [words.length] });
const line = builder({
  provides: "line",
  requires: ["longest", "total"],
  persist: true,
  build: (_, longest, total) => [total + " words, such as " + longest],
});
const print = { name: "print", handlers: [on(where(Built, { target: "line" }), ({ artifact }) => console.log(artifact))] };

const pipeline = createEventPipeline([text, words, longest, total, line, print]);
pipeline.submit(Resolve({ target: "line" }));
export default pipeline;
`;

interface Builder {
  readonly name: string;
  readonly built: number;
  readonly reasons: Readonly<Record<string, number>>;
}

/** Runs the file and says how often each builder that keeps things has built, and what was printed. */
async function rebuild(cwd: string): Promise<{ built: string; reasons: Set<string>; printed: string[] }> {
  const { code, stdout, stderr } = await tinman(["run", "build.ts", "--cache", "cache.db", "--explain", "--json"], {
    cwd,
  });
  assert.equal(code, 0, stderr);
  const builders: Builder[] = JSON.parse(stdout).events[0].builders.filter(({ name }: Builder) => name !== "text");
  return {
    built: builders.map(({ name, built }) => `${name} ${built}`).join(", "),
    reasons: new Set(builders.flatMap(({ reasons }) => Object.keys(reasons))),
    printed: stderr.trim().split("\n").filter((line) => line.includes("such as")),
  };
}

Deno.test("a cache has only that built again which depends on what was changed", async () => {
  using folder = temporaryFolder();
  const cwd = folder.path;
  let now = code;
  const edit = (from: string, to: string) => {
    assert.ok(now.includes(from), from);
    Deno.writeTextFileSync(`${cwd}/build.ts`, now = now.replace(from, to));
  };
  const write = (...texts: string[]) => Deno.writeTextFileSync(`${cwd}/texts.json`, JSON.stringify(texts));

  edit("", "");
  write("a bb", "ccc", "d e f");
  const first = await rebuild(cwd);
  assert.equal(first.built, "words 3, longest 3, total 3, line 3");
  assert.deepEqual(first.printed, ["2 words, such as bb", "1 words, such as ccc", "3 words, such as d"]);

  const again = await rebuild(cwd);
  assert.equal(again.built, "words 0, longest 0, total 0, line 0");
  assert.deepEqual(again.printed, first.printed, "what is taken from the cache is announced all the same");

  edit("const total", "// Counts words.\nconst   total");
  edit("=> [words.length]", "=>   [ words.length /* spaces count for nothing */ ]");
  assert.equal((await rebuild(cwd)).built, "words 0, longest 0, total 0, line 0", "comments and spaces are no change");

  write("a bb", "ccc dddd", "d e f");
  const input = await rebuild(cwd);
  assert.equal(input.built, "words 1, longest 1, total 1, line 1", "one input");
  assert.deepEqual(input.reasons, new Set(["input changed"]));

  edit("words.length /*", "words.length * 10 /*");
  const changed = await rebuild(cwd);
  assert.equal(changed.built, "words 0, longest 0, total 3, line 3", "one builder, and what is made of it");
  assert.deepEqual(changed.reasons, new Set(["code changed", "input changed"]));
  assert.deepEqual(changed.printed[0], "20 words, such as bb");

  edit("b.length - a.length", "-(a.length - b.length)");
  const same = await rebuild(cwd);
  assert.equal(same.built, "words 0, longest 3, total 0, line 0", "what comes out as before changes nothing behind it");

  write("a bb", "ccc dddd", "d e f", "gg");
  assert.equal((await rebuild(cwd)).built, "words 1, longest 1, total 1, line 1", "one more input");
  write("gg", "a bb");
  assert.equal((await rebuild(cwd)).built, "words 0, longest 0, total 0, line 0", "fewer inputs, in another order");
  edit("words.length * 10 /*", "words.length /*");
  assert.equal((await rebuild(cwd)).built, "words 0, longest 0, total 2, line 1", "back to what it was");
});

Deno.test("a cache that nothing can use is said, on a line that --quiet leaves", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(
    `${folder.path}/plain.ts`,
    `import { node } from "tinman"; export default [node({}, () => {})];`,
  );
  const { code, stderr } = await tinman(["run", "plain.ts", "--cache", "cache.db", "--quiet"], { cwd: folder.path });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "warning: --cache was not used: nothing that ran is a pipeline of events\n");
});
