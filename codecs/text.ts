import { type Codec, codecFailure, type CodecKind, unfitError } from "tinman/codec";

/** Text as UTF-8. A string with half a surrogate pair has no UTF-8 and is an error, never a replacement character. */
export function text(): Codec<string> {
  return codec;
}

const encoder = new TextEncoder();
// A byte order mark is a character like any other: what was written comes back.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const codec: Codec<string> = {
  id: "text",
  version: 1,
  encode(value) {
    if (typeof value !== "string") throw unfitError("text", value, { expected: "text" });
    if (!value.isWellFormed()) {
      throw unfitError("text", value, { expected: "whole characters, this has half a surrogate pair" });
    }
    return encoder.encode(value);
  },
  decode(bytes) {
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw codecFailure("text", { direction: "decode", cause });
    }
  },
};

/** Brings {@linkcode text} back from a header. */
export const textKind: CodecKind = { id: "text", version: 1, revive: text };
