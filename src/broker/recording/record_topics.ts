import type { Clock } from "../../clock/mod.ts";
import { type ChannelHeader, type Codec, type CodecHeader, decodeHeader } from "../../codec/mod.ts";
import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import type { Files } from "../../files/mod.ts";
import {
  type ChannelWriter,
  createRecording,
  isReserved,
  newRecordingFolder,
  type RecordingWriter,
  type SyncPolicy,
} from "../../log/mod.ts";
import type { QueueClient, QueueRecord } from "../queue.ts";
import { findProgress, type Progress, type RepeatedFrames } from "./record_progress.ts";
import { CODEC_HEADER } from "./frame_batches.ts";
import { noteCodec, noteOf, notesChannel, timeOf, type TopicNote } from "./topic_notes.ts";

/** Options of {@linkcode recordTopics}. */
export interface RecordTopicsOptions {
  /** Which, of those that are there. */
  readonly topics: readonly string[];
  /** Where recordings are kept. */
  readonly files: Files;
  /** Below it the recording is made, and those are that it goes on from; or a file that ends in `.mcap`. */
  readonly folder: string;
  /** Time of what the records do not say the time of. */
  readonly clock: Clock;
  /** The program that writes. */
  readonly tool?: string;
  /** Whether to stop at the end that topics have now. @default {false} */
  readonly untilEnd?: boolean;
  /** How the values of topics are encoded that do not say it. @default {{ codec: "bytes", version: 1 }} */
  readonly codec?: CodecHeader;
  /**
   * When to wait for the disk, as in a run that is recorded. What a power cut takes is in the topic yet, and comes again.
   *
   * @default {"never"}
   */
  readonly sync?: SyncPolicy;
  /** Whether the recording is compressed where that makes it smaller: only an `.mcap` file can be. @default {"none"} */
  readonly compress?: "zstd" | "none";
  /** Ends it in good order. */
  readonly signal: AbortSignal;
}

/** What was recorded of one partition. */
export interface RecordedPartition {
  /** The topic. */
  readonly topic: string;
  /** From 0 up. */
  readonly partition: number;
  /** The channel that it became. */
  readonly channel: string;
  /** How many records there are now. */
  readonly frames: number;
  /** The offset to go on from. */
  readonly next: number;
}

/** What came of it. */
export interface RecordTopicsReport {
  /** The recording; nothing where there was nothing to record. */
  readonly folder: string | undefined;
  /** Each of them. */
  readonly partitions: readonly RecordedPartition[];
  /** What was recorded before and is recorded again, because a power cut took the note of which records it was. */
  readonly repeated: readonly RepeatedFrames[];
}

/**
 * Records partitions of topics as channels, each record once: a value is a frame, byte for byte; its key, its headers and
 * its offset are noted beside it. Where recordings below the folder end, it goes on, in a new recording.
 *
 * @throws {TinmanError} `NOT_FOUND` for a topic, `OUT_OF_RANGE` where records that should follow are gone, `WRITE_FAILED`.
 */
export async function recordTopics(client: QueueClient, options: RecordTopicsOptions): Promise<RecordTopicsReport> {
  const { topics, files, folder, signal } = options;
  const known = new Map((await client.topics()).map(({ name, partitions }) => [name, partitions]));
  const parts = topics.flatMap((topic) => {
    const partitions = known.get(topic);
    if (partitions === undefined) {
      throw new TinmanError("NOT_FOUND", `Cannot record topic ${topic}: it is not there`, { kind: "topic", id: topic });
    }
    return Array.from({ length: partitions }, (_, partition) => ({ topic, partition, isOnly: partitions === 1 }));
  });
  const progress = findProgress(files, folder);
  using output = new Output(options);
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const recorded = await Promise.all(parts.map(async (part) => {
    try {
      return await new PartitionRecorder(client, part, { ...options, signal: stop, output, progress }).run();
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  }));
  const repeated = progress.unnoted.filter(({ topic }) => topic === undefined || topics.includes(topic));
  return { folder: output.folder, partitions: recorded.flatMap((each) => each ?? []), repeated };
}

/** A recording that is begun with the first records. */
class Output implements Disposable {
  readonly #options: RecordTopicsOptions;
  #recording: RecordingWriter | undefined;
  readonly #taken = new Set<string>();

  constructor(options: RecordTopicsOptions) {
    this.#options = options;
  }

  get folder(): string | undefined {
    return this.#recording?.folder;
  }

  begin(firstNs: bigint): RecordingWriter {
    const { files, folder, clock, tool, sync, compress } = this.#options;
    return this.#recording ??= createRecording(files, newRecordingFolder(files, folder, { nowNs: clock.now() }), {
      clock,
      timer: clock,
      startedNs: firstNs,
      ...(tool !== undefined && { tool }),
      ...(sync !== undefined && { sync }),
      ...(compress !== undefined && { compress }),
    });
  }

  /** The first of these names that no other partition has. */
  name(...names: string[]): string {
    const name = names.find((each) => !this.#taken.has(each))!;
    this.#taken.add(name);
    return name;
  }

  [Symbol.dispose](): void {
    this.#recording?.close();
  }
}

interface Part {
  readonly topic: string;
  readonly partition: number;
  readonly isOnly: boolean;
}

interface PartitionOptions extends RecordTopicsOptions {
  readonly output: Output;
  readonly progress: Progress;
}

interface Opened {
  readonly values: ChannelWriter<Uint8Array>;
  readonly notes: ChannelWriter<TopicNote>;
  readonly recording: RecordingWriter;
}

class PartitionRecorder {
  readonly #client: QueueClient;
  readonly #part: Part;
  readonly #options: PartitionOptions;
  #open: Opened | undefined;
  #lastNs = 0n;

  constructor(client: QueueClient, part: Part, options: PartitionOptions) {
    [this.#client, this.#part, this.#options] = [client, part, options];
  }

  async run(): Promise<RecordedPartition | undefined> {
    const { topic, partition } = this.#part;
    const { signal, untilEnd = false, progress } = this.#options;
    const { earliest, latest } = await this.#client.offsets(topic, { partition });
    let next = progress.get(topic, partition)?.next ?? earliest;
    if (next < earliest || next > latest) throw this.#gone(next, { earliest, latest });
    const end = untilEnd ? latest : Infinity;
    while (next < end && !signal.aborted) {
      const records = await this.#fetch(next, untilEnd);
      const wanted = records.filter(({ offset }) => offset < end);
      if (wanted.length > 0) this.#write(wanted);
      // What is left at the end, such as marks of transactions, has no records.
      next = records.length > 0 ? records.at(-1)!.offset + 1 : untilEnd ? end : next;
    }
    if (this.#open === undefined) return undefined;
    const { name: channel, frames } = this.#open.values;
    return { topic, partition, channel, frames, next: Math.min(next, end) };
  }

  async #fetch(offset: number, untilEnd: boolean): Promise<QueueRecord[]> {
    const { topic, partition } = this.#part;
    const { signal } = this.#options;
    const limits = { maxRecords: 10_000, maxBytes: 2 ** 20, waitMs: untilEnd ? 0 : 5000 };
    try {
      return await this.#client.fetch(topic, { partition, offset, ...limits, signal });
    } catch (error) {
      if (signal.aborted && !isTinmanError(error, "OUT_OF_RANGE")) return [];
      throw error;
    }
  }

  #write(records: readonly QueueRecord[]): void {
    const { topic, partition } = this.#part;
    const { values, notes, recording } = this.#open ??= this.#begin(records[0]!);
    const timesNs = records.map((record) => {
      const timeNs = timeOf(record);
      return this.#lastNs = timeNs > this.#lastNs ? timeNs : this.#lastNs;
    });
    notes.writeBytes(
      noteCodec.encode(noteOf(records, { topic, partition, frame: values.frames, timesNs })),
      timesNs[0],
    );
    // What is noted has to be there when its frames are: who goes on from here asks for the offset of the last frame. After
    // a power cut it may not be, see `findProgress`.
    recording.drain();
    records.forEach(({ value }, i) => values.writeBytes(value ?? NOTHING, timesNs[i]));
  }

  #begin(first: QueueRecord): Opened {
    const { topic, partition, isOnly } = this.#part;
    const { output, progress, codec = { codec: "bytes", version: 1 } } = this.#options;
    const before = progress.get(topic, partition);
    const header: ChannelHeader = readHeader(first) ?? before?.header ?? codec;
    const firstNs = timeOf(first);
    const recording = output.begin(firstNs);
    this.#lastNs = recording.startedNs;
    const full = `${topic}/${partition}`;
    const wanted = before?.channel ?? (isOnly ? header.channel ?? topic : full);
    const channel = output.name(wanted, isOnly ? topic : full, full);
    const { plugin, latched = false } = header;
    return {
      recording,
      notes: recording.channel(notesChannel(channel), noteCodec, { latched: true }),
      values: recording.channel(channel, asIs(header), { latched, ...(plugin && { plugin }) }),
    };
  }

  #gone(offset: number, range: { readonly earliest: number; readonly latest: number }): TinmanError {
    const { topic, partition } = this.#part;
    const { earliest, latest } = range;
    const message = `Cannot go on at offset ${offset} of ${topic}/${partition}: it keeps ${earliest} to ${latest}`;
    return new TinmanError("OUT_OF_RANGE", message, {
      offset,
      ...range,
      hint: "records were deleted, or the topic was made anew; record into another folder",
    });
  }
}

const NOTHING = new Uint8Array();

/** A codec that only says how bytes are encoded that are there already. */
function asIs({ codec, version, params }: CodecHeader): Codec<Uint8Array> {
  const same = (bytes: Uint8Array) => bytes;
  return { id: codec, version, ...(params !== undefined && { params }), encode: same, decode: same };
}

function readHeader({ headers }: QueueRecord): ChannelHeader | undefined {
  const bytes = headers.find(({ name }) => name === CODEC_HEADER)?.value;
  try {
    if (bytes === undefined || bytes === null) return undefined;
    const { channel, ...header } = decodeHeader(bytes);
    return channel === undefined || isReserved(channel) ? header : { ...header, channel };
  } catch (error) {
    if (isTinmanError(error, "CODEC")) return undefined;
    throw error;
  }
}
