/**
 * Values ↔ bytes in one form only: deterministic CBOR (RFC 8949, section 4.2.1). For hashes, signatures, caches.
 *
 * @example The order of fields does not count
 * ```ts
 * import { contentHash } from "tinman/reactive";
 *
 * contentHash({ a: 1, b: 2 }) === contentHash({ b: 2, a: 1 }); // true
 * ```
 * @module
 */
export { decodeCbor, type DecodeCborOptions } from "./decode.ts";
export { encodeCbor, type EncodeCborOptions } from "./encode.ts";
export { contentHash } from "./hash.ts";
