import { type Codec, codecFailure, type CodecKind, decodeUtf8, encodeUtf8, unfitError } from "tinman/codec";

/** Text as UTF-8. A string with half a surrogate pair has no UTF-8 and is an error, never a replacement character. */
export function text(): Codec<string> {
  return codec;
}

const codec: Codec<string> = {
  id: "text",
  version: 1,
  encode(value) {
    if (typeof value !== "string") throw unfitError("text", value, { expected: "text" });
    try {
      return encodeUtf8(value);
    } catch {
      throw unfitError("text", value, { expected: "whole characters, this has half a surrogate pair" });
    }
  },
  decode(bytes) {
    try {
      return decodeUtf8(bytes);
    } catch (cause) {
      throw codecFailure("text", { direction: "decode", cause });
    }
  },
};

/** Brings {@linkcode text} back from a header. */
export const textKind: CodecKind = { id: "text", version: 1, revive: text };
