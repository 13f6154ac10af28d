/**
 * The codecs that come with tinman. Each is a function that makes a codec, and a kind that brings it back from a log.
 *
 * @example A list of texts, there and back
 * ```ts
 * import { list, text } from "tinman/codecs";
 *
 * const words = list(text());
 * words.decode(words.encode(["red", "green"])); // ["red", "green"]
 * ```
 * @module
 */
import { type CodecKind, CodecRegistry } from "tinman/codec";
import { boolKind } from "./bool.ts";
import { bytesKind } from "./bytes.ts";
import { dictKind } from "./dict.ts";
import { floatKind } from "./float.ts";
import { huffmanKind } from "./huffman.ts";
import { intKind } from "./int.ts";
import { jsonKind } from "./json.ts";
import { listKind } from "./list.ts";
import { msgpackKind } from "./msgpack.ts";
import { ndarrayKind } from "./ndarray.ts";
import { ndarrayPyKind } from "./ndarray_py.ts";
import { optionalKind } from "./optional.ts";
import { protobufKind } from "./protobuf.ts";
import { structKind } from "./struct.ts";
import { tableKind } from "./table.ts";
import { textKind } from "./text.ts";
import { tupleKind } from "./tuple.ts";

export * from "./bool.ts";
export * from "./bytes.ts";
export * from "./dict.ts";
export * from "./float.ts";
export * from "./huffman.ts";
export * from "./int.ts";
export * from "./json.ts";
export * from "./list.ts";
export * from "./msgpack.ts";
export * from "./ndarray.ts";
export * from "./ndarray_py.ts";
export * from "./optional.ts";
export * from "./protobuf.ts";
export * from "./struct.ts";
export * from "./table.ts";
export * from "./text.ts";
export * from "./tuple.ts";

/** The kinds of all codecs that come with tinman. */
export const builtinKinds: readonly CodecKind[] = [
  boolKind,
  bytesKind,
  dictKind,
  floatKind,
  huffmanKind,
  intKind,
  jsonKind,
  listKind,
  msgpackKind,
  ndarrayKind,
  ndarrayPyKind,
  optionalKind,
  protobufKind,
  structKind,
  tableKind,
  textKind,
  tupleKind,
];

/** A registry of all codecs that come with tinman, for more to be added. */
export function builtinRegistry(): CodecRegistry {
  return new CodecRegistry(builtinKinds);
}
