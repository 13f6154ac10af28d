import { gzipSync } from "node:zlib";
import { crc32c } from "../../src/bytes/mod.ts";
import { writeBatch } from "../../src/broker/protocol/records.ts";

/** Small batches whose content is said to be, or becomes, a gigabyte; by the number of their compression. */
export function bombs(): readonly (readonly [name: string, batch: Uint8Array])[] {
  const member = gzipSync(new Uint8Array(2 ** 24));
  return [
    ["gzip", compressed(1, repeat(member, 60))],
    ["snappy that lies", compressed(2, Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x04, 0, 0))],
    ["snappy in many blocks", compressed(2, concat(XERIAL_HEAD, repeat(snappyBlock(2 ** 19), 30), snappyLie()))],
    ["lz4", compressed(3, concat(LZ4_HEAD, repeat(lz4Block(), 60)))],
    ["zstd", compressed(4, concat(ZSTD_HEAD, repeat(ZSTD_BLOCK, 8192)))],
  ];
}

/** A batch that says this of its content, with a checksum that is right. */
export function compressed(compression: number, content: Uint8Array): Uint8Array {
  const head = writeBatch([{ value: new Uint8Array(), key: null, headers: [], timestampMs: 1 }]).subarray(0, 61);
  return sealed(concat(head, content), (view) => view.setInt16(21, compression));
}

/** A batch that was changed and whose length and checksum are right again. */
export function sealed(batch: Uint8Array, change: (view: DataView) => void): Uint8Array {
  const bytes = batch.slice();
  const view = new DataView(bytes.buffer);
  view.setInt32(8, bytes.length - 12);
  change(view);
  view.setUint32(17, crc32c(bytes.subarray(21)));
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const XERIAL_HEAD = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1);

/** One literal, then copies of 64 bytes from one byte before. */
function snappyBlock(length: number): Uint8Array {
  const copies = (length - 1) / 64 | 0;
  const real = 1 + copies * 64;
  const block = concat(
    Uint8Array.of(real & 127 | 128, real >> 7 & 127 | 128, real >> 14),
    Uint8Array.of(0, 7),
    repeat(Uint8Array.of(0xfe, 1, 0), copies),
  );
  const head = new Uint8Array(4);
  new DataView(head.buffer).setInt32(0, block.length);
  return concat(head, block);
}

const snappyLie = () => Uint8Array.of(0, 0, 0, 7, 0x80, 0x80, 0x80, 0x80, 0x04, 0, 0);

/** Version 1, blocks of up to 4 MiB that stand alone; the byte behind them is the checksum of these two. */
const LZ4_HEAD = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73);

/** One literal, then a copy of nearly 4 MiB from one byte before, and five literals, as the format wants it. */
function lz4Block(): Uint8Array {
  const more = 16_000;
  const block = concat(
    Uint8Array.of(0x1f, 7, 1, 0),
    repeat(Uint8Array.of(255), more),
    Uint8Array.of(0, 0x50, 1, 2, 3, 4, 5),
  );
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, block.length, true);
  return concat(head, block);
}

/** A window of 128 KiB and no length; then blocks of 128 KiB that are one byte each. */
const ZSTD_HEAD = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38);
const ZSTD_BLOCK = Uint8Array.of(0x02, 0x00, 0x10, 0x41);

function repeat(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times);
  for (let i = 0; i < times; i++) all.set(bytes, i * bytes.length);
  return all;
}
