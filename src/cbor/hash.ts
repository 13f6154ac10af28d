import { hash } from "node:crypto";
import { withEncoded } from "./encode.ts";

/**
 * What identifies a value: the SHA-256 of its deterministic CBOR, 64 hexadecimal digits. Equal values have the same one
 * in every process, on every machine and in every version, see {@linkcode encodeCbor}.
 *
 * @throws {TinmanError} `CODEC` with the place of what has no such form, such as a function.
 */
export function contentHash(value: unknown): string {
  return withEncoded(value, {}, (bytes) => hash("sha256", bytes, "hex"));
}
