import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeSocketClose, encodeSocketFrame, SocketDecoder, type SocketFrame } from "./frames.ts";

/** A frame as a client sends it. */
function masked(
  kind: "text" | "binary" | "ping" | "pong" | "close",
  data: Uint8Array,
  { isLast = true, opcode = -1 } = {},
) {
  const frame = encodeSocketFrame(kind, data);
  const head = frame.length - data.length;
  const bytes = new Uint8Array(frame.length + 4);
  bytes.set(frame.subarray(0, head));
  if (!isLast) bytes[0]! &= 0x7f;
  if (opcode >= 0) bytes[0] = bytes[0]! & 0x80 | opcode;
  bytes[1]! |= 0x80;
  const mask = [0x12, 0x34, 0x56, 0x78];
  bytes.set(mask, head);
  data.forEach((byte, i) => bytes[head + 4 + i] = byte ^ mask[i & 3]!);
  return bytes;
}

function decode(chunks: readonly Uint8Array[], maxBytes = 1 << 20): SocketFrame[] {
  const decoder = new SocketDecoder(maxBytes);
  return chunks.flatMap((chunk) => {
    decoder.push(chunk);
    return [...decoder.frames()];
  });
}

Deno.test("SocketDecoder reads what a client sends, however it is split", () => {
  const message = fc.record({
    kind: fc.constantFrom("text" as const, "binary" as const),
    data: fc.uint8Array({ maxLength: 300 }),
  }, { noNullPrototype: true });
  fc.assert(fc.property(fc.array(message, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (messages, size) => {
    const bytes = messages.flatMap(({ kind, data }) => [...masked(kind, data)]);
    const chunks = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, i) => Uint8Array.from(bytes.slice(i * size, (i + 1) * size)),
    );
    assert.deepEqual(decode(chunks), messages);
  }));
});

Deno.test("SocketDecoder puts parts together, with a ping between them", () => {
  const parts = [
    masked("text", Uint8Array.of(1), { isLast: false }),
    masked("ping", Uint8Array.of(9)),
    masked("text", Uint8Array.of(2, 3), { opcode: 0 }),
  ];
  assert.deepEqual(decode(parts), [{ kind: "ping", data: Uint8Array.of(9) }, {
    kind: "text",
    data: Uint8Array.of(1, 2, 3),
  }]);
});

Deno.test("SocketDecoder refuses what no client may send", () => {
  const odd: [string, Uint8Array][] = [
    ["without a mask", encodeSocketFrame("text", Uint8Array.of(1))],
    ["a part without a beginning", masked("text", Uint8Array.of(1), { opcode: 0 })],
    ["an unknown kind", masked("text", new Uint8Array(0), { opcode: 3 })],
    ["an unknown control", masked("text", new Uint8Array(0), { opcode: 0xb })],
    ["a long ping", masked("ping", new Uint8Array(126))],
    ["a ping in parts", masked("ping", new Uint8Array(1), { isLast: false })],
    ["an extension", Uint8Array.of(0xc1, 0x80, 0, 0, 0, 0)],
  ];
  for (const [what, bytes] of odd) assert.throws(() => decode([bytes]), what);
  const second = [masked("text", Uint8Array.of(1), { isLast: false }), masked("text", Uint8Array.of(1))];
  assert.throws(() => decode(second), "a beginning inside a message");
});

Deno.test("SocketDecoder refuses a message that is too long by its head, also in parts", () => {
  assert.throws(() => decode([masked("binary", new Uint8Array(200)).subarray(0, 8)], 199), /at most 199/);
  const parts = Array.from({ length: 5 }, () => masked("binary", new Uint8Array(50), { isLast: false }));
  assert.throws(
    () => decode(parts.map((part, i) => i === 0 ? part : Uint8Array.of(0, ...part.subarray(1))), 199),
    /at most 199/,
  );
});

Deno.test("SocketDecoder costs what comes, however small its frames are", () => {
  const costMs = (frame: Uint8Array, first: Uint8Array, count: number) => {
    const bytes = new Uint8Array(first.length + count * frame.length);
    bytes.set(first);
    for (let i = 0; i < count; i++) bytes.set(frame, first.length + i * frame.length);
    const began = performance.now();
    decode([bytes]);
    return performance.now() - began;
  };
  // With the square of what came, each took many seconds, in which nothing else of the process goes on.
  const part = masked("text", Uint8Array.of(1), { isLast: false, opcode: 0 });
  const parts = costMs(part, masked("text", Uint8Array.of(1), { isLast: false }), 65_000);
  assert.ok(parts < 1500, `65 000 parts of one message: ${parts} ms`);
  const pongs = costMs(masked("pong", new Uint8Array(0)), new Uint8Array(0), 65_000);
  assert.ok(pongs < 1500, `65 000 empty frames: ${pongs} ms`);
});

Deno.test("SocketDecoder takes any bytes without harm", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    try {
      for (const frame of decode([bytes], 100)) if (frame.kind !== "close") assert.ok(frame.data.length <= 125);
    } catch (error) {
      assert.match((error as Error).message, /^Cannot (?:read a WebSocket|take a message)/);
    }
  }));
});

Deno.test("encodeSocketClose() fits into a control frame whatever the reason", () => {
  const frame = encodeSocketClose(1008, "x".repeat(500));
  assert.deepEqual([frame[0], frame[1], frame[2]! << 8 | frame[3]!], [0x88, 125, 1008]);
});
