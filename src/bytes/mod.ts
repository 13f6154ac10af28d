/**
 * Bytes in and out: a checked reader, a growing writer, checksums.
 *
 * @example There and back
 * ```ts
 * import { ByteReader, ByteWriter } from "tinman/codec";
 *
 * const bytes = new ByteWriter().u32(7).varint(300).take();
 * const reader = new ByteReader(bytes);
 * [reader.u32(), reader.varint()]; // [7, 300]
 * ```
 * @module
 */
export { ByteReader, checkLimit } from "./reader.ts";
export { allocateBytes, copyBytes } from "./slab.ts";
export { decodeUtf8, encodeUtf8 } from "./utf8.ts";
export { ByteWriter } from "./writer.ts";
export { crc32 } from "./crc.ts";
export { crc32c } from "./crc32c.ts";
export { decompressLz4 } from "./lz4.ts";
export { compressZstd, decompressZstd } from "./zstd.ts";
