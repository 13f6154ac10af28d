// Both ends in one thread: what two threads can see of each other is what was published, in any order of their steps.
// tests/platform/worker_test.ts has them in two.
import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../errors/mod.ts";
import { createRing, RingReader, RingWriter } from "./mod.ts";
import { DATA_AT, recordBytes, WORD } from "./layout.ts";

/** Both ends, their positions at `start`. */
function ends(capacityBytes: number, start = 0) {
  const memory = createRing(capacityBytes);
  const words = new Int32Array(memory, 0, DATA_AT / 4);
  words[WORD.head] = words[WORD.tail] = start;
  const woken = { reader: 0, writer: 0 };
  const writer = new RingWriter(memory, { wake: () => woken.reader++ });
  const reader = new RingReader(memory, { wake: () => woken.writer++ });
  return { memory, words, writer, reader, woken };
}

function payload({ bytes, at, length }: RingReader): number[] {
  return [...bytes.subarray(at, at + length)];
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("write" as const), length: fc.nat(120) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("publish" as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("read" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("free" as const) }) },
);

Deno.test("what comes out of a ring is what was published, once and in order, however the ends take turns", () => {
  const starts = fc.constantFrom(0, 8, 2 ** 31 - 64, -64, -8);
  fc.assert(
    fc.property(fc.constantFrom(64, 128, 512), starts, fc.array(step, { maxLength: 200 }), (capacity, start, steps) => {
      const { writer, reader } = ends(capacity, start);
      const [written, published]: [number[][], number[][]] = [[], []];
      let kind = 0;
      for (const each of steps) {
        if (each.do === "write") {
          const bytes = Array.from({ length: Math.min(each.length, writer.maxLength) }, (_, i) => (kind + i) & 0xff);
          if (writer.tryWrite(kind, Uint8Array.from(bytes))) written.push([kind++, ...bytes]);
        } else if (each.do === "publish") {
          writer.publish();
          published.push(...written.splice(0));
        } else if (each.do === "free") reader.free();
        else if (reader.next()) assert.deepEqual([reader.kind, ...payload(reader)], published.shift());
        else assert.deepEqual(published, []);
      }
      writer.close();
      published.push(...written);
      while (reader.next()) assert.deepEqual([reader.kind, ...payload(reader)], published.shift());
      assert.deepEqual([published.length, reader.ended], [0, true]);
    }),
    { numRuns: 300 },
  );
});

Deno.test("a ring takes the longest record wherever it stands, and refuses a longer one", () => {
  for (let before = 0; before < 128; before += 8) {
    const { writer, reader } = ends(128);
    if (before > 0) {
      writer.tryWrite(1, new Uint8Array(Math.min(before, 56)));
      writer.publish();
      while (reader.next());
    }
    assert.ok(writer.tryWrite(2, new Uint8Array(writer.maxLength)), `behind ${before} bytes`);
    writer.publish();
    assert.ok(reader.next());
    assert.equal(reader.length, 56);
  }
  const { writer } = ends(128);
  assert.throws(() => writer.reserve(1, 57), (error) => isTinmanError(error, "TOO_LARGE"));
});

Deno.test("payloads begin at a multiple of eight, so that numbers are read where they are", () => {
  const { writer, reader } = ends(512);
  for (const length of [1, 8, 3, 0, 17]) writer.tryWrite(length, new Uint8Array(length));
  writer.publish();
  while (reader.next()) assert.equal(reader.at % 8, 0);
});

Deno.test("a full ring refuses, and has room again when the reader went on", () => {
  const { writer, reader } = ends(64);
  assert.ok(writer.tryWrite(1, new Uint8Array(24)));
  assert.ok(writer.tryWrite(2, new Uint8Array(24)));
  assert.equal(writer.tryWrite(3, new Uint8Array(24)), false);
  writer.publish();
  reader.next();
  reader.next();
  assert.ok(!reader.next());
  assert.ok(writer.tryWrite(3, new Uint8Array(24)));
});

Deno.test("an end is woken when it sleeps, and only then", () => {
  const { writer, reader, woken } = ends(64);
  writer.tryWrite(1, new Uint8Array(8));
  writer.publish();
  assert.equal(woken.reader, 0);
  assert.equal(reader.sleep(), false, "something is there");
  reader.next();
  assert.ok(!reader.next());
  assert.equal(reader.sleep(), true);
  writer.publish();
  assert.equal(woken.reader, 0, "nothing new");
  for (const kind of [2, 3]) {
    writer.tryWrite(kind, new Uint8Array(16));
    writer.publish();
  }
  assert.equal(woken.reader, 1);
  assert.equal(writer.sleep(24), true, "there is no room for another");
  while (reader.next());
  assert.equal(woken.writer, 1);
  assert.equal(writer.sleep(24), false);
});

Deno.test("an end that is told that the other has gone does not sleep", () => {
  const first = ends(64);
  first.writer.close();
  assert.equal(first.reader.sleep(), false);
  assert.equal(first.reader.ended, true);
  first.reader.block(1e9); // returns
  const second = ends(64);
  second.writer.tryWrite(1, new Uint8Array(24));
  second.reader.close();
  assert.equal(second.writer.isLeft, true);
  second.writer.block(24, 1e9); // returns
});

Deno.test("what is no record is an error with its place, and never a read outside of the ring", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.integer({ min: 1, max: 16 }), (bytes, eighths) => {
      const { memory, words, reader } = ends(64);
      new Uint8Array(memory, DATA_AT).set(bytes);
      // A writer that lies about how much there is, too.
      Atomics.store(words, WORD.tail, eighths * 8);
      try {
        for (let i = 0; i < 20 && reader.next(); i++) {
          assert.ok(reader.at + reader.length <= 64 && reader.at % 8 === 0);
        }
      } catch (error) {
        assert.ok(isTinmanError(error, "INTEGRITY"));
        assert.match(error.message, /^Cannot read ring at byte \d+: a record of \d+ bytes, of which -?\d+ are there$/);
      }
    }),
  );
});

Deno.test("a record that is cut short is named", () => {
  const { memory, words, reader } = ends(64);
  new Uint32Array(memory, DATA_AT).set([40, 1]);
  Atomics.store(words, WORD.tail, recordBytes(16));
  assert.throws(() => reader.next(), {
    message: "Cannot read ring at byte 0: a record of 40 bytes, of which 24 are there",
  });
});

Deno.test("createRing() takes sizes that make sense, and an end takes no other memory", () => {
  for (const bytes of [0, -1, NaN, Infinity, 2 ** 30 + 1]) assert.throws(() => createRing(bytes), RangeError);
  assert.equal(new RingWriter(createRing(1000)).maxLength, 504);
  assert.throws(() => new RingReader(new SharedArrayBuffer(1000)), RangeError);
});
