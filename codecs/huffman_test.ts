import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeHeader, encodeHeader, headerOf } from "tinman/codec";
import { builtinRegistry } from "tinman/codecs";
import { testCodec } from "tinman/testing";
import { huffman, huffmanKind } from "./huffman.ts";

const fox = "the quick brown fox jumps over the lazy dog";

for (
  const [name, training] of [["a sentence", fox], ["nothing", ""], ["one letter", "aaaa"], ["half a pair", "\ud800a"]]
) {
  testCodec<string>({
    name: `huffman() trained on ${name}`,
    test: Deno.test,
    create: () => huffman(training!),
    kind: huffmanKind,
    values: ["", "a", "hello world", "Grüße \u{1f980}\u{10ffff}\0", "half \ud800", "the the the ".repeat(50)],
    arbitrary: fc.string({ unit: "binary" }),
    refused: [{ value: 5, message: /got number 5, expected text/ }],
  });
}

Deno.test("huffman() takes fewer bits for what is frequent", () => {
  const codec = huffman(fox.repeat(20));
  assert.ok(codec.encode(fox).length < fox.length * 0.65);
});

Deno.test("huffman() comes back from a log with the very tree that wrote it, without the training text", () => {
  const header = encodeHeader(headerOf(huffman(fox)));
  const revived = builtinRegistry().revive(decodeHeader(header));
  assert.equal(revived.decode(huffman(fox).encode("hello world")), "hello world");
});

Deno.test("huffman() keeps codes short however uneven the training is", () => {
  // Frequencies that double make each code one bit longer than the one before; 40 letters would take 40 bits.
  let [a, b] = [1, 1];
  let training = "";
  for (let i = 0; i < 25; i++) {
    training += String.fromCodePoint(0x100 + i).repeat(a);
    [a, b] = [b, a + b];
  }
  const { code } = huffman(training).params as { code: number[][] };
  assert.ok(code.length <= 24);
  const rare = "\u0100\u0101\u0118";
  assert.equal(huffman(training).decode(huffman(training).encode(rare)), rare);
});

Deno.test("huffman() refuses a code in which bits have two meanings, or which has no escape", () => {
  const revive = (code: unknown) =>
    huffmanKind.revive({ codec: "huffman", version: 1, params: { code } }, () => assert.fail());
  assert.throws(() => revive([[-1, 97, 98]]), /more symbols than its lengths allow/);
  assert.throws(() => revive([[-1], [97, 97]]), /a symbol twice/);
  assert.throws(() => revive([[97]]), /no escape/);
  assert.throws(() => revive(new Array(25).fill([])), /at most 24 arrays/);
});
