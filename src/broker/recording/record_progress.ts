import type { ChannelHeader } from "../../codec/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
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

/** How far partitions were recorded. */
export interface Progress {
  get(topic: string, partition: number): PartitionProgress | undefined;
}

/** How far the recordings below a folder have come: what counts is the frames that are there. */
export function findProgress(files: Files, folder: string): Progress {
  const found = new Map<string, PartitionProgress>();
  const recordings = files.stat(folder)?.kind === "folder" ? listRecordings(files, folder) : [];
  for (const { folder } of recordings) {
    using recording = openRecording(files, folder);
    for (const { name, frames, codec } of recording.channels) {
      const last = frames === 0 ? undefined : noteAbout(recording, name, frames - 1);
      if (last === undefined) continue;
      const key = JSON.stringify([last.topic, last.partition]);
      const next = offsetOf(last, frames - 1) + 1;
      if ((found.get(key)?.next ?? 0) < next) found.set(key, { next, channel: name, header: codec });
    }
  }
  return { get: (topic, partition) => found.get(JSON.stringify([topic, partition])) };
}

/** The note about a frame; nothing where the channel is none that was made of a topic. */
function noteAbout(recording: Recording, channel: string, frame: number): TopicNote | undefined {
  const name = notesChannel(channel);
  if (!recording.reservedChannels.some((each) => each.name === name)) return undefined;
  // From the end: what is noted last is about the last frames.
  for (const run of [...recording.runs(name)].reverse()) {
    for (const { data } of run.read().reverse()) {
      const note = noteCodec.decode(data);
      if (note.frame <= frame && frame < note.frame + note.count) return note;
    }
  }
  throw new TinmanError(
    "CORRUPT_LOG",
    `Cannot go on from ${recording.folder}: frame ${frame} of ${channel} has no note`,
    {
      path: recording.folder,
      at: 0,
      hint: "record into another folder",
    },
  );
}
