import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader } from "./reader.ts";
import { ByteWriter } from "./writer.ts";

Deno.test("ByteWriter grows at every length and with every kind of write", () => {
  for (let filled = 0; filled <= 16; filled++) {
    const full = () => new ByteWriter(8).bytes(new Uint8Array(filled));
    assert.equal(full().u8(1).length, filled + 1);
    assert.equal(full().u16(1).length, filled + 2);
    assert.equal(full().u32(1).length, filled + 4);
    assert.equal(full().u64(1n).length, filled + 8);
    assert.equal(full().i64(-1n).length, filled + 8);
    assert.equal(full().f64(1).length, filled + 8);
    assert.equal(full().varint(300).length, filled + 2);
    assert.equal(full().text("é"), 2);
    assert.equal(full().align(8).length, Math.ceil(filled / 8) * 8);
    assert.equal(full().bytes(new Uint8Array(100).fill(7)).take()[filled], 7);
  }
});

Deno.test("ByteWriter and ByteReader agree on everything that they write and read", () => {
  const property = fc.property(fc.maxSafeNat(), fc.double(), fc.string({ unit: "grapheme" }), (whole, float, text) => {
    const writer = new ByteWriter(8).varint(whole).f64(float).i64(BigInt(-whole)).u32(0).align(8);
    const at = writer.length;
    writer.u32(0);
    writer.setU32(at, writer.text(text));
    const reader = new ByteReader(writer.take());
    assert.equal(reader.varint(), whole);
    assert.deepEqual(reader.f64(), float);
    assert.equal(reader.i64(), BigInt(-whole));
    reader.u32();
    reader.align(8);
    assert.equal(reader.text(reader.u32()), text);
    reader.end();
  });
  fc.assert(property);
});

Deno.test("ByteWriter.take() gives bytes that later writes leave alone", () => {
  const writer = new ByteWriter().u32(1);
  const first = writer.take();
  writer.clear();
  writer.u32(2);
  assert.deepEqual(first, Uint8Array.of(1, 0, 0, 0));
});

Deno.test("ByteReader refuses to read past the end, and says how much was left", () => {
  assert.throws(() => new ByteReader(new Uint8Array(3)).u32(), /Cannot read 4 bytes at 0: 3 are left/);
  assert.throws(() => new ByteReader(new Uint8Array(3)).bytes(-1), RangeError);
  assert.throws(() => new ByteReader(new Uint8Array(9).fill(0xff)).varint(), RangeError);
  assert.throws(() => new ByteReader(Uint8Array.of(0xff)).text(1), TypeError);
});
