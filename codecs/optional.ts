import { allocateBytes, type Codec, codecFailure, type CodecKind, headerOf } from "tinman/codec";

/**
 * A value or `undefined`. The first byte says where the value begins: 0 for none, then 8 bytes in all; 8 when the
 * value's length is a multiple of 8, so that an array in it can be read as a view; 1 otherwise.
 */
export function optional<T>(item: Codec<T>): Codec<T | undefined> {
  return {
    id: "optional",
    version: 1,
    params: { item: headerOf(item) },
    encode(value) {
      if (value === undefined) return allocateBytes(8);
      try {
        const inner = item.encode(value);
        const start = inner.length % 8 === 0 ? 8 : 1;
        const bytes = allocateBytes(start + inner.length);
        bytes[0] = start;
        bytes.set(inner, start);
        return bytes;
      } catch (cause) {
        throw codecFailure("optional", { direction: "encode", cause });
      }
    },
    decode(bytes) {
      try {
        const start = bytes[0];
        if (start === 0 && bytes.length === 8) return undefined;
        if ((start !== 1 && start !== 8) || bytes.length < start) {
          throw new RangeError(`${bytes.length} bytes begin with ${start}, expected 8 with 0, or 1 or 8`);
        }
        return item.decode(bytes.subarray(start));
      } catch (cause) {
        throw codecFailure("optional", { direction: "decode", cause });
      }
    },
  };
}

/** Brings {@linkcode optional} back from a header. */
export const optionalKind: CodecKind = {
  id: "optional",
  version: 1,
  revive({ params }, revive) {
    try {
      return optional(revive((params as { item?: unknown } | undefined)?.item));
    } catch (cause) {
      throw codecFailure("optional", { direction: "revive", cause });
    }
  },
};
