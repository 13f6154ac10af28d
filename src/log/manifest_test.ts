import assert from "node:assert/strict";
import fc from "fast-check";
import { START_NS } from "./_fixture.ts";
import { formatManifest, type Manifest, parseManifest } from "./manifest.ts";

const manifest: Manifest = {
  tinman: 1,
  tool: "tinman 0.1.0",
  id: "R1",
  startedNs: START_NS,
  endedNs: START_NS + 5n,
  clean: true,
  seed: "abc",
  graph: { nodes: ["a"] },
  channels: [
    { name: "a/b", file: "a%2Fb.blog", codec: "text", header: "AAAA", latched: true, frames: 3, drops: 1 },
    { name: "c", file: "c.blog" },
  ],
};

Deno.test("F16 parseManifest() gives back what formatManifest() wrote", () => {
  assert.deepEqual(parseManifest(formatManifest(manifest)), { manifest });
});

Deno.test("F16 parseManifest() leaves out what it does not know and what does not fit", () => {
  const { channels } = manifest;
  const text = JSON.stringify({
    ...manifest,
    startedNs: "7",
    endedNs: "soon",
    clean: "yes",
    seed: 5,
    more: 1,
    channels: [...channels, null, 7, { name: "x" }, { name: "x", file: "../x.blog" }, { name: "x", file: "x.txt" }],
  });
  const { endedNs: _, seed: __, ...rest } = manifest;
  const damage = "it has no checksum";
  assert.deepEqual(parseManifest(text), { manifest: { ...rest, startedNs: 7n, clean: false }, damage });
});

Deno.test("F16 parseManifest() finds each flipped bit", () => {
  const bytes = new TextEncoder().encode(formatManifest(manifest));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const found = parseManifest(new TextDecoder().decode(changed));
    assert.ok("problem" in found || found.damage !== undefined, `bit ${bit & 7} of byte ${bit >> 3}`);
    assert.ok(!("foreign" in found));
  }
});

Deno.test("F17 parseManifest() says why a text cannot be used, whatever it is", () => {
  assert.deepEqual(parseManifest("{"), { problem: "it is not JSON" });
  assert.deepEqual(parseManifest("{}"), { problem: "it does not say { tinman: 1, … }" });
  assert.deepEqual(parseManifest('{"tinman":1}'), { problem: "it has no id, startedNs and channels" });
  assert.deepEqual(parseManifest('{"tinman":2}'), {
    problem: "it is of version 2, and only 1 can be read",
    foreign: true,
  });
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    assert.ok("problem" in parseManifest(text));
  }));
});

Deno.test("F16 parseManifest() reads which part of a run it is, and leaves out what does not say it", () => {
  const manifest: Manifest = { tinman: 1, id: "R-2", startedNs: 1n, clean: true, channels: [] };
  const partOf = (part: unknown) => parseManifest(formatManifest({ ...manifest, part } as Manifest));
  assert.deepEqual(partOf({ of: "R", number: 2 }), { manifest: { ...manifest, part: { of: "R", number: 2 } } });
  for (const part of [null, 2, "R", {}, { of: 1, number: 2 }, { of: "R", number: 0 }, { of: "R", number: 1.5 }]) {
    assert.deepEqual(partOf(part), { manifest });
  }
});
