import assert from "node:assert/strict";
import { contentHash } from "./hash.ts";

// Archives on disk are found by these. A change here makes all of them useless, so it needs a reason and a new name.
const pinned: readonly (readonly [value: unknown, hash: string])[] = [
  [null, "b0b2988b6bbe724bacda5e9e524736de0bc7dae41c46b4213c50e1d35d4e5f13"],
  ["", "8d33f520a3c4cef80d2453aef81b612bfe1cb44c8b2025630ad38662763f13d3"],
  [
    { b: 2, a: [1, -0, 1.5, NaN, 10n, 2n ** 64n], longer: undefined },
    "b6998a11c23f2f9a81eb55e721df87cc3882b7b7fbdb436092030cdd64989842",
  ],
  [
    new Map<unknown, unknown>([["x", new Date(1_700_000_000_123)], [1, new Set(["b", "a"])]]),
    "e418cad13b879b8a852c4eace204bc8ba11814fb9631cefb620dd5e6cae505ba",
  ],
  [
    { bytes: Uint8Array.of(1, 2), floats: Float64Array.of(1, NaN), text: "süß 🙂" },
    "066e6628c2d41cc585f505ba00d3b7389eb4ac77ce60edae0b33dc59d176023d",
  ],
];

Deno.test("contentHash() is the same in every version", () => {
  for (const [value, hash] of pinned) assert.equal(contentHash(value), hash);
});

Deno.test("contentHash() is the SHA-256 of the bytes of encodeCbor()", () => {
  assert.equal(contentHash(0), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  assert.notEqual(contentHash({ a: 1 }), contentHash({ a: 1n }));
  assert.throws(() => contentHash({ f() {} }), /at \.f: got a function/);
});
