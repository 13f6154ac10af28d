import { allocateBytes, type Codec, codecError, type CodecKind, unfitError } from "tinman/codec";

/** A number as a 64-bit float (IEEE 754), little-endian. NaN comes back as NaN, its payload bits may differ. */
export function float(): Codec<number> {
  return codec;
}

const codec: Codec<number> = {
  id: "float",
  version: 1,
  encode(value) {
    if (typeof value !== "number") throw unfitError("float", value, { expected: "a number" });
    const bytes = allocateBytes(8);
    new DataView(bytes.buffer, bytes.byteOffset).setFloat64(0, value, true);
    return bytes;
  },
  decode(bytes) {
    if (bytes.length !== 8) {
      throw codecError("float", `Cannot decode: got ${bytes.length} bytes, expected 8`, { direction: "decode" });
    }
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
  },
};

/** Brings {@linkcode float} back from a header. */
export const floatKind: CodecKind = { id: "float", version: 1, revive: float };
