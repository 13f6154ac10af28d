import { ByteReader } from "../bytes/mod.ts";
import { viewOf } from "./frame.ts";
import type { ChunkReader } from "./mcap_chunks.ts";
import type { McapChunk } from "./mcap_contents.ts";
import { type McapChannel, type McapSchema, Op, readChannel, readSchema, RECORD_HEADER_BYTES } from "./mcap_format.ts";
import { walkRecords } from "./mcap_records.ts";

/** Descriptions by their ids. */
export interface Descriptions {
  readonly schemas: Map<number, McapSchema>;
  readonly channels: Map<number, McapChannel>;
}

/** Counts the messages of a chunk and takes over the descriptions in it. `CORRUPT_LOG` when it is not what was written. */
export function lookInto(chunk: McapChunk, reader: ChunkReader, found: Descriptions): void {
  const records = reader.load(chunk, true);
  const view = viewOf(records);
  const counts = new Map<number, number>();
  const walk = walkRecords(records);
  let step = walk.next();
  for (; !step.done; step = walk.next()) {
    const { op, at, end } = step.value;
    if (op === Op.message) {
      const id = view.getUint16(at + RECORD_HEADER_BYTES, true);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    } else if (!tryDescription(op, records.subarray(at + RECORD_HEADER_BYTES, end), found)) {
      throw reader.corrupt(chunk.at, "a description in the chunk is damaged");
    }
  }
  if (step.value !== undefined) throw reader.corrupt(chunk.at, `the chunk is not what was written: ${step.value}`);
  chunk.counts = [...counts].flat();
}

/** Takes over a schema or a channel; false when it is damaged. */
export function tryDescription(op: number, content: Uint8Array, { schemas, channels }: Descriptions): boolean {
  try {
    if (op === Op.schema) {
      // It is kept for as long as the file is open, the chunk is not.
      const schema = readSchema(new ByteReader(content.slice()));
      schemas.set(schema.id, schema);
    } else if (op === Op.channel) {
      const channel = readChannel(new ByteReader(content));
      channels.set(channel.id, channel);
    }
    return true;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return false;
    throw error;
  }
}
