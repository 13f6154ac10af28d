import { type Codec, codecFailure, type CodecKind, type CodecValue, headerOf, unfitError } from "tinman/codec";
import { decodeParts, encodeParts } from "./_parts.ts";

/** The values of a tuple of codecs, in order. */
export type TupleValue<C extends readonly Codec<unknown>[]> = { -readonly [I in keyof C]: CodecValue<C[I]> };

/** A fixed number of values, each by its own codec: `tuple(text(), int())`. More or fewer are an error. */
export function tuple<const C extends readonly Codec<unknown>[]>(...items: C): Codec<TupleValue<C>> {
  return create(items) as Codec<unknown> as Codec<TupleValue<C>>;
}

function create(items: readonly Codec<unknown>[]): Codec<readonly unknown[]> {
  return {
    id: "tuple",
    version: 1,
    params: { items: items.map(headerOf) },
    encode(value) {
      const parts: Uint8Array[] = [];
      let i = -1;
      try {
        if (!Array.isArray(value) || value.length !== items.length) {
          throw unfitError("tuple", value, { expected: `an array of ${items.length}` });
        }
        for (i = 0; i < items.length; i++) parts.push(items[i]!.encode(value[i]));
      } catch (cause) {
        throw codecFailure("tuple", { direction: "encode", cause, at: i < 0 ? "" : `[${i}]` });
      }
      return encodeParts(parts);
    },
    decode(bytes) {
      const values: unknown[] = [];
      let at = "";
      try {
        const parts = decodeParts(bytes);
        if (parts.length !== items.length) {
          throw new RangeError(`got ${parts.length} values, expected ${items.length}`);
        }
        for (const item of items) {
          at = `[${values.length}]`;
          const part = parts[values.length];
          if (part === undefined) throw new RangeError("the value is missing");
          values.push(item.decode(part));
        }
        return values;
      } catch (cause) {
        throw codecFailure("tuple", { direction: "decode", cause, at });
      }
    },
  };
}

/** Brings {@linkcode tuple} back from a header. */
export const tupleKind: CodecKind = {
  id: "tuple",
  version: 1,
  revive({ params }, revive) {
    try {
      const items = (params as { items?: unknown } | undefined)?.items;
      if (!Array.isArray(items)) throw new TypeError("items is not an array of headers");
      return create(items.map(revive));
    } catch (cause) {
      throw codecFailure("tuple", { direction: "revive", cause });
    }
  },
};
