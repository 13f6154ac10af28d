import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../../errors/mod.ts";
import { WireReader } from "./wire_reader.ts";
import { WireWriter } from "./wire_writer.ts";

type Item =
  | {
    readonly type: "int8" | "int16" | "int32" | "int64" | "uint16" | "uint32" | "uvarint" | "float64";
    readonly value: number;
  }
  | { readonly type: "varint" | "varlong"; readonly value: number }
  | { readonly type: "string"; readonly value: string | null }
  | { readonly type: "bytes"; readonly value: Uint8Array | null };

const number = <T extends string>(type: T, min: number, max: number) =>
  fc.record({ type: fc.constant(type), value: fc.integer({ min, max }) });
const item: fc.Arbitrary<Item> = fc.oneof(
  number("int8", -128, 127),
  number("int16", -32768, 32767),
  number("int32", -(2 ** 31), 2 ** 31 - 1),
  number("int64", -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  number("uint16", 0, 65535),
  number("uint32", 0, 2 ** 32 - 1),
  number("uvarint", 0, 2 ** 32 - 1),
  number("varint", -(2 ** 31), 2 ** 31 - 1),
  number("varlong", -(2 ** 51), 2 ** 51),
  fc.record({ type: fc.constant("float64" as const), value: fc.double() }),
  fc.record({ type: fc.constant("string" as const), value: fc.option(fc.string({ unit: "binary", maxLength: 300 })) }),
  fc.record({ type: fc.constant("bytes" as const), value: fc.option(fc.uint8Array({ maxLength: 9000 })) }),
);

Deno.test("WireReader reads what WireWriter wrote, in old and in flexible versions, in one piece and in parts", () => {
  fc.assert(fc.property(fc.array(item), fc.boolean(), (items, flexible) => {
    const write = (to: WireWriter) => {
      to.flexible = flexible;
      for (const { type, value } of items) to[type === "varlong" ? "varint" : type](value as never);
      return to;
    };
    const whole = write(new WireWriter(1)).take();
    const writer = write(new WireWriter());
    assert.equal(writer.length, whole.length);
    assert.deepEqual(writer.parts().flatMap((part) => [...part]), [...whole]);
    const reader = new WireReader(whole);
    reader.flexible = flexible;
    for (const { type, value } of items) assert.deepEqual(reader[type](), value);
    assert.equal(reader.left, 0);
  }));
});

Deno.test("WireReader never reads past the end, whatever the bytes say", () => {
  const types = [
    "int8",
    "int16",
    "int32",
    "int64",
    "uvarint",
    "varint",
    "varlong",
    "string",
    "bytes",
    "count",
  ] as const;
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.constantFrom(...types)),
      fc.boolean(),
      (bytes, reads, flexible) => {
        const reader = new WireReader(bytes);
        reader.flexible = flexible;
        try {
          for (const type of reads) reader[type]();
        } catch (error) {
          assert.ok(isTinmanError(error, "PROTOCOL"), String(error));
        }
        assert.ok(reader.at <= bytes.length);
      },
    ),
  );
});

Deno.test("WireReader.count() refuses a list that is longer than what is left", () => {
  const reader = new WireReader(Uint8Array.of(0, 0, 0, 5, 1, 2, 3, 4));
  assert.throws(
    () => reader.count(),
    (error) => isTinmanError(error, "PROTOCOL") && /a list of 5 items in 4 bytes/.test(error.message),
  );
});
