import assert from "node:assert/strict";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { writeAndMeet } from "./_compacted.ts";
import { CompactingWorld } from "./_compacting.ts";
import { MAX_BASE_BYTES, openBase } from "./base.ts";

const MAGIC = 8;

function isRefused(error: unknown): boolean {
  return isTinmanError(error, "PROTOCOL") || isTinmanError(error, "INTEGRITY");
}

for (const privacy of ["open", "sealed"] as const) {
  Deno.test(`V9 no bit of a snapshot that is ${privacy}, or of its proof, can be another`, () => {
    const world = new CompactingWorld("base", { privacy, roles: ["admin"] });
    writeAndMeet(world);
    world.compact(world.machines[1]);
    const { base } = world.machines[1]!.replica;
    assert.equal(openBase(base!, world.info).grants.length, 1);
    const plain = inflateRawSync(base!.subarray(MAGIC));
    const pack = (bytes: Uint8Array) => new Uint8Array([...base!.subarray(0, MAGIC), ...deflateRawSync(bytes)]);
    assert.equal(openBase(pack(plain), world.info).by, world.machines[1]!.key.device);
    for (let i = 0; i < 200; i++) {
      // All of the proof and the head, then here and there.
      const at = i < 130 ? i : world.random.int(plain.length);
      const changed = plain.with(at, plain[at]! ^ (1 << world.random.int(8)));
      assert.throws(() => openBase(pack(changed), world.info), isRefused, `byte ${at}`);
      assert.throws(() => openBase(pack(plain.subarray(0, at)), world.info), isRefused);
    }
  });
}

Deno.test("V9 what is no snapshot is refused, whatever it is", () => {
  const { info, machines: [founder] } = new CompactingWorld("base", { privacy: "open", roles: [] });
  founder!.replica.compact({ upTo: new Map([[founder!.key.device, 1]]) });
  const head = founder!.replica.base!.subarray(0, MAGIC);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
    assert.throws(() => openBase(noise, info), isRefused);
    assert.throws(() => openBase(new Uint8Array([...head, ...noise]), info), isRefused);
    assert.throws(() => openBase(new Uint8Array([...head, ...deflateRawSync(noise)]), info), isRefused);
  }));
  assert.throws(() => openBase(new Uint8Array(MAX_BASE_BYTES + 1), info), isRefused);
});
