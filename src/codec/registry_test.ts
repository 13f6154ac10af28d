// Equivalents of the original's oblog: the codec is restored from the first record; only what is registered is ever used.
import assert from "node:assert/strict";
import { isTinmanError } from "../errors/mod.ts";
import type { Codec, CodecHeader, CodecKind } from "./codec.ts";
import { decodeHeader, encodeHeader } from "./header.ts";
import { encodeMsgpack } from "./msgpack_encode.ts";
import { CodecRegistry, headerOf } from "./registry.ts";

const flag: Codec<boolean> = {
  id: "example.flag",
  version: 1,
  encode: (value) => Uint8Array.of(value ? 1 : 0),
  decode: (bytes) => bytes[0] === 1,
};
const flagKind: CodecKind = { id: flag.id, version: 1, revive: () => flag };
const boxKind: CodecKind = {
  id: "example.box",
  version: 1,
  revive: ({ params }, revive) => revive((params as { item: unknown }).item),
};
const nested = (depth: number): CodecHeader =>
  depth === 0 ? headerOf(flag) : { codec: "example.box", version: 1, params: { item: nested(depth - 1) } };

Deno.test("CodecRegistry.revive() gives the codec that a header names, through others", () => {
  const registry = new CodecRegistry([flagKind, boxKind]);
  assert.equal(registry.revive(decodeHeader(encodeHeader(headerOf(flag)))), flag);
  assert.equal(registry.revive(nested(5)), flag);
  assert.deepEqual(registry.ids(), ["example.box", "example.flag"]);
});

Deno.test("CodecRegistry.revive() names what is unknown, with the plugin and a near name", () => {
  const registry = new CodecRegistry([flagKind]);
  assert.throws(() => registry.revive({ codec: "example.flagg", version: 1 }), (error) => {
    assert.ok(isTinmanError(error, "CODEC_UNKNOWN"));
    assert.equal(error.hint, 'did you mean "example.flag"?');
    return true;
  });
  const plugin = { id: "org.example", sha256: "ab12" };
  assert.throws(() => registry.revive({ codec: "other", version: 1, plugin }), (error) => {
    assert.ok(isTinmanError(error, "CODEC_UNKNOWN"));
    assert.match(error.message, /of plugin org\.example \(sha256 ab12\)/);
    assert.deepEqual(error.details, { codec: "other", plugin: "org.example", sha256: "ab12" });
    return true;
  });
  assert.throws(() => registry.revive({ codec: "example.flag", version: 2 }), /only up to version 1 can be read/);
});

Deno.test("CodecRegistry.revive() refuses headers nested too deep, and what is no header", () => {
  const registry = new CodecRegistry([flagKind, boxKind]);
  assert.throws(() => registry.revive(nested(40)), /codecs are nested deeper than 32/);
  for (const junk of [null, 5, {}, { codec: "example.flag" }, { codec: "example.flag", version: 0 }, { codec: 5 }]) {
    const header = { codec: "example.box", version: 1, params: { item: junk } };
    assert.throws(() => registry.revive(header), (error) => isTinmanError(error, "CODEC"));
  }
});

Deno.test("CodecRegistry.add() refuses a second kind with the same id", () => {
  const registry = new CodecRegistry([flagKind]);
  assert.throws(() => registry.add(flagKind), (error) => isTinmanError(error, "CONFIG"));
});

Deno.test("encodeHeader() pads to a multiple of 8, and decodeHeader() gives back what was there", () => {
  for (let length = 0; length < 20; length++) {
    const header: CodecHeader = {
      codec: "x".repeat(length),
      version: 3,
      plugin: { id: "org.example", sha256: "ab" },
      params: { list: [1, { raw: Uint8Array.of(1) }], none: null },
    };
    const bytes = encodeHeader(header);
    assert.equal(bytes.length % 8, 0);
    assert.deepEqual(decodeHeader(bytes), header);
  }
});

Deno.test("decodeHeader() refuses the pickle of the original without running it", () => {
  const pickle = Uint8Array.of(0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0, 0x2e);
  assert.throws(() => decodeHeader(pickle), (error) => {
    assert.ok(isTinmanError(error, "CODEC"));
    assert.match(error.message, /written with Python's pickle/);
    assert.match(error.hint!, /read as bytes/);
    return true;
  });
});

Deno.test("decodeHeader() refuses what is not a header of ours", () => {
  const others = [
    new Uint8Array(),
    Uint8Array.of(0xc1),
    encodeMsgpack(5),
    encodeMsgpack(null),
    encodeMsgpack({ a: 1 }),
  ];
  const nearly = [{ tinman: 2, codec: "a", version: 1 }, { tinman: 1, codec: 5, version: 1 }, {
    tinman: 1,
    codec: "a",
  }];
  for (const bytes of [...others, ...nearly.map(encodeMsgpack)]) {
    assert.throws(() => decodeHeader(bytes), (error) => isTinmanError(error, "CODEC"));
  }
});
