import { constants, zstdCompressSync, zstdDecompressSync, type ZstdOptions } from "node:zlib";

// On telemetry level 3 took up to twice as long, for as many bytes.
const LEVEL = 1;

/** A Zstandard frame (RFC 8878) of these bytes. It says how long they are, which some readers ask for. */
export function compressZstd(bytes: Uint8Array): Uint8Array {
  const options: ZstdOptions & { readonly pledgedSrcSize: number } = {
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
    pledgedSrcSize: bytes.length,
  };
  return zstdCompressSync(bytes, options);
}

/** The content of a Zstandard frame, at most `maxBytes`; a damaged or a longer one is a `RangeError`. */
export function decompressZstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, maxBytes) });
  } catch (cause) {
    throw new RangeError(`Cannot decompress ${bytes.length} bytes of zstd into ${maxBytes}`, { cause });
  }
}
