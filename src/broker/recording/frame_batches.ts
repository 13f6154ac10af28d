import { encodeUtf8 } from "../../bytes/mod.ts";
import type { Frame } from "../../log/mod.ts";
import type { NewRecord } from "../queue.ts";
import { headerBytes, type TimedRecord, writeTimedBatch } from "./batch_writer.ts";

/** The header with the time of a frame in nanoseconds since 1970, as decimal text. */
export const TIME_HEADER = "tinman-time-ns";
/** The header with the first frame of a log, which says how to decode the others: on the first record of each batch. */
export const CODEC_HEADER = "tinman-codec";

/** Most payload bytes in a batch that has more than one record, and most records. */
const [MAX_BYTES, MAX_RECORDS] = [64 * 1024, 2000];

/** What a record has that is not in its frame. */
export type Extras = Partial<Pick<NewRecord, "key" | "value" | "headers" | "timestampMs">>;

/** What frames are written with. */
export interface FrameBatchOptions {
  /** The codec header of the channel, if it is known. */
  readonly codec: Uint8Array | undefined;
  /** What a frame has besides its payload, if anything. */
  readonly extras?: (frame: Frame) => Extras | undefined;
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
  return writeTimedBatch([], { baseOffset: firstFrame, baseMs: timestampMs, count: frames });
}

function writeFrames(frames: readonly Frame[], { codec, extras }: FrameBatchOptions): Uint8Array {
  const records = frames.map((frame, i) => {
    const own = i === 0 && codec !== undefined ? [headerBytes(CODEC_HEADER, codec)] : [];
    return recordOf(frame, extras?.(frame), own);
  });
  const { index: baseOffset } = frames[0]!;
  return writeTimedBatch(records, { baseOffset, baseMs: records[0]!.timestampMs, count: records.length });
}

function recordOf({ timeNs, data }: Frame, extras: Extras | undefined, own: readonly Uint8Array[]): TimedRecord {
  const text = `${timeNs}`;
  return {
    key: extras?.key ?? null,
    value: extras?.value === undefined ? data : extras.value,
    timestampMs: extras?.timestampMs ?? Number(text.slice(0, -6)),
    headers: extras?.headers ?? NO_HEADERS,
    ownHeaders: extras?.headers?.some(({ name }) => name === TIME_HEADER) ? own : [timeHeader(text), ...own],
  };
}

const NO_HEADERS: NewRecord["headers"] & object = [];
const TIME_NAME = encodeUtf8(TIME_HEADER);

/** The same as `headerBytes()`, which is called too often here. */
function timeHeader(text: string): Uint8Array {
  const bytes = new Uint8Array(2 + TIME_NAME.length + text.length);
  bytes[0] = TIME_NAME.length * 2;
  bytes.set(TIME_NAME, 1);
  const at = 1 + TIME_NAME.length;
  bytes[at] = text.length * 2;
  for (let i = 0; i < text.length; i++) bytes[at + 1 + i] = text.charCodeAt(i);
  return bytes;
}
