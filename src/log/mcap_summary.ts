import { ByteWriter, crc32 } from "../bytes/mod.ts";
import { DATA_END_BYTES, MAGIC, METADATA_NAME, Op, putRecord, putText } from "./mcap_format.ts";
import type { PackedChunk } from "./mcap_pack.ts";

/** Where a chunk and the indexes of its messages are. */
export interface WrittenChunk {
  readonly at: number;
  readonly length: number;
  /** Bytes of the indexes behind it. */
  readonly indexLength: number;
  readonly offsets: readonly { readonly id: number; readonly offset: number }[];
}

/** What stands at the end of an MCAP file so that nobody has to read it from the beginning; collected while it grows. */
export class McapSummary {
  readonly #schemas = new ByteWriter();
  readonly #channels = new ByteWriter();
  readonly #metadata = new ByteWriter();
  readonly #chunkIndexes = new ByteWriter();
  #counts = { schemas: 0, channels: 0, metadata: 0, chunks: 0 };
  #firstNs: bigint | undefined;
  #lastNs = 0n;

  /** A schema or a channel, as its record stands in the data. */
  addRecord(kind: "schema" | "channel", record: Uint8Array): void {
    (kind === "schema" ? this.#schemas : this.#channels).bytes(record);
    this.#counts[kind === "schema" ? "schemas" : "channels"]++;
  }

  /** A record of ours that says what the recording is. */
  addMetadata(at: number, length: number): void {
    const out = this.#metadata;
    putRecord(out, Op.metadataIndex, () => {
      out.u64(BigInt(at)).u64(BigInt(length));
      putText(out, METADATA_NAME);
    });
    this.#counts.metadata++;
  }

  /** A chunk that is in the file now. */
  addChunk(chunk: Omit<PackedChunk, "parts">, { at, length, indexLength, offsets }: WrittenChunk): void {
    const { block: { firstNs, lastNs }, compression, size, storedSize } = chunk;
    const out = this.#chunkIndexes;
    putRecord(out, Op.chunkIndex, () => {
      out.u64(firstNs).u64(lastNs).u64(BigInt(at)).u64(BigInt(length)).u32(offsets.length * 10);
      for (const { id, offset } of offsets) out.u16(id).u64(BigInt(offset));
      out.u64(BigInt(indexLength));
      putText(out, compression);
      out.u64(BigInt(storedSize)).u64(BigInt(size));
    });
    this.#counts.chunks++;
    if (this.#firstNs === undefined || firstNs < this.#firstNs) this.#firstNs = firstNs;
    if (lastNs > this.#lastNs) this.#lastNs = lastNs;
  }

  /** All bytes from `last` to the end of the file. `crc` is that of the data in front of `at`. */
  end({ at, last, crc, tracks }: {
    readonly at: number;
    readonly last: Uint8Array;
    readonly crc: number;
    readonly tracks: readonly { readonly id: number; readonly frames: number }[];
  }): Uint8Array {
    const out = new ByteWriter(4096).bytes(last);
    putRecord(out, Op.dataEnd, () => out.u32(crc32(last, crc)));
    const summaryStart = last.length + DATA_END_BYTES;
    const groups = [
      [Op.schema, this.#schemas.view()],
      [Op.channel, this.#channels.view()],
      [Op.statistics, this.#statistics(tracks)],
      [Op.metadataIndex, this.#metadata.view()],
      [Op.chunkIndex, this.#chunkIndexes.view()],
    ] as const;
    const offsets = new ByteWriter();
    for (const [op, records] of groups) {
      if (records.length === 0) continue;
      const start = BigInt(at + out.length);
      putRecord(offsets, Op.summaryOffset, () => offsets.u8(op).u64(start).u64(BigInt(records.length)));
      out.bytes(records);
    }
    const offsetStart = at + out.length;
    out.bytes(offsets.view());
    // The checksum covers the footer up to itself.
    out.u8(Op.footer).u64(20n).u64(BigInt(at + summaryStart)).u64(BigInt(offsetStart));
    return out.u32(crc32(out.view().subarray(summaryStart))).bytes(MAGIC).view();
  }

  #statistics(tracks: readonly { readonly id: number; readonly frames: number }[]): Uint8Array {
    const out = new ByteWriter(128);
    const used = tracks.filter(({ frames }) => frames > 0);
    const { schemas, channels, metadata, chunks } = this.#counts;
    putRecord(out, Op.statistics, () => {
      out.u64(BigInt(used.reduce((sum, { frames }) => sum + frames, 0)));
      out.u16(schemas).u32(channels).u32(0).u32(metadata).u32(chunks);
      out.u64(this.#firstNs ?? 0n).u64(this.#lastNs).u32(used.length * 10);
      for (const { id, frames } of used) out.u16(id).u64(BigInt(frames));
    });
    return out.take();
  }
}
