import assert from "node:assert/strict";
import { readBlocks } from "./doc_blocks.ts";

const fence = "```";

Deno.test("readBlocks() finds the blocks of one language, with the line of the fence", () => {
  const text = `# A\n\n${fence}ts\none();\n${fence}\n\n${fence}sh\nls\n${fence}\n\n${fence}ts\ntwo();\n${fence}\n`;
  assert.deepEqual(readBlocks("a.md", { text, language: "ts" }), [
    { where: "a.md:3", language: "ts", code: "one();\n" },
    { where: "a.md:11", language: "ts", code: "two();\n" },
  ]);
  assert.equal(readBlocks("a.md", { text, language: "sh" })[0]?.where, "a.md:7");
});

Deno.test("readBlocks() joins a block to the one above, and leaves out with a reason, when a comment says so", () => {
  const joined =
    `${fence}ts\none();\n${fence}\nThen:\n<!-- run: with the block above -->\n${fence}ts\ntwo();\n${fence}\n`;
  assert.deepEqual(readBlocks("a.md", { text: joined, language: "ts" }), [
    { where: "a.md:6", language: "ts", code: "one();\n\ntwo();\n" },
  ]);
  const left = `<!-- not run: needs a radio -->\n${fence}ts\none();\n${fence}\n`;
  assert.equal(readBlocks("a.md", { text: left, language: "ts" })[0]?.notRun, "needs a radio");
});

Deno.test("readBlocks() refuses a comment that it does not understand", () => {
  const text = `<!-- run: tomorrow -->\n${fence}ts\none();\n${fence}\n`;
  assert.throws(() => readBlocks("a.md", { text, language: "ts" }), /Cannot read the comment at a.md:2/);
});
