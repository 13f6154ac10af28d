import { Decoder, Encoder } from "@msgpack/msgpack";
import { type Codec, codecFailure, type CodecKind } from "tinman/codec";

/** Deepest nesting of arrays and maps, in both directions. */
const MAX_DEPTH = 256;

/**
 * Any value of plain data as MessagePack: the codec to take when in doubt.
 */
export function msgpack<T = unknown>(): Codec<T> {
  return codec as Codec<unknown> as Codec<T>;
}

const encoder = new Encoder({ maxDepth: MAX_DEPTH, useBigInt64: true });
const decoder = new Decoder({ useBigInt64: true });

const codec: Codec<unknown> = {
  id: "msgpack",
  version: 1,
  encode(value) {
    try {
      return encoder.encode(value);
    } catch (cause) {
      throw codecFailure("msgpack", { direction: "encode", cause });
    }
  },
  decode(bytes) {
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw codecFailure("msgpack", { direction: "decode", cause });
    }
  },
};

/** Brings {@linkcode msgpack} back from a header. */
export const msgpackKind: CodecKind = { id: "msgpack", version: 1, revive: () => msgpack() };
