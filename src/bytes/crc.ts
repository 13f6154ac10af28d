import { crc32 as zlibCrc32 } from "node:zlib";

/** CRC-32 (IEEE 802.3, as in zip) of `bytes`, going on from the checksum `previous` of what stands before them. */
export function crc32(bytes: Uint8Array, previous = 0): number {
  return zlibCrc32(bytes, previous);
}
