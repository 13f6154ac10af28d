import assert from "node:assert/strict";
import { codeOf, readFailure, writeFailure } from "./file_errors.ts";

const system = (code: string) => Object.assign(new Error(`${code}: as the system says it`), { code });

for (
  const [code, read, write] of [
    ["ENOENT", "NOT_FOUND", "NOT_FOUND"],
    ["ENOTDIR", "NOT_FOUND", "NOT_FOUND"],
    ["EEXIST", "EXISTS", "EXISTS"],
    ["EACCES", "DENIED", "DENIED"],
    ["EPERM", "DENIED", "DENIED"],
    ["ENOSPC", "UNAVAILABLE", "WRITE_FAILED"],
    ["EROFS", "UNAVAILABLE", "WRITE_FAILED"],
    ["EIO", "UNAVAILABLE", "WRITE_FAILED"],
    ["EMFILE", "UNAVAILABLE", "WRITE_FAILED"],
    ["EWHATEVER", "UNAVAILABLE", "WRITE_FAILED"],
  ] as const
) {
  Deno.test(`${code} is ${read} for a reader and ${write} for a writer`, () => {
    const cause = system(code);
    assert.equal(readFailure("open", "a.blog", cause).code, read);
    const error = writeFailure("write", "a.blog", cause);
    assert.equal(error.code, write);
    assert.equal(error.cause, cause);
    assert.match(error.message, /^Cannot write a\.blog: [^.]*[^.]$|EWHATEVER/);
  });
}

Deno.test("a disk that is full or read-only is said with what to do", () => {
  for (const code of ["ENOSPC", "EROFS", "EISDIR"]) assert.ok(writeFailure("write", "a.blog", system(code)).hint, code);
});

Deno.test("a path through a file is told from one that leads nowhere", () => {
  const { message, hint } = writeFailure("make folder", "notes/runs", system("ENOTDIR"));
  assert.deepEqual(
    [message, hint],
    ["Cannot make folder notes/runs: a file stands where a folder should", "name a place in a folder"],
  );
});

Deno.test("a permission that Deno was not given is DENIED, and the hint names the flag", () => {
  const cause = new Error('Requires write access to "a.blog", run again with the --allow-write flag');
  cause.name = "NotCapable";
  const error = writeFailure("open", "a.blog", cause);
  assert.equal(error.code, "DENIED");
  assert.equal(error.hint, "run with --allow-write=a.blog");
});

Deno.test("what is thrown without being an error of the system is kept as the cause", () => {
  assert.equal(codeOf("text"), undefined);
  assert.equal(readFailure("open", "a", "text").message, "Cannot open a: text");
});
