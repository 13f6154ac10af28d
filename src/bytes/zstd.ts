import { zstdDecompressSync } from "node:zlib";

/** The content of a Zstandard frame (RFC 8878), at most `maxBytes`; a damaged or a longer one is a `RangeError`. */
export function decompressZstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, maxBytes) });
  } catch (cause) {
    throw new RangeError(`Cannot decompress ${bytes.length} bytes of zstd into ${maxBytes}`, { cause });
  }
}
