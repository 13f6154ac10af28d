import type { ChannelHeader } from "../../codec/mod.ts";
import { isTinmanError } from "../../errors/mod.ts";
import type { Files } from "../../files/mod.ts";
import { listRecordings, openRecording, type Recording } from "../../log/mod.ts";
import { noteCodec, notesChannel, offsetOf, type TopicNote } from "./topic_notes.ts";

/** How far a partition was recorded. */
export interface PartitionProgress {
  /** The offset after that of the last frame. */
  readonly next: number;
  readonly channel: string;
  readonly header: ChannelHeader | undefined;
}

/** Frames at the end of a channel of which nobody can say any more which records they were. */
export interface RepeatedFrames {
  /** The recording that they are in. */
  readonly folder: string;
  /** Its channel. */
  readonly channel: string;
  /** As far as that is known. */
  readonly topic: string | undefined;
  /** How many. */
  readonly frames: number;
}

/** How far partitions were recorded. */
export interface Progress {
  /** What is recorded again, therefore. */
  readonly unnoted: readonly RepeatedFrames[];
  get(topic: string, partition: number): PartitionProgress | undefined;
}

/**
 * How far the recordings below a folder have come: what counts is the frames that are there, and of which it was noted which
 * records they are. Notes are written first, but only with `sync` a power cut cannot take them and leave the frames.
 */
export function findProgress(files: Files, folder: string): Progress {
  const found = new Map<string, PartitionProgress>();
  const unnoted: RepeatedFrames[] = [];
  const recordings = files.stat(folder)?.kind === "folder" ? listRecordings(files, folder) : [];
  for (const { folder } of recordings) {
    using recording = openRecording(files, folder);
    for (const { name, frames, codec } of recording.channels) {
      if (frames === 0 || !recording.reservedChannels.some((each) => each.name === notesChannel(name))) continue;
      const last = lastNote(recording, name, frames);
      const noted = last === undefined ? 0 : Math.min(frames, last.frame + last.count);
      if (noted < frames) unnoted.push({ folder, channel: name, topic: last?.topic, frames: frames - noted });
      if (last === undefined) continue;
      const key = JSON.stringify([last.topic, last.partition]);
      const next = offsetOf(last, noted - 1) + 1;
      if ((found.get(key)?.next ?? 0) < next) found.set(key, { next, channel: name, header: codec });
    }
  }
  return { unnoted, get: (topic, partition) => found.get(JSON.stringify([topic, partition])) };
}

/** The last note about frames that are there. */
function lastNote(recording: Recording, channel: string, frames: number): TopicNote | undefined {
  // From the end: what is noted last is about the last frames.
  for (const run of [...recording.runs(notesChannel(channel))].reverse()) {
    for (const { data } of run.read().reverse()) {
      const note = tryDecode(data);
      if (note !== undefined && note.frame < frames) return note;
    }
  }
  return undefined;
}

/** After a power cut the last bytes of a file may be zeros. */
function tryDecode(data: Uint8Array): TopicNote | undefined {
  try {
    return noteCodec.decode(data);
  } catch (error) {
    if (isTinmanError(error, "CODEC")) return undefined;
    throw error;
  }
}
