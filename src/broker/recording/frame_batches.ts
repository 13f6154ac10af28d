import { crc32c, encodeUtf8 } from "../../bytes/mod.ts";
import type { Frame } from "../../log/mod.ts";
import { BATCH_HEADER, placeBatch } from "../protocol/record_batch.ts";
import { writeBatch } from "../protocol/records.ts";
import type { NewRecord, RecordHeader } from "../queue.ts";

/** The header with the time of a frame in nanoseconds since 1970, as decimal text. */
export const TIME_HEADER = "tinman-time-ns";
/** The header with the first frame of a log, which says how to decode the others: on the first record of each batch. */
export const CODEC_HEADER = "tinman-codec";

/** Most payload bytes in a batch that has more than one record, and most records. */
const [MAX_BYTES, MAX_RECORDS] = [64 * 1024, 2000];

/** What frames are written with. */
export interface FrameBatchOptions {
  /** The codec header of the channel, if it is known. */
  readonly codec: Uint8Array | undefined;
  /** What a frame has besides its payload, if anything. */
  readonly extras?: (frame: Frame) => Partial<Pick<NewRecord, "key" | "value" | "headers" | "timestampMs">> | undefined;
}

/** A frame as a record: the time in milliseconds, what lies below them in a header. */
export function recordOfFrame(frame: Frame, extras: ReturnType<NonNullable<FrameBatchOptions["extras"]>> = {}) {
  const { timeNs, data } = frame;
  const time: RecordHeader = { name: TIME_HEADER, value: encodeUtf8(`${timeNs}`) };
  return {
    key: null,
    value: data,
    timestampMs: Number(timeNs / 1_000_000n),
    ...extras,
    headers: [...extras.headers ?? [], time],
  };
}

/** Frames in batches that are the same whoever asks for them: their numbers are the offsets. */
export function batchFrames(frames: readonly Frame[], options: FrameBatchOptions): Uint8Array[] {
  const batches: Uint8Array[] = [];
  for (let from = 0; from < frames.length;) {
    let [to, bytes] = [from, 0];
    do bytes += frames[to++]!.data.length; while (
      to < frames.length && to - from < MAX_RECORDS && bytes + frames[to]!.data.length <= MAX_BYTES
    );
    batches.push(writeFrames(frames.slice(from, to), options));
    from = to;
  }
  return batches;
}

/** A batch without records in place of frames that cannot be read, so that consumers get past them. */
export function gapBatch({ firstFrame, frames, timestampMs }: {
  readonly firstFrame: number;
  readonly frames: number;
  readonly timestampMs: number;
}): Uint8Array {
  const bytes = new Uint8Array(BATCH_HEADER).fill(0xff, 43, 57);
  const view = new DataView(bytes.buffer);
  view.setInt32(8, BATCH_HEADER - 12);
  view.setInt8(16, 2);
  view.setInt32(23, frames - 1);
  view.setBigInt64(27, BigInt(timestampMs));
  view.setBigInt64(35, BigInt(timestampMs));
  view.setUint32(17, crc32c(bytes.subarray(21)));
  placeBatch(bytes, firstFrame);
  return bytes;
}

function writeFrames(frames: readonly Frame[], { codec, extras }: FrameBatchOptions): Uint8Array {
  const records = frames.map((frame, i) => {
    const record = recordOfFrame(frame, extras?.(frame));
    if (i === 0 && codec !== undefined) record.headers.push({ name: CODEC_HEADER, value: codec });
    return record;
  });
  return writeBatch(records, { baseOffset: frames[0]!.index });
}
