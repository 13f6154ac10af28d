/**
 * Eight tables of 256 entries for the Castagnoli polynomial: entry `k·256 + byte` is what a byte does to the checksum from
 * `k` bytes away ("slicing by eight", Kounavis & Berry 2005).
 */
const table = makeTables();

/** CRC-32C (Castagnoli; RFC 3720 appendix B.4) of `bytes`, going on from the checksum of what stands before them. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  const { length } = bytes;
  let at = 0;
  for (; at + 8 <= length; at += 8) {
    crc = table[1792 + (bytes[at]! ^ crc & 0xff)]! ^
      table[1536 + (bytes[at + 1]! ^ crc >>> 8 & 0xff)]! ^
      table[1280 + (bytes[at + 2]! ^ crc >>> 16 & 0xff)]! ^
      table[1024 + (bytes[at + 3]! ^ crc >>> 24)]! ^
      table[768 + bytes[at + 4]!]! ^
      table[512 + bytes[at + 5]!]! ^
      table[256 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!;
  }
  for (; at < length; at++) crc = table[(crc ^ bytes[at]!) & 0xff]! ^ crc >>> 8;
  return ~crc >>> 0;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0x82f63b78 ^ crc >>> 1 : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = tables[before & 0xff]! ^ before >>> 8;
  }
  return tables;
}
