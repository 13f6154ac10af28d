import { type Codec, type CodecKind, unfitError } from "tinman/codec";

/** Bytes as they are: neither direction copies, so the result of `encode` is the very array that was given. */
export function bytes(): Codec<Uint8Array> {
  return codec;
}

const codec: Codec<Uint8Array> = {
  id: "bytes",
  version: 1,
  encode(value) {
    if (!ArrayBuffer.isView(value) || !(value instanceof Uint8Array)) {
      throw unfitError("bytes", value, { expected: "a Uint8Array" });
    }
    return value;
  },
  decode: (bytes) => bytes,
};

/** Brings {@linkcode bytes} back from a header. */
export const bytesKind: CodecKind = { id: "bytes", version: 1, revive: bytes };
