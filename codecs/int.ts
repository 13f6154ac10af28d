import { allocateBytes, type Codec, codecError, codecFailure, type CodecKind, unfitError } from "tinman/codec";
import { readInt, writeInt } from "./_numbers.ts";

/** Options for {@linkcode int}. */
export interface IntOptions<Big extends boolean = boolean> {
  /** Take and give `bigint`s, for the whole range of 64 bits. @default {false} */
  readonly bigint?: Big;
}

/**
 * A whole number in 64 bits, signed, little-endian. Numbers go up to ±(2^53 − 1); what is beyond is an error in both
 * directions, never rounded: `int({ bigint: true })` takes it. Minus zero comes back as zero.
 */
export function int(options?: IntOptions<false>): Codec<number>;
/** The same for `bigint`s from −2^63 to 2^63 − 1. */
export function int(options: IntOptions<true>): Codec<bigint>;
export function int({ bigint = false }: IntOptions = {}): Codec<number> | Codec<bigint> {
  return bigint ? bigintCodec : numberCodec;
}

const numberCodec: Codec<number> = {
  id: "int",
  version: 1,
  encode(value) {
    if (!Number.isSafeInteger(value)) {
      const hint = "int({ bigint: true }) takes all 64 bits, float() takes fractions";
      throw unfitError("int", value, { expected: "a whole number up to 2^53 - 1", hint });
    }
    const bytes = allocateBytes(8);
    writeInt(new DataView(bytes.buffer, bytes.byteOffset), 0, value);
    return bytes;
  },
  decode(bytes) {
    try {
      return readInt(viewOf(bytes), 0);
    } catch (cause) {
      throw codecFailure("int", { direction: "decode", cause });
    }
  },
};

const bigintCodec: Codec<bigint> = {
  id: "int",
  version: 1,
  params: { bigint: true },
  encode(value) {
    if (typeof value !== "bigint" || BigInt.asIntN(64, value) !== value) {
      throw unfitError("int", value, { expected: "a bigint of 64 bits" });
    }
    const bytes = allocateBytes(8);
    new DataView(bytes.buffer, bytes.byteOffset).setBigInt64(0, value, true);
    return bytes;
  },
  decode: (bytes) => viewOf(bytes).getBigInt64(0, true),
};

function viewOf(bytes: Uint8Array): DataView {
  if (bytes.length !== 8) {
    throw codecError("int", `Cannot decode: got ${bytes.length} bytes, expected 8`, { direction: "decode" });
  }
  return new DataView(bytes.buffer, bytes.byteOffset);
}

/** Brings {@linkcode int} back from a header. */
export const intKind: CodecKind = {
  id: "int",
  version: 1,
  revive({ params }) {
    const { bigint = false } = (params ?? {}) as IntOptions;
    if (typeof bigint !== "boolean") throw codecError("int", "Cannot revive: bigint is neither true nor false");
    return bigint ? bigintCodec : numberCodec;
  },
};
