import assert from "node:assert/strict";
import type { EffectiveGrant, Grant, Grants } from "./resolve.ts";
import { takenBack } from "./taken_back.ts";

const paths = { cwd: "/field", realPath: (path: string) => path };

/** What is said to be taken back when a grant of `name` turns from `before` into `now`. */
function taken(
  name: "net" | "read" | "clock",
  held: Partial<EffectiveGrant>,
  [before, now]: readonly [Grant | undefined, Grant | undefined],
): readonly string[] {
  const grants = (grant: Grant | undefined): Grants => grant === undefined ? {} : { [name]: grant };
  const effective = { [name]: { allow: true, deny: [], ...held } };
  return takenBack(effective, { before: grants(before), now: grants(now), paths });
}

const all: Grant = { allow: true };
const some = (...allow: readonly string[]): Grant => ({ allow });

Deno.test("takenBack() names what is held and was removed from the grants", () => {
  assert.deepEqual(taken("net", { allow: ["a.example:80"] }, [some("a.example:80"), undefined]), ["net"]);
  assert.deepEqual(taken("net", { allow: ["a.example:80"] }, [some("a.example"), some("a.example:443")]), ["net"]);
  assert.deepEqual(taken("read", { allow: ["/field/a"] }, [some("a"), some("a/b")]), ["read"]);
  assert.deepEqual(taken("net", {}, [all, some("a.example")]), ["net"]);
  assert.deepEqual(taken("net", { allow: ["a.example"] }, [all, some("b.example")]), ["net"]);
  assert.deepEqual(taken("clock", {}, [all, undefined]), ["clock"]);
});

Deno.test("takenBack() names what is held and is denied since", () => {
  assert.deepEqual(taken("read", { allow: ["/field/a"] }, [some("a"), { allow: ["a"], deny: ["a/keys"] }]), ["read"]);
  assert.deepEqual(taken("read", { allow: ["/field/a/b"] }, [some("a"), { allow: ["a"], deny: ["a"] }]), ["read"]);
  assert.deepEqual(taken("net", {}, [all, { allow: true, deny: ["a.example"] }]), ["net"]);
});

Deno.test("takenBack() leaves alone who does not hold what was removed or denied", () => {
  assert.deepEqual(taken("net", { allow: ["a.example"] }, [some("a.example", "b.example"), some("a.example")]), []);
  assert.deepEqual(taken("read", { allow: ["/field/a"] }, [some("a"), { allow: ["a"], deny: ["b"] }]), []);
  const denied: Grant = { allow: ["a"], deny: ["a/keys"] };
  assert.deepEqual(taken("read", { allow: ["/field/a"], deny: ["/field/a/keys"] }, [denied, denied]), []);
  assert.deepEqual(takenBack({}, { before: { net: all }, now: {}, paths }), []);
});

Deno.test("takenBack() sees nothing in the same said otherwise, nor in more", () => {
  assert.deepEqual(taken("read", { allow: ["/field/a/b"] }, [some("a/b"), some("/field/a")]), []);
  assert.deepEqual(taken("read", { allow: ["/field/a"] }, [some("a", "a/b"), some("a")]), []);
  assert.deepEqual(taken("net", { allow: ["a.example"] }, [some("a.example"), all]), []);
});

Deno.test("takenBack() does not take what somebody allowed for this run, which was never in the grants", () => {
  assert.deepEqual(taken("net", { allow: ["a.example"] }, [undefined, undefined]), []);
  assert.deepEqual(taken("net", { allow: ["a.example", "b.example"] }, [some("b.example"), some("b.example")]), []);
});
