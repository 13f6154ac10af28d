/**
 * How messages cross to a process: each is its length in 32 bits, little-endian, then its value in MessagePack
 * (https://github.com/msgpack/msgpack/blob/master/spec.md), only the forms that plain data needs. The other end may be
 * hostile: no length is believed before the bytes are there, nesting is limited, and no field is called `__proto__`.
 *
 * The bytes are those of `src/codec`. That one cannot be used here, since a worker without any permission loads no modules
 * but the plugin's own: both halves are handed to it as text.
 */
export { createWireReader, type WireReader } from "./wire_reader.ts";
export { createWireWriter, type WireWriter } from "./wire_writer.ts";

/** What is wrong with a message. */
export interface WireError extends Error {
  readonly name: "WireError";
  readonly code: "TOO_LARGE" | "CODEC";
  /** Where in the message, such as `[3][0].legs`; empty where that is not known. */
  readonly at: string;
}

/** Whether something thrown is a {@linkcode WireError}. */
export function isWireError(error: unknown): error is WireError {
  return error instanceof Error && error.name === "WireError";
}

/** Longest message from a plugin. */
export const MAX_FROM_GUEST_BYTES = 16 * 1024 * 1024;

/** Longest message to a plugin. There may be many values in one, and they are there already. */
export const MAX_TO_GUEST_BYTES = 256 * 1024 * 1024;
