import { type ChannelHeader, encodeHeader } from "../../codec/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import type { Files } from "../../files/mod.ts";
import { type ChannelInfo, openRecording } from "../../log/mod.ts";
import type { RecordLog } from "../partition/record_log.ts";
import type { StorageDamage } from "../storage/broker_storage.ts";
import { topicId, topicNames } from "./channel_topics.ts";
import { RecordingLog } from "./recording_log.ts";
import { RunCache } from "./run_cache.ts";
import { NoteReader } from "./topic_notes.ts";

/** A channel of a recording as a topic of one partition. */
export interface RecordedTopic {
  readonly name: string;
  readonly id: string;
  /** The channel. */
  readonly channel: string;
  /** The recording, as people are told. */
  readonly from: string;
  /** `tinman.channel`, `tinman.codec` and what follows of being read-only. */
  readonly settings: ReadonlyMap<string, string>;
  readonly log: RecordLog;
}

/** The channels of a recording as topics. Disposed, it lets go of the files. */
export interface RecordedTopics extends Disposable {
  /** Where the recording is. */
  readonly folder: string;
  /** What is not as it should be, in sentences. */
  readonly problems: readonly string[];
  readonly topics: readonly RecordedTopic[];
}

/** Options of {@linkcode openRecordedTopics}. */
export interface RecordedTopicsOptions {
  /** Hears once of each run of frames that cannot be read. */
  readonly onDamage: (damage: StorageDamage) => void;
  /** Most bytes of batches that are kept because they may be asked for again. @default {16777216} */
  readonly cacheBytes?: number;
}

/**
 * Opens a recording to be served. All of it that is whole is there; frames are read when somebody fetches them.
 *
 * @throws {TinmanError} `NOT_FOUND` when there is nothing, `FOREIGN_LOG` when it is something else.
 */
export function openRecordedTopics(files: Files, path: string, options: RecordedTopicsOptions): RecordedTopics {
  const { onDamage, cacheBytes = 16 * 2 ** 20 } = options;
  const recording = openRecording(files, path);
  const cache = new RunCache(cacheBytes);
  const told = new Set<string>();
  const { folder, channels, problems, id } = recording;
  const names = topicNames(channels.map(({ name }) => name));
  const tell = (error: Error, bytes: number) => {
    const { path = folder, at = 0 } = isTinmanError(error, "CORRUPT_LOG") ? error.details : {};
    if (told.size >= MAX_TOLD || told.has(`${path} ${at}`)) return;
    told.add(`${path} ${at}`);
    onDamage({ path, at, bytes, isCut: false, what: "not what was written" });
  };
  return {
    folder,
    problems,
    topics: channels.map((channel) => {
      const { name } = channel;
      const codec = channel.codec && encodeHeader({ channel: name, ...channel.codec as ChannelHeader });
      const notes = NoteReader.of(recording, name);
      const log = new RecordingLog(recording.runs(name), {
        codec,
        cache,
        onDamage: tell,
        ...(notes !== undefined && { extras: (frame) => notes.extrasOf(frame) }),
      });
      return {
        name: names.get(name)!,
        id: topicId(id, name),
        channel: name,
        from: folder,
        settings: settingsOf(channel, codec),
        log,
      };
    }),
    [Symbol.dispose]: () => recording.close(),
  };
}

/** Places of damage that are told. */
const MAX_TOLD = 1000;

function settingsOf({ name, codec }: ChannelInfo, header: Uint8Array | undefined): ReadonlyMap<string, string> {
  return new Map([
    ["retention.ms", "-1"],
    ["tinman.channel", name],
    ...codec === undefined ? [] : [["tinman.codec", `${codec.codec}@${codec.version}`] as const],
    ...header === undefined ? [] : [["tinman.codec.header", header.toBase64()] as const],
  ]);
}
