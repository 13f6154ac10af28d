import assert from "node:assert/strict";
import fc from "fast-check";
import { testLink } from "../testing/link_suite.ts";
import { encodeKiss, KissDecoder, kissLink, type KissOptions } from "./kiss.ts";
import { createLinkPair } from "./memory.ts";

testLink({
  name: "kiss",
  test: Deno.test,
  open: () => {
    const { a, b, break: pull } = createLinkPair({ maxBytes: 100, bufferBytes: 4000 });
    return { a: kissLink(a), b: kissLink(b), break: pull };
  },
  heldAfterBytes: 8000,
  breaks: true,
});

Deno.test("encodeKiss() escapes what delimits, as the paper has it", () => {
  // "TEST" to port 0, and C0 DB to port 5: from the paper.
  assert.deepEqual(encodeKiss(0, new TextEncoder().encode("TEST")), Uint8Array.of(0xc0, 0, 84, 69, 83, 84, 0xc0));
  const escaped = Uint8Array.of(0xc0, 0x50, 0xdb, 0xdc, 0xdb, 0xdd, 0xc0);
  assert.deepEqual(encodeKiss(0x50, Uint8Array.of(0xc0, 0xdb)), escaped);
});

Deno.test("KissDecoder reads what encodeKiss() writes, however it is cut", () => {
  const frame = fc.record({ command: fc.nat(255), payload: fc.uint8Array({ maxLength: 60 }) }, {
    noNullPrototype: true,
  });
  fc.assert(fc.property(fc.array(frame, { maxLength: 8 }), fc.integer({ min: 1, max: 30 }), (frames, cut) => {
    const bytes = frames.flatMap(({ command, payload }) => [...encodeKiss(command, payload)]);
    const decoder = new KissDecoder(60);
    const got = [];
    for (let at = 0; at < bytes.length; at += cut) {
      got.push(...decoder.push(Uint8Array.from(bytes.slice(at, at + cut))));
    }
    assert.deepEqual(got, frames);
    assert.equal(decoder.damaged, 0);
  }));
});

Deno.test("KissDecoder takes a delimiter that two frames share, and noise in front", () => {
  const decoder = new KissDecoder(10);
  const frames = decoder.push(Uint8Array.of(1, 2, 3, 0xc0, 0, 7, 0xc0, 0, 8, 0xc0, 0xc0, 0xc0, 0, 0xc0));
  assert.deepEqual(frames.map(({ payload }) => [...payload]), [[7], [8], []]);
  assert.equal(decoder.damaged, 0);
});

Deno.test("KissDecoder leaves out and counts frames that are too long or wrongly escaped", () => {
  const decoder = new KissDecoder(3);
  const frames = decoder.push(
    Uint8Array.of(0xc0, 0, 1, 2, 3, 4, 5, 0xc0, 0, 0xdb, 9, 1, 0xc0, 0, 1, 0xdb, 0xc0, 0, 1, 2, 3, 0xc0),
  );
  assert.deepEqual(frames.map(({ payload }) => [...payload]), [[1, 2, 3]]);
  assert.equal(decoder.damaged, 3);
});

Deno.test("KissDecoder reads any bytes, and never more than fits", () => {
  const bytes = fc.array(fc.oneof(fc.constantFrom(0xc0, 0xdb, 0xdc, 0xdd, 0), fc.nat(255)), { maxLength: 200 });
  fc.assert(fc.property(bytes, (bytes) => {
    for (const { payload } of new KissDecoder(8).push(Uint8Array.from(bytes))) assert.ok(payload.length <= 8);
  }));
});

Deno.test("kissLink() gives only messages that were sent, whatever happens to the line", async () => {
  const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 6 });
  const flips = fc.array(fc.record({ at: fc.nat(), to: fc.nat(255) }), { maxLength: 4 });
  await fc.assert(fc.asyncProperty(messages, flips, async (sent, flips) => {
    const { a, b } = createLinkPair();
    const sender = kissLink(a);
    for (const message of sent) await sender.send(message);
    await sender.close();
    const bytes = Uint8Array.from((await Array.fromAsync(b.incoming)).flatMap((piece) => [...piece]));
    for (const { at, to } of flips) bytes[at % bytes.length] = to;
    const { got, damaged } = await readFrom(bytes);
    const left = sent.map(String);
    for (const message of got) {
      const at = left.indexOf(String(message));
      assert.ok(at >= 0, "it was sent, and stands behind the one before");
      left.splice(0, at + 1);
    }
    assert.ok(got.length >= sent.length - 2 * flips.length);
    if (flips.length === 0) assert.equal(damaged, 0);
  }));
});

Deno.test("kissLink() passes over other ports, and counts what is too short", async () => {
  const bytes = [
    encodeKiss(0x10, new Uint8Array(9)),
    encodeKiss(0, Uint8Array.of(1)),
    encodeKiss(0, new Uint8Array(9)),
  ];
  const { got, damaged } = await readFrom(Uint8Array.from(bytes.flatMap((frame) => [...frame])));
  assert.deepEqual([got, damaged], [[], 2]);
});

Deno.test("kissLink() without checksums is a plain TNC", async () => {
  const { got } = await readFrom(encodeKiss(0x30, Uint8Array.of(7)), { port: 3, checksum: false });
  assert.deepEqual(got, [Uint8Array.of(7)]);
});

async function readFrom(bytes: Uint8Array, options?: KissOptions): Promise<{ got: Uint8Array[]; damaged: number }> {
  const { a, b } = createLinkPair();
  await a.send(bytes);
  await a.close();
  const link = kissLink(b, options);
  return { got: await Array.fromAsync(link.incoming), damaged: link.damaged };
}
