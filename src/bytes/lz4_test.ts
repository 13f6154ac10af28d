import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { compressZstd, decompressLz4, decompressZstd } from "./mod.ts";

const content = new TextEncoder().encode("the quick brown fox jumps over the lazy dog; ".repeat(40));
const expected = Uint8Array.from([
  ...content,
  ...Array.from({ length: 256 }, (_, i) => i),
  ...new Array(1000).fill(97),
]);

// Made by the lz4 command, 1.9, from `expected`.
const frames: readonly (readonly [string, string])[] = [
  [
    "lz4 -9",
    "BCJNGGRAp0YBAADwEHRoZSBxdWljayBicm93biBmb3gganVtcHMgb3ZlciAfAK9sYXp5IGRvZzsgLQD////////O//IAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1+f4CBgoOEhYaHiImKi4yNjo+QkZKTlJWWl5iZmpucnZ6foKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr/AwcLDxMXGx8jJysvMzc7P0NHS09TV1tfY2drb3N3e3+Dh4uPk5ebn6Onq6+zt7u/w8fLz9PX29/j5+vv8/f7/YQEA////0lBhYWFhYQAAAABY0GDy",
  ],
  [
    "lz4 -B4 -BD --content-size",
    "BCJNGGxA8AsAAAAAAABWSgEAAPAQdGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIB8AkWxhenkgZG9nOw4ADy0A////////yv/0AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5fYGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t/g4eLj5OXm5+jp6uvs7e7v8PHy8/T19vf4+fr7/P3+/2FhYQMA////0FBhYWFhYQAAAABY0GDy",
  ],
  [
    "lz4 -1 --no-frame-crc -BX",
    "BCJNGHBArUoBAADwEHRoZSBxdWljayBicm93biBmb3gganVtcHMgb3ZlciAfAJFsYXp5IGRvZzsOAA8tAP///////8r/9AABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj9AQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVpbXF1eX2BhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ent8fX5/gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp+goaKjpKWmp6ipqqusra6vsLGys7S1tre4ubq7vL2+v8DBwsPExcbHyMnKy8zNzs/Q0dLT1NXW19jZ2tvc3d7f4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v9hYWEDAP///9BQYWFhYWFhmjDsAAAAAA==",
  ],
];

for (const [name, base64] of frames) {
  Deno.test(`decompressLz4() gives back what ${name} made`, () => {
    const frame = Uint8Array.fromBase64(base64);
    assert.deepEqual(decompressLz4(frame, expected.length), expected);
    assert.deepEqual(
      decompressLz4(Uint8Array.from([...frame, ...frame]), 2 * expected.length).length,
      2 * expected.length,
    );
    assert.throws(() => decompressLz4(frame, expected.length - 1), RangeError);
    for (let length = 1; length < frame.length - 8; length += 5) {
      assert.throws(() => decompressLz4(frame.subarray(0, length), expected.length), RangeError);
    }
  });
}

Deno.test("decompressLz4() takes blocks that are not compressed, and nothing", () => {
  const stored = [0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0, 3, 0, 0, 0x80, 1, 2, 3, 0, 0, 0, 0];
  assert.deepEqual(decompressLz4(Uint8Array.from(stored), 3), Uint8Array.of(1, 2, 3));
  assert.deepEqual(decompressLz4(new Uint8Array(0), 3), new Uint8Array(0));
});

Deno.test("decompressLz4() ends for any bytes, with a RangeError or with no more than was allowed", () => {
  const frame = Uint8Array.fromBase64(frames[0]![1]);
  fc.assert(fc.property(fc.nat(frame.length - 1), fc.nat(255), (at, value) => {
    const changed = frame.with(at, value);
    try {
      assert.ok(decompressLz4(changed, 4000).length <= 4000);
    } catch (error) {
      assert.ok(error instanceof RangeError);
    }
  }));
});

Deno.test("compressZstd() is undone by decompressZstd(), and says how long the content is", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 4000 }), fc.nat(400), (data, times) => {
    const bytes = new Uint8Array([...data, ...new Array(times).fill(7)]);
    const frame = compressZstd(bytes);
    assert.deepEqual(new Uint8Array(decompressZstd(frame, bytes.length)), bytes);
    // RFC 8878, 3.1.1.1.1: one segment, or two bits that say how long the size of the content is.
    assert.ok((frame[4]! & 0xe0) !== 0);
  }));
});

Deno.test("decompressZstd() gives back what was compressed, and refuses what is damaged or too long", () => {
  const frame = zstdCompressSync(expected);
  assert.deepEqual(new Uint8Array(decompressZstd(frame, expected.length)), expected);
  assert.throws(() => decompressZstd(frame, 100), RangeError);
  assert.throws(() => decompressZstd(frame.subarray(1), 10_000), RangeError);
});
