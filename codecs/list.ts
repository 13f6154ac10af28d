import { type Codec, codecFailure, type CodecKind, headerOf, unfitError } from "tinman/codec";
import { decodeParts, encodeParts } from "./_parts.ts";

/** An array of any length, each item by the codec `item`. For many numbers `ndarray()` is smaller and far faster. */
export function list<T>(item: Codec<T>): Codec<T[]> {
  return {
    id: "list",
    version: 1,
    params: { item: headerOf(item) },
    encode(value) {
      const parts: Uint8Array[] = [];
      let i = -1;
      try {
        if (!Array.isArray(value)) throw unfitError("list", value, { expected: "an array" });
        for (i = 0; i < value.length; i++) parts.push(item.encode(value[i] as T));
      } catch (cause) {
        throw codecFailure("list", { direction: "encode", cause, at: i < 0 ? "" : `[${i}]` });
      }
      return encodeParts(parts);
    },
    decode(bytes) {
      const items: T[] = [];
      let i = -1;
      try {
        const parts = decodeParts(bytes);
        for (i = 0; i < parts.length; i++) {
          const part = parts[i];
          if (part === undefined) throw new RangeError("the item is missing");
          items.push(item.decode(part));
        }
        return items;
      } catch (cause) {
        throw codecFailure("list", { direction: "decode", cause, at: i < 0 ? "" : `[${i}]` });
      }
    },
  };
}

/** Brings {@linkcode list} back from a header. */
export const listKind: CodecKind = {
  id: "list",
  version: 1,
  revive({ params }, revive) {
    try {
      return list(revive((params as { item?: unknown } | undefined)?.item));
    } catch (cause) {
      throw codecFailure("list", { direction: "revive", cause });
    }
  },
};
