import { type Codec, type CodecKind, decodeMsgpack, encodeMsgpack } from "tinman/codec";

/**
 * Plain data as MessagePack: the codec to take when in doubt. Everything comes back as it was: `NaN`, minus zero, bigints
 * (from 64-bit integers, so that those of other writers are bigints too), dates, and a `Uint8Array` as a view into the
 * frame. A class comes back as its fields, a field that is `undefined` is left out. An error, not a silent change, are
 * maps, sets, typed arrays, functions, `undefined` elsewhere, a field called `__proto__` and more than 256 levels.
 */
export function msgpack<T = unknown>(): Codec<T> {
  return codec as Codec<unknown> as Codec<T>;
}

const codec: Codec<unknown> = { id: "msgpack", version: 1, encode: encodeMsgpack, decode: decodeMsgpack };

/** Brings {@linkcode msgpack} back from a header. */
export const msgpackKind: CodecKind = { id: "msgpack", version: 1, revive: () => msgpack() };
