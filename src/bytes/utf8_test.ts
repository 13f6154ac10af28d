import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

Deno.test("encodeUtf8() and decodeUtf8() are those of the platform, at every length", () => {
  const texts = ["a", "é", "\u{1f980}", "\ufeff", "\ufffd", "\0"].flatMap((unit) =>
    [0, 1, 15, 16, 17, 63, 64, 65, 1023, 1024, 1025].map((length) => unit.repeat(length))
  );
  const check = (text: string) => {
    const bytes = encodeUtf8(text);
    assert.deepEqual(bytes, new TextEncoder().encode(text));
    assert.equal(decodeUtf8(bytes), text);
  };
  texts.forEach(check);
  fc.assert(fc.property(fc.string({ unit: "binary" }), check));
});

Deno.test("encodeUtf8() refuses half a surrogate pair at every length", () => {
  for (const length of [0, 10, 63, 64, 2000]) {
    assert.throws(() => encodeUtf8("a".repeat(length) + "\ud800"), TypeError);
  }
});

Deno.test("decodeUtf8() refuses what the strict decoder refuses, and nothing else", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const isRefused = (decode: (bytes: Uint8Array) => string, bytes: Uint8Array) => {
    try {
      return decode(bytes) === undefined;
    } catch (error) {
      return error instanceof TypeError;
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    assert.equal(isRefused(decodeUtf8, bytes), isRefused((bytes) => strict.decode(bytes), bytes));
  }));
});
