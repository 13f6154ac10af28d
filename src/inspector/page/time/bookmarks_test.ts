import assert from "node:assert/strict";
import { cleanLabel, readBookmarks, toggleBookmark, writeBookmarks } from "./bookmarks.ts";

Deno.test("bookmarks of an address are read as they were written", () => {
  const places = [{ atNs: 1_500_000_000, label: "start" }, { atNs: 2_000_000_001, label: "" }];
  assert.deepEqual(readBookmarks(writeBookmarks(places)), places);
  assert.deepEqual(readBookmarks("x~y,,3~z"), [{ atNs: 3e9, label: "z" }]);
  assert.deepEqual(readBookmarks(""), []);
});

Deno.test("toggleBookmark() adds a place, and takes one away that is near", () => {
  const one = toggleBookmark([], 5e9, 1e6);
  assert.deepEqual(one, [{ atNs: 5e9, label: "1" }]);
  const two = toggleBookmark(one, 1e9, 1e6);
  assert.deepEqual(two.map(({ label }) => label), ["2", "1"]);
  assert.deepEqual(toggleBookmark(two, 5e9 + 10, 1e6).map(({ label }) => label), ["2"]);
});

Deno.test("a label is kept from breaking the address", () => {
  assert.equal(cleanLabel(" a,b~c\x1b[31m "), "a b c [31m");
  assert.equal(cleanLabel("x".repeat(100)).length, 40);
});
