import { gunzipSync } from "node:zlib";
import { uncompress } from "snappyjs";
import { decompressLz4, decompressZstd } from "../../bytes/mod.ts";
import { protocolError } from "./protocol_error.ts";
import { ATTRIBUTES, BATCH_HEADER, COMPRESSIONS, type RecordBatch } from "./record_batch.ts";

/**
 * The content of a batch as records lie in it: decompressed, and never more than `maxBytes`.
 *
 * @throws {TinmanError} `PROTOCOL` for a content that cannot be decompressed or is longer.
 */
export function contentOf(batch: RecordBatch, maxBytes: number): Uint8Array {
  const content = batch.bytes.subarray(BATCH_HEADER);
  const compression = COMPRESSIONS[batch.attributes & ATTRIBUTES.compression];
  try {
    switch (compression) {
      case "none":
        return content;
      case "gzip":
        return gunzipSync(content, { maxOutputLength: maxBytes });
      case "snappy":
        return decompressSnappy(content, maxBytes);
      case "lz4":
        return decompressLz4(content, maxBytes);
      case "zstd":
        return decompressZstd(content, maxBytes);
    }
  } catch (cause) {
    throw protocolError(`a batch whose ${compression} content cannot be decompressed into ${maxBytes} bytes`, cause);
  }
  throw protocolError(`a batch with compression ${batch.attributes & ATTRIBUTES.compression}`);
}

/** How the Java client frames Snappy: 16 bytes of head, then blocks of `int32 length ‖ raw Snappy`. */
const XERIAL = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0);

function decompressSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (!XERIAL.every((byte, i) => bytes[i] === byte)) return uncompress(bytes, maxBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Uint8Array[] = [];
  let left = maxBytes;
  for (let at = 16; at < bytes.length;) {
    const length = view.getInt32(at);
    if (length < 0 || length > bytes.length - at - 4) throw new RangeError(`a block of ${length} bytes at ${at}`);
    const block = uncompress(bytes.subarray(at + 4, at + 4 + length), left);
    left -= block.length;
    blocks.push(block);
    at += 4 + length;
  }
  const all = new Uint8Array(maxBytes - left);
  let at = 0;
  for (const block of blocks) {
    all.set(block, at);
    at += block.length;
  }
  return all;
}
