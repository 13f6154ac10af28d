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
import { floatKind } from "./float.ts";
import { intKind } from "./int.ts";
import { jsonKind } from "./json.ts";
import { msgpackKind } from "./msgpack.ts";
import { textKind } from "./text.ts";

export * from "./bool.ts";
export * from "./bytes.ts";
export * from "./float.ts";
export * from "./int.ts";
export * from "./json.ts";
export * from "./msgpack.ts";
export * from "./text.ts";

/** The kinds of all codecs that come with tinman. */
export const builtinKinds: readonly CodecKind[] = [
  boolKind,
  bytesKind,
  floatKind,
  intKind,
  jsonKind,
  msgpackKind,
  textKind,
];

/** A registry of all codecs that come with tinman, for more to be added. */
export function builtinRegistry(): CodecRegistry {
  return new CodecRegistry(builtinKinds);
}
