import assert from "node:assert/strict";
import { create, createFileRegistry, type DescMessage } from "@bufbuild/protobuf";
import { isMessage, toBinary } from "@bufbuild/protobuf";
import { FieldDescriptorProto_Label as Label, FieldDescriptorProto_Type as Type } from "@bufbuild/protobuf/wkt";
import { FileDescriptorSetSchema, Int32ValueSchema, StructSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { builtinRegistry } from "tinman/codecs";
import { headerOf } from "tinman/codec";
import { testCodec } from "tinman/testing";
import { protobuf, protobufKind } from "./protobuf.ts";

const field = (name: string, number: number, type: Type, options: object = {}) => ({
  ...{ name, number, type, label: Label.OPTIONAL },
  ...options,
});
const reading = {
  name: "Reading",
  field: [
    field("id", 1, Type.UINT32),
    field("place", 2, Type.STRING),
    field("samples", 3, Type.DOUBLE, { label: Label.REPEATED }),
    field("time_us", 4, Type.INT64),
    field("inner", 5, Type.MESSAGE, { typeName: ".demo.Reading" }),
    field("many", 6, Type.MESSAGE, { typeName: ".demo.Reading", label: Label.REPEATED }),
    field("at", 7, Type.MESSAGE, { typeName: ".google.protobuf.Timestamp" }),
    field("raw", 8, Type.BYTES),
    field("state", 9, Type.ENUM, { typeName: ".demo.State" }),
    field("tags", 10, Type.MESSAGE, { typeName: ".demo.Reading.TagsEntry", label: Label.REPEATED }),
    field("celsius", 11, Type.FLOAT, { oneofIndex: 0 }),
    field("fault", 12, Type.STRING, { oneofIndex: 0 }),
    field("extra", 13, Type.MESSAGE, { typeName: ".google.protobuf.Struct" }),
    field("limit", 14, Type.MESSAGE, { typeName: ".google.protobuf.Int32Value" }),
  ],
  nestedType: [{
    name: "TagsEntry",
    field: [field("key", 1, Type.STRING), field("value", 2, Type.SINT32)],
    options: { mapEntry: true },
  }],
  oneofDecl: [{ name: "result" }],
};
const set = create(FileDescriptorSetSchema, {
  file: [TimestampSchema.file.proto, StructSchema.file.proto, Int32ValueSchema.file.proto, {
    name: "demo.proto",
    package: "demo",
    syntax: "proto3",
    dependency: [TimestampSchema, StructSchema, Int32ValueSchema].map(({ file }) => file.proto.name),
    messageType: [reading],
    enumType: [{ name: "State", value: [{ name: "OFF", number: 0 }, { name: "ON", number: 1 }] }],
  }],
});
const desc: DescMessage = createFileRegistry(set).getMessage("demo.Reading")!;
const schema = { set: toBinary(FileDescriptorSetSchema, set), message: "demo.Reading" };

const full = {
  id: 7,
  place: "Grüße",
  samples: [1.5, NaN],
  timeUs: -(2n ** 63n),
  inner: { id: 1, many: [{ place: "deep" }] },
  many: [{}, { id: 2 }],
  at: { seconds: 5n, nanos: 1 },
  raw: Uint8Array.of(1, 2),
  state: 1,
  tags: { a: -1, "": 2 },
  result: { case: "celsius", value: 21.5 },
  extra: { a: [1, null, { b: true }] },
  limit: 5,
};

for (const [name, codec] of [["a descriptor", () => protobuf(desc)], ["a schema", () => protobuf(schema)]] as const) {
  testCodec<Record<string, unknown>>({
    name: `protobuf() by ${name}`,
    test: Deno.test,
    create: codec,
    kind: protobufKind,
    values: [{}, full, { result: { case: undefined } }, { result: { case: "fault", value: "" } }],
    assertEqual: (actual, expected) => {
      assert.ok(isMessage(actual));
      assert.deepEqual(toBinary(desc, actual), toBinary(desc, create(desc, expected)));
    },
    refused: [
      { value: { id: -1 }, message: /^Codec "protobuf": Cannot encode at \.id: got number -1, expected uint32$/ },
      {
        value: { inner: { many: [{}, { id: "7" }] } },
        message: /at \.inner\.many\[1\]\.id: got text "7", expected uint32/,
      },
      { value: { samples: [1, "x"] }, message: /at \.samples\[1\]: got text "x", expected double/ },
      { value: { samples: 5 }, message: /at \.samples: got number 5, expected an array/ },
      { value: { place: "half \ud800" }, message: /at \.place: / },
      { value: { timeUs: 2n ** 63n }, message: /at \.timeUs: got bigint 9223372036854775808n, expected int64/ },
      { value: { palce: "roof" }, message: /at \.palce: got text "roof", expected only id, place/ },
      { value: { state: 1.5 }, message: /at \.state: got number 1.5, expected a number of demo\.State/ },
      { value: { tags: { a: "x" } }, message: /at \.tags\.a: got text "x", expected sint32/ },
      { value: { result: { case: "nope", value: 1 } }, message: /at \.result\.case: .* expected celsius or fault/ },
      { value: { result: { case: "fault", value: 1 } }, message: /at \.result\.value: got number 1, expected string/ },
      { value: { at: create(StructSchema) }, message: /at \.at\.\$typeName: got text "google\.protobuf\.Struct"/ },
      { value: { limit: "x" }, message: /at \.limit: got text "x", expected int32/ },
      { value: { raw: "x" }, message: /at \.raw: got text "x", expected bytes/ },
      { value: 5, message: /got number 5, expected a message demo\.Reading/ },
    ],
  });
}

Deno.test("protobuf() by a descriptor stores its schema with all that it imports", () => {
  const revived = builtinRegistry().revive(headerOf(protobuf(desc)));
  assert.deepEqual(revived.encode(full), protobuf(desc).encode(full));
});

Deno.test("protobuf() refuses nesting beyond 100 levels and lengths beyond the end", () => {
  let nested = new Uint8Array();
  for (let i = 0; i < 110; i++) {
    const length = nested.length < 128 ? [nested.length] : [nested.length % 128 + 128, nested.length >> 7];
    nested = Uint8Array.of(/* inner */ 0x2a, ...length, ...nested);
  }
  assert.throws(() => protobuf(desc).decode(nested), /maximum recursion depth of 100/);
  assert.throws(() => protobuf(desc).decode(Uint8Array.of(0x2a, 0xff, 0xff, 0xff, 0x7f)), /Cannot decode/);
});

Deno.test("protobuf() says when the schema does not have the message", () => {
  assert.throws(() => protobuf({ ...schema, message: "demo.Nope" }), /the schema has no message demo\.Nope/);
});
