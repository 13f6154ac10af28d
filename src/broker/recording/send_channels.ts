import type { Clock } from "../../clock/mod.ts";
import { type ChannelHeader, encodeHeader } from "../../codec/mod.ts";
import { encodeUtf8 } from "../../bytes/mod.ts";
import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import type { Frame, Recording } from "../../log/mod.ts";
import { produceAll } from "../client/produce_all.ts";
import type { NewRecord, QueueClient, RecordHeader } from "../queue.ts";
import { topicNames } from "./channel_topics.ts";
import { CODEC_HEADER, TIME_HEADER } from "./frame_batches.ts";
import { NoteReader } from "./topic_notes.ts";

/** Options of {@linkcode sendChannels}. */
export interface SendChannelsOptions {
  /** Which channels. @default {all} */
  readonly channels?: readonly string[];
  /** Which frames: from this time on. */
  readonly fromNs?: bigint | undefined;
  /** Which frames: before this time. */
  readonly toNs?: bigint | undefined;
  /** A multiple of the recorded pace. @default {"max"} */
  readonly speed?: number | "max";
  /** What is put in front of the names of topics. @default {""} */
  readonly prefix?: string;
  /** Keeps the pace. */
  readonly clock: Clock;
  /** Ends it between two records. */
  readonly signal: AbortSignal;
  /** Makes a topic that is not there. */
  readonly createTopic: (topic: string, partitions: number) => Promise<unknown>;
  /** Hears how many records were sent so far. */
  readonly onProgress?: (sent: number) => void;
}

/** A channel, and the topic it went to. */
export interface SentChannel {
  /** The channel. */
  readonly channel: string;
  /** Where it went to. */
  readonly topic: string;
  /** Its partition. */
  readonly partition: number;
  /** How many records. */
  readonly records: number;
}

/** What no broker takes: with what stands around it, it would be more than a request may have (`socket.request.max.bytes`). */
const MAX_FRAME_BYTES = 100 * 2 ** 20 - 4096;
/** Most records and bytes that wait for a topic. */
const [MAX_RECORDS, MAX_BYTES] = [2000, 512 * 1024];

/**
 * Sends the frames of channels to topics: each with its time, the nanoseconds and the codec in headers. What was recorded
 * of a topic goes to the partition it came from, with its keys and headers; another channel to partition 0 of a topic
 * named after it.
 *
 * @throws {TinmanError} `TOO_LARGE` for a frame that its topic does not take, with the setting to raise: all frames before
 * it were sent.
 */
export async function sendChannels(
  client: QueueClient,
  recording: Recording,
  options: SendChannelsOptions,
): Promise<SentChannel[]> {
  const { fromNs, toNs, speed = "max", clock, signal, onProgress = () => {} } = options;
  const lanes = openLanes(recording, options);
  const channels = [...lanes.keys()];
  await makeTopics(client, [...lanes.values()], options.createTopic);
  let [sent, waiting, bytes] = [0, 0, 0];
  const send = async () => {
    if (waiting === 0) return;
    const lanesSent = await Promise.allSettled([...lanes.values()].map((lane) => lane.send(client)));
    const failure = lanesSent.find(({ status }) => status === "rejected") as PromiseRejectedResult | undefined;
    if (failure !== undefined) throw failure.reason;
    sent += waiting;
    [waiting, bytes] = [0, 0];
    onProgress(sent);
  };
  const frames = recording.frames({ channels, fromNs, toNs });
  const startNs = clock.elapsedNs();
  let firstNs: bigint | undefined;
  for (const frame of frames) {
    firstNs ??= frame.timeNs;
    if (speed !== "max") {
      const dueNs = startNs + Number(frame.timeNs - firstNs) / speed;
      if (dueNs > clock.elapsedNs()) await send();
      while (dueNs > clock.elapsedNs() && !signal.aborted) {
        await clock.sleep((dueNs - clock.elapsedNs()) / 1e6, { signal }).catch(() => {});
      }
    }
    if (signal.aborted) break;
    lanes.get(frame.channel)!.add(frame);
    waiting++;
    bytes += frame.data.length;
    if (waiting >= MAX_RECORDS || bytes >= MAX_BYTES) await send();
  }
  await send();
  return channels.map((channel) => {
    const { topic, partition, sent } = lanes.get(channel)!;
    return { channel, topic, partition, records: sent };
  });
}

/** One channel on its way. */
class Lane {
  readonly topic: string;
  readonly partition: number;
  sent = 0;
  readonly #codec: RecordHeader | undefined;
  readonly #notes: NoteReader | undefined;
  #waiting: NewRecord[] = [];

  constructor(topic: string, { partition, codec, notes }: {
    readonly partition: number;
    readonly codec: Uint8Array | undefined;
    readonly notes: NoteReader | undefined;
  }) {
    [this.topic, this.partition, this.#notes] = [topic, partition, notes];
    this.#codec = codec && { name: CODEC_HEADER, value: codec };
  }

  add(frame: Frame): void {
    const extras = this.#notes?.extrasOf(frame);
    const { timeNs, data } = frame;
    const headers = [...extras?.headers ?? []];
    if (!headers.some(({ name }) => name === TIME_HEADER)) {
      headers.push({ name: TIME_HEADER, value: encodeUtf8(`${timeNs}`) });
    }
    if (this.#waiting.length === 0 && this.#codec !== undefined) headers.push(this.#codec);
    this.#waiting.push({ key: null, value: data, timestampMs: Number(timeNs / 1_000_000n), ...extras, headers });
  }

  async send(client: QueueClient): Promise<void> {
    const records = this.#waiting;
    if (records.length === 0) return;
    this.#waiting = [];
    const { topic, partition } = this;
    const before = this.sent;
    try {
      const tooLong = records.findIndex(({ value }) => (value?.length ?? 0) > MAX_FRAME_BYTES);
      const short = tooLong === -1 ? records : records.slice(0, tooLong);
      await produceAll(client, { topic, partition, records: short, onSent: (count) => this.sent += count });
      if (tooLong !== -1) throw this.#tooLarge(records[tooLong]!);
    } catch (error) {
      throw isTinmanError(error, "TOO_LARGE") ? this.#tooLarge(records[this.sent - before]!) : error;
    }
  }

  #tooLarge({ value, headers }: NewRecord): TinmanError<"TOO_LARGE"> {
    const [bytes, { topic, partition }] = [value?.length ?? 0, this];
    const time = headers?.find(({ name }) => name === TIME_HEADER)?.value;
    const at = time === undefined || time === null ? "" : ` of ${new TextDecoder().decode(time)} ns`;
    const message = `Cannot send a frame${at} to ${topic}/${partition}: ${bytes} bytes are more than the topic takes`;
    const isEver = bytes > MAX_FRAME_BYTES;
    return new TinmanError("TOO_LARGE", message, {
      limit: isEver ? MAX_FRAME_BYTES : NaN,
      actual: bytes,
      hint: isEver
        ? "no Kafka takes a request of more than 100 MiB; choose other channels"
        : `tinman broker configure ${topic} --set max.message.bytes=${roomFor(bytes)}; all before it was sent`,
    });
  }
}

/** What a setting has to be for a record with so much in it: headers and keys are beside it. */
function roomFor(bytes: number): number {
  return 2 ** Math.ceil(Math.log2(bytes + 4096));
}

function openLanes(recording: Recording, { channels, prefix = "" }: SendChannelsOptions): Map<string, Lane> {
  const infos = recording.channels.filter(({ name }) => channels === undefined || channels.includes(name));
  const names = topicNames(infos.map(({ name }) => name));
  return new Map(infos.map((info) => {
    const { name, firstNs } = info;
    const notes = NoteReader.of(recording, name);
    const note = firstNs === undefined ? undefined : notes?.noteAt({ index: 0, timeNs: firstNs });
    const codec = info.codec && encodeHeader({ channel: name, ...info.codec as ChannelHeader });
    const { topic = names.get(name)!, partition = 0 } = note ?? {};
    return [name, new Lane(prefix + topic, { partition, codec, notes })];
  }));
}

async function makeTopics(
  client: QueueClient,
  lanes: readonly Lane[],
  create: (topic: string, partitions: number) => Promise<unknown>,
): Promise<void> {
  const there = new Set((await client.topics()).map(({ name }) => name));
  const wanted = new Map<string, number>();
  for (const { topic, partition } of lanes) wanted.set(topic, Math.max(wanted.get(topic) ?? 1, partition + 1));
  for (const [topic, partitions] of wanted) if (!there.has(topic)) await create(topic, partitions);
}
