import { create as createMessage, createFileRegistry, type DescFile, type DescMessage } from "@bufbuild/protobuf";
import { fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type Codec, codecFailure, type CodecKind } from "tinman/codec";
import { checkMessage } from "./_protobuf_check.ts";

/** A schema that comes as data, such as from `buf build -o schema.binpb` or `protoc --descriptor_set_out`. */
export interface ProtobufSchema {
  /** The bytes of a `google.protobuf.FileDescriptorSet` with all imports. */
  readonly set: Uint8Array;
  /** The full name of the message, such as `sensors.v1.Reading`. */
  readonly message: string;
}

/** A message as `protoc-gen-es` 2 generates it, such as `ReadingSchema`. Name its type: `protobuf<Reading>(ReadingSchema)`. */
export interface GeneratedMessage {
  /** What tells it from enums and services. */
  readonly kind: "message";
  /** Its full name, such as `sensors.v1.Reading`. */
  readonly typeName: string;
}

/**
 * Messages of Protocol Buffers, by a schema that `protoc-gen-es` made or that comes as data. The schema stands in the
 * header, so that a reader needs no generated code; no code is made from it. Plain objects are taken as well as messages;
 * what comes back is a message, its bytes are views. Nesting goes 100 deep.
 *
 * The same message gives the same bytes, except that a map is written in the order in which its keys were added.
 */
export function protobuf<T = Record<string, unknown>>(schema: ProtobufSchema | GeneratedMessage): Codec<T> {
  const codec = "kind" in schema ? create(schema as DescMessage, pack(schema as DescMessage)) : unpack(schema);
  return codec as Codec<T>;
}

function create(desc: DescMessage, schema: ProtobufSchema): Codec<unknown> {
  return {
    id: "protobuf",
    version: 1,
    params: schema,
    encode(value) {
      try {
        checkMessage(desc, { value, at: "" });
        return toBinary(desc, createMessage(desc, value as MessageInitShape<DescMessage>));
      } catch (cause) {
        throw codecFailure("protobuf", { direction: "encode", cause });
      }
    },
    decode(bytes) {
      try {
        return fromBinary(desc, bytes);
      } catch (cause) {
        throw codecFailure("protobuf", { direction: "decode", cause });
      }
    },
  };
}

function pack(desc: DescMessage): ProtobufSchema {
  const file: FileDescriptorProto[] = [];
  const seen = new Set<string>();
  const add = ({ proto, dependencies }: DescFile): void => {
    if (seen.has(proto.name)) return;
    seen.add(proto.name);
    dependencies.forEach(add);
    file.push(proto);
  };
  add(desc.file);
  const set = toBinary(FileDescriptorSetSchema, createMessage(FileDescriptorSetSchema, { file }));
  return { set, message: desc.typeName };
}

function unpack({ set, message }: ProtobufSchema): Codec<unknown> {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, set));
  const desc = registry.getMessage(message);
  if (desc === undefined) throw new TypeError(`Cannot make a protobuf codec: the schema has no message ${message}`);
  return create(desc, { set, message });
}

/** Brings {@linkcode protobuf} back from a header. */
export const protobufKind: CodecKind = {
  id: "protobuf",
  version: 1,
  revive({ params }) {
    try {
      const { set, message } = (params ?? {}) as Partial<ProtobufSchema>;
      if (!(set instanceof Uint8Array) || typeof message !== "string") throw new TypeError("it has no set and message");
      // The params are a view into the header's frame, which may go.
      return unpack({ set: set.slice(), message });
    } catch (cause) {
      throw codecFailure("protobuf", { direction: "revive", cause });
    }
  },
};
