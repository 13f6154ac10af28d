import { type Codec, decodeMsgpack, encodeMsgpack } from "../../codec/mod.ts";
import type { Frame, Recording } from "../../log/mod.ts";
import type { QueueRecord, RecordHeader } from "../queue.ts";
import { CODEC_HEADER, type Extras, TIME_HEADER } from "./frame_batches.ts";

/**
 * What records of a partition have that the frames made of them have not: one note for each run of them, in a reserved
 * channel, with the time of the first frame. Notes reach the disk before their frames do.
 */
export interface TopicNote {
  readonly topic: string;
  readonly partition: number;
  /** The number of the first frame, and how many there are. */
  readonly frame: number;
  readonly count: number;
  /** Which offset a frame has, where it is not the one after that of the frame before: the first is always there. */
  readonly offsets: readonly (readonly [at: number, offset: number])[];
  /** Where one has a key. */
  readonly keys?: readonly (Uint8Array | null)[];
  /** Where one has headers that do not follow from its frame. */
  readonly headers?: readonly (readonly (readonly [name: string, value: Uint8Array | null])[])[];
  /** Which have no value, not even an empty one. */
  readonly nulls?: readonly number[];
  /** Times in milliseconds, where one is not that of its frame: times of a channel do not go back. */
  readonly timesMs?: readonly number[];
}

/** The reserved channel with the notes of a channel. */
export function notesChannel(channel: string): string {
  return `~kafka/${channel}`;
}

/** How notes are written; the codec itself lives above the broker, and reads them. */
export const noteCodec: Codec<TopicNote> = {
  id: "msgpack",
  version: 1,
  encode: (note) => encodeMsgpack(note),
  decode: (bytes) => decodeMsgpack(bytes) as TopicNote,
};

/** The note of records that become the frames from `frame` on, at these times. */
export function noteOf(records: readonly QueueRecord[], { topic, partition, frame, timesNs }: {
  readonly topic: string;
  readonly partition: number;
  readonly frame: number;
  readonly timesNs: readonly bigint[];
}): TopicNote {
  const offsets: [number, number][] = [];
  records.forEach(({ offset }, i) => {
    if (i === 0 || offset !== records[i - 1]!.offset + 1) offsets.push([i, offset]);
  });
  const headers = records.map((record, i) => foreignHeaders(record, timesNs[i]!));
  const nulls = records.flatMap(({ value }, i) => value === null ? [i] : []);
  return {
    topic,
    partition,
    frame,
    count: records.length,
    offsets,
    ...(records.some(({ key }) => key !== null) && { keys: records.map(({ key }) => key) }),
    ...(headers.some(({ length }) => length > 0) && { headers }),
    ...(nulls.length > 0 && { nulls }),
    ...(records.some(({ timestampMs }, i) => timestampMs !== toMs(timesNs[i]!)) &&
      { timesMs: records.map(({ timestampMs }) => timestampMs) }),
  };
}

/** The time of a record, exactly where it says so. */
export function timeOf({ timestampMs, headers }: QueueRecord): bigint {
  const said = headers.find(({ name }) => name === TIME_HEADER)?.value;
  const text = said === undefined || said === null ? "" : new TextDecoder().decode(said);
  const timeNs = /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
  if (timeNs !== undefined && toMs(timeNs) === timestampMs) return timeNs;
  return BigInt(Math.max(0, timestampMs)) * 1_000_000n;
}

/** The offset of the frame with this number. */
export function offsetOf({ frame, offsets }: TopicNote, index: number): number {
  const [at, offset] = offsets.findLast(([at]) => at <= index - frame)!;
  return offset + index - frame - at;
}

/** Gives what is noted of the frames of a channel; fast for who asks for one after the other. */
export class NoteReader {
  readonly #recording: Recording;
  readonly #channel: string;
  #notes: Iterator<Frame> | undefined;
  #note: TopicNote | undefined;

  /** Notes of a channel, if it has some. */
  static of(recording: Recording, channel: string): NoteReader | undefined {
    const name = notesChannel(channel);
    return recording.reservedChannels.some((each) => each.name === name) ? new NoteReader(recording, name) : undefined;
  }

  /** Use {@linkcode NoteReader.of}. */
  constructor(recording: Recording, notes: string) {
    [this.#recording, this.#channel] = [recording, notes];
  }

  /** The note about a frame. */
  noteAt({ index, timeNs }: Pick<Frame, "index" | "timeNs">): TopicNote | undefined {
    if (this.#note === undefined || index < this.#note.frame) {
      // The last one before is that of the frame when it is not the first of its run.
      const from = { fromNs: timeNs, latched: true };
      this.#notes = this.#recording.frames({ channels: [this.#channel], ...from })[Symbol.iterator]();
      this.#note = undefined;
    }
    while (this.#note === undefined || index >= this.#note.frame + this.#note.count) {
      const { value, done } = this.#notes!.next();
      if (done === true) return undefined;
      this.#note = noteCodec.decode((value as Frame).data);
    }
    return index >= this.#note.frame ? this.#note : undefined;
  }

  /** What a frame has besides its payload and time. */
  extrasOf(frame: Frame): Extras | undefined {
    const note = this.noteAt(frame);
    if (note === undefined) return undefined;
    const i = frame.index - note.frame;
    const [key, timestampMs, headers] = [note.keys?.[i], note.timesMs?.[i], note.headers?.[i]];
    return {
      ...(key !== undefined && { key }),
      ...(note.nulls?.includes(i) && { value: null }),
      ...(timestampMs !== undefined && { timestampMs }),
      ...(headers !== undefined && { headers: headers.map(([name, value]) => ({ name, value })) }),
    };
  }
}

/** All but those that are made of a frame anew. */
function foreignHeaders(record: QueueRecord, timeNs: bigint): [string, Uint8Array | null][] {
  const isExact = toMs(timeNs) === record.timestampMs;
  const isOurs = ({ name, value }: RecordHeader) =>
    name === CODEC_HEADER || name === TIME_HEADER && isExact && value !== null &&
      new TextDecoder().decode(value) === `${timeNs}`;
  return record.headers.filter((header) => !isOurs(header)).map(({ name, value }) => [name, value]);
}

function toMs(timeNs: bigint): number {
  return Number(timeNs / 1_000_000n);
}
