import { allocateBytes, type Codec, codecError, type CodecKind, unfitError } from "tinman/codec";

/** True or false in one byte, 1 or 0. */
export function bool(): Codec<boolean> {
  return codec;
}

const codec: Codec<boolean> = {
  id: "bool",
  version: 1,
  encode(value) {
    if (typeof value !== "boolean") throw unfitError("bool", value, { expected: "true or false" });
    const bytes = allocateBytes(1);
    if (value) bytes[0] = 1;
    return bytes;
  },
  decode(bytes) {
    if (bytes.length === 1 && bytes[0]! <= 1) return bytes[0] === 1;
    const found = bytes.length === 1 ? `the byte ${bytes[0]}` : `${bytes.length} bytes`;
    throw codecError("bool", `Cannot decode: got ${found}, expected one byte, 0 or 1`, { direction: "decode" });
  },
};

/** Brings {@linkcode bool} back from a header. */
export const boolKind: CodecKind = { id: "bool", version: 1, revive: bool };
