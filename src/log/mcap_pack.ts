import { Buffer } from "node:buffer";
import { compressZstd, crc32 } from "../bytes/mod.ts";
import { viewOf } from "./frame.ts";
import type { Block } from "./index.ts";
import { CHUNK_HEADER_BYTES, Op, RECORD_HEADER_BYTES } from "./mcap_format.ts";

/** A chunk as it goes into a file. */
export interface PackedChunk {
  /** Its bytes, in parts. */
  readonly parts: readonly Uint8Array[];
  /** The times of its messages. */
  readonly block: Block;
  /** In the words of MCAP. */
  readonly compression: "" | "zstd";
  /** Bytes of its records. */
  readonly size: number;
  /** Bytes that these take in the file. */
  readonly storedSize: number;
}

// To compress takes the memory of the records once or twice more, and the time of whoever writes.
const MAX_COMPRESSED_BYTES = 64 * 1024 * 1024;

/**
 * Makes a chunk of `parts`, which are room for its header and then its records. It is written as it stands, or, with
 * `compress`, with zstd where that makes it smaller; then the parts stay as they are.
 */
export function packChunk(parts: readonly Uint8Array[], block: Block, compress: boolean): PackedChunk {
  const [first, ...more] = parts as [Uint8Array, ...Uint8Array[]];
  const records = [first.subarray(CHUNK_HEADER_BYTES), ...more];
  const size = records.reduce((sum, { length }) => sum + length, 0);
  const crc = records.reduce((before, each) => crc32(each, before), 0);
  const packed = compress && size <= MAX_COMPRESSED_BYTES ? tryCompress(records, size) : undefined;
  if (packed === undefined) {
    putChunkHeader(first, { block, size, crc, compression: "", storedSize: size });
    return { parts, block, compression: "", size, storedSize: size };
  }
  const compression = "zstd";
  const head = new Uint8Array(CHUNK_HEADER_BYTES + compression.length);
  putChunkHeader(head, { block, size, crc, compression, storedSize: packed.length });
  return { parts: [head, packed], block, compression, size, storedSize: packed.length };
}

/** The records compressed; undefined when the chunk would not be smaller. */
function tryCompress(records: readonly Uint8Array[], size: number): Uint8Array | undefined {
  const packed = compressZstd(records.length === 1 ? records[0]! : Buffer.concat(records, size));
  return packed.length + "zstd".length < size ? packed : undefined;
}

function putChunkHeader(
  into: Uint8Array,
  { block, size, crc, compression, storedSize }: Omit<PackedChunk, "parts"> & { readonly crc: number },
): void {
  const view = viewOf(into);
  const headerBytes = CHUNK_HEADER_BYTES + compression.length;
  view.setUint8(0, Op.chunk);
  view.setBigUint64(1, BigInt(headerBytes - RECORD_HEADER_BYTES + storedSize), true);
  view.setBigUint64(9, block.firstNs, true);
  view.setBigUint64(17, block.lastNs, true);
  view.setBigUint64(25, BigInt(size), true);
  view.setUint32(33, crc, true);
  view.setUint32(37, compression.length, true);
  for (let i = 0; i < compression.length; i++) view.setUint8(41 + i, compression.charCodeAt(i));
  view.setBigUint64(headerBytes - 8, BigInt(storedSize), true);
}
