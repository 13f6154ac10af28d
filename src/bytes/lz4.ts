import { ByteReader } from "./reader.ts";

/*
 * LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md):
 *
 *   frame    = 04 22 4d 18 flags:u8 block:u8 [size:u64] [dictionary:u32] check:u8 (length:u32 data [crc:u32])… 0:u32 [crc:u32]
 *   data     = bytes as they are when bit 31 of the length is set, else sequences
 *   sequence = token:u8 [more literals:u8…] literals [offset:u16 [more match:u8…]]
 */
const MAGIC = 0x184d2204;

/** The content of LZ4 frames, at most `maxBytes`; damaged or longer ones are a `RangeError`. Checksums are not looked at. */
export function decompressLz4(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const reader = new ByteReader(bytes);
  const out = new Uint8Array(maxBytes);
  let used = 0;
  while (reader.left > 0) {
    if (reader.u32() !== MAGIC) throw new RangeError("Cannot decompress lz4: no frame begins here");
    const flags = reader.u8();
    if (flags >> 6 !== 1) throw new RangeError("Cannot decompress lz4: the frame is of another version");
    const [blockCrc, size, crc, dictionary] = [flags & 0x10, flags & 0x08, flags & 0x04, flags & 0x01];
    reader.bytes(1 + (size ? 8 : 0) + (dictionary ? 4 : 0) + 1);
    for (let length = reader.u32(); length !== 0; length = reader.u32()) {
      const block = reader.bytes(length & 0x7fffffff);
      used = length >>> 31 === 1 ? copy(block, out, used) : decompressBlock(block, out, used);
      if (blockCrc) reader.u32();
    }
    if (crc) reader.u32();
  }
  return out.subarray(0, used);
}

function copy(block: Uint8Array, out: Uint8Array, used: number): number {
  if (used + block.length > out.length) throw tooLong(out);
  out.set(block, used);
  return used + block.length;
}

function decompressBlock(block: Uint8Array, out: Uint8Array, used: number): number {
  const reader = new ByteReader(block);
  while (reader.left > 0) {
    const token = reader.u8();
    used = copy(reader.bytes(readLength(reader, token >> 4)), out, used);
    // The last sequence of a block has no match.
    if (reader.left === 0) break;
    const from = used - reader.u16();
    const length = readLength(reader, token & 15) + 4;
    if (from < 0 || from === used) throw new RangeError("Cannot decompress lz4: a match begins outside the content");
    if (used + length > out.length) throw tooLong(out);
    // Byte by byte where source and target overlap: what was just written is read again.
    if (from + length <= used) out.copyWithin(used, from, from + length);
    else for (let i = 0; i < length; i++) out[used + i] = out[from + i]!;
    used += length;
  }
  return used;
}

function readLength(reader: ByteReader, first: number): number {
  let length = first;
  if (first < 15) return length;
  for (let more = 255; more === 255;) length += more = reader.u8();
  return length;
}

function tooLong(out: Uint8Array): RangeError {
  return new RangeError(`Cannot decompress lz4: the content is longer than ${out.length} bytes`);
}
