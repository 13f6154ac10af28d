/**
 * The contract between values and bytes. A codec is named in the first frame of a channel and looked up in a registry
 * when the channel is read; no code is ever stored in a log, and none is run from one.
 *
 * @example A codec of your own
 * ```ts
 * import { type Codec, CodecRegistry } from "tinman/codec";
 *
 * const flag: Codec<boolean> = {
 *   id: "example.flag",
 *   version: 1,
 *   encode: (value) => Uint8Array.of(value ? 1 : 0),
 *   decode: (bytes) => bytes[0] === 1,
 * };
 * const registry = new CodecRegistry([{ id: flag.id, version: 1, revive: () => flag }]);
 * registry.revive({ codec: "example.flag", version: 1 }).decode(Uint8Array.of(1)); // true
 * ```
 * @module
 */
export type { Codec, CodecHeader, CodecKind, CodecValue, Decoded } from "./codec.ts";
export { codecFailure, describeValue, unfitError } from "./failure.ts";
export { codecError, CodecRegistry, headerOf } from "./registry.ts";
export { type ChannelHeader, decodeHeader, encodeHeader } from "./header.ts";
export { decodeMsgpack } from "./msgpack_decode.ts";
export { encodeMsgpack } from "./msgpack_encode.ts";
export * from "../bytes/mod.ts";
export {
  catalogue,
  closest,
  didYouMean,
  type ErrorCode,
  type ErrorDetails,
  type ErrorEntry,
  findEntry,
  isTinmanError,
  TinmanError,
  type TinmanErrorOptions,
} from "../errors/mod.ts";
