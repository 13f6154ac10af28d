import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { testLink } from "../testing/link_suite.ts";
import { framedLink, type FramedOptions } from "./framed.ts";
import type { Link } from "./link.ts";
import { createLinkPair } from "./memory.ts";

for (const checksum of [false, true]) {
  testLink({
    name: `framed${checksum ? " with checksums" : ""}`,
    test: Deno.test,
    open: () => {
      const { a, b, break: pull } = createLinkPair({ maxBytes: 300, bufferBytes: 4000 });
      const options = { maxBytes: 2000, checksum };
      return { a: framedLink(a, options), b: framedLink(b, options), break: pull };
    },
    heldAfterBytes: 8000,
    breaks: true,
  });
}

Deno.test("framedLink() gives the messages that were sent, however the stream is cut", async () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 });
  await fc.assert(fc.asyncProperty(messages, fc.boolean(), fc.integer({ min: 1, max: 50 }), async (sent, sum, cut) => {
    const bytes = await streamOf(sent, { checksum: sum });
    const { got, error } = await readFrom(bytes, { checksum: sum, cut });
    assert.equal(error, undefined);
    assert.deepEqual(got, sent);
  }));
});

Deno.test("framedLink() says UNAVAILABLE for a stream that ends in a message, behind the whole ones", async () => {
  const sent = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(200)];
  const bytes = await streamOf(sent, { checksum: true });
  const ends = new Set([0, 8, 13, bytes.length]);
  for (let length = 0; length <= bytes.length; length++) {
    const { got, error } = await readFrom(bytes.slice(0, length), { checksum: true, cut: 7 });
    assert.deepEqual(got, sent.slice(0, got.length));
    if (ends.has(length)) assert.equal(error, undefined);
    else assert.ok(isTinmanError(error, "UNAVAILABLE"), `${length}`);
  }
});

Deno.test("framedLink() says PROTOCOL for a length that is too long, too large or not the shortest", async () => {
  const wrong: readonly (readonly [bytes: number[], why: RegExp])[] = [
    [[1, 7, 0xff, 0xff, 0xff, 0xff, 0xff], /does not end/],
    [[1, 7, 0x80, 0x80, 0x40], /1048576 bytes is announced, at most 1000/],
    [[1, 7, 0x81, 0x00, 0], /longer than it has to be/],
  ];
  for (const [bytes, why] of wrong) {
    const { got, error } = await readFrom(Uint8Array.from(bytes), { maxBytes: 1000, cut: 100 });
    assert.deepEqual(got, [Uint8Array.of(7)]);
    assert.ok(isTinmanError(error, "PROTOCOL"));
    assert.match(error.message, why);
  }
});

Deno.test("framedLink() with checksums notices every flipped bit", async () => {
  const sent = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
  const bytes = await streamOf(sent, { checksum: true });
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const wrong = bytes.slice();
    wrong[bit >> 3]! ^= 1 << (bit & 7);
    const { got, error } = await readFrom(wrong, { checksum: true, cut: 100 });
    assert.deepEqual(got, sent.slice(0, got.length));
    assert.ok(isTinmanError(error), `bit ${bit}`);
  }
});

Deno.test("framedLink() reads any bytes as messages or says PROTOCOL or UNAVAILABLE", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.boolean(), async (bytes, checksum) => {
    const { error } = await readFrom(bytes, { checksum, cut: 9, maxBytes: 50 });
    assert.ok(error === undefined || isTinmanError(error, "PROTOCOL") || isTinmanError(error, "UNAVAILABLE"));
  }));
});

Deno.test("framedLink() closes the stream when it cannot be read", async () => {
  const { a, b } = createLinkPair();
  const framed = framedLink(b, { maxBytes: 10 });
  await a.send(Uint8Array.of(11));
  const closed = Array.fromAsync(a.incoming);
  await assert.rejects(Array.fromAsync(framed.incoming), { code: "PROTOCOL" });
  await assert.rejects(framed.send(Uint8Array.of(1)), { code: "PROTOCOL" });
  assert.deepEqual(await closed, []);
});

Deno.test("framedLink() does not take room for what was only announced", async () => {
  const { a, b } = createLinkPair();
  const framed = framedLink(b, { maxBytes: 2 ** 31 });
  await a.send(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x07, 1, 2));
  await a.close();
  await assert.rejects(Array.fromAsync(framed.incoming), { code: "UNAVAILABLE" });
});

Deno.test("framedLink() refuses a link that keeps pieces whole", () => {
  assert.throws(() => framedLink(createLinkPair({ kind: "datagrams" }).a), TypeError);
});

async function streamOf(messages: readonly Uint8Array[], options: FramedOptions): Promise<Uint8Array> {
  const { a, b } = createLinkPair({ bufferBytes: 1 << 20 });
  const framed = framedLink(a, options);
  for (const message of messages) await framed.send(message);
  await framed.close();
  return Uint8Array.from((await Array.fromAsync(b.incoming)).flatMap((piece) => [...piece]));
}

async function readFrom(
  bytes: Uint8Array,
  { cut, ...options }: FramedOptions & { readonly cut: number },
): Promise<{ got: Uint8Array[]; error: unknown }> {
  const { a, b } = createLinkPair({ bufferBytes: 1 << 20 });
  for (let at = 0; at < bytes.length; at += cut) await a.send(bytes.slice(at, at + cut));
  await a.close();
  const got: Uint8Array[] = [];
  return { got, error: await read(framedLink(b, options), got) };
}

async function read(link: Link, got: Uint8Array[]): Promise<unknown> {
  try {
    for await (const message of link.incoming) got.push(message.slice());
    return undefined;
  } catch (error) {
    return error;
  }
}
