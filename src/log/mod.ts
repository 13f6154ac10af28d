/**
 * Recordings: a folder with one log of frames for each channel, an index beside each, and a `recording.json`; or one MCAP
 * file, when the name ends in `.mcap`. FORMAT.md says each byte of it.
 *
 * @example Write and read
 * ```ts
 * import { bytes } from "tinman/codecs";
 * import { createMemoryFiles, VirtualClock } from "tinman";
 * import { createRecording, openRecording } from "tinman/log";
 *
 * const files = createMemoryFiles();
 * using recording = createRecording(files, "runs/1", { clock: new VirtualClock() });
 * recording.channel("raw", bytes()).write(Uint8Array.of(1, 2, 3));
 * recording.close();
 *
 * using log = openRecording(files, "runs/1");
 * for (const { channel, timeNs, data } of log.frames()) console.log(channel, timeNs, data);
 * ```
 * @module
 */
export { type ChannelOptions, createRecording, type RecordingOptions, RecordingWriter } from "./recording_writer.ts";
export { EVENTS_CHANNEL, type RecordingEvent } from "./events.ts";
export type { Finding } from "./finding.ts";
export { type FollowOptions, followRecording } from "./follow.ts";
export { type RecoveredChannel, type RecoverOptions, recoverRecording, type RecoverReport } from "./recover.ts";
export { verifyRecording, type VerifyReport, verifySteps } from "./verify.ts";
export { copyRecording } from "./copy.ts";
export type { CopyFrom, CopyOptions, CopyProgress, CopyReport } from "./copy_options.ts";
export { type ChannelDiff, type DiffOptions, diffRecordings } from "./diff.ts";
export { ChannelWriter, type Gap } from "./channel_writer.ts";
export {
  openRecording,
  type OpenRecordingOptions,
  openRecordingWith,
  type OpenRecordingWithOptions,
  Recording,
} from "./recording.ts";
export type { ChannelInfo, CompressionInfo, FrameOptions, FrameRun } from "./recording_source.ts";
export { isReserved, listRecordings, newRecordingFolder, type RecordingSummary } from "./folders.ts";
export type { PartLimit, PartOf, RecordedParts } from "./parts.ts";
export { type Manifest, type ManifestChannel } from "./manifest.ts";
export { Frame } from "./frame.ts";
export { FrameBatch } from "./batch.ts";
export { BatchIterable, FrameIterable } from "./frames.ts";
export { decodeFrame, decodeFrames, groupFrames, type RecordedValue, ValueIterable } from "./values.ts";
export type { TimeRange } from "./cursor.ts";
export { mergeByTime, type MergedItem } from "./merge.ts";
export { LogWriter, type LogWriterOptions, type SyncPolicy } from "./writer.ts";
export { type LogFormat, LogReader, type LogReaderOptions, type LogTail } from "./reader.ts";
export type { Block } from "./index.ts";
export { logFileName } from "./names.ts";
