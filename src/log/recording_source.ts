import type { CodecHeader } from "../codec/mod.ts";
import type { FrameCursor, TimeRange } from "./cursor.ts";
import type { Finding } from "./finding.ts";
import type { Frame } from "./frame.ts";
import type { Manifest } from "./manifest.ts";
import type { LogFormat, LogTail } from "./reader.ts";

/** What a recording has of one channel. */
export interface ChannelInfo {
  /** The name of the channel. */
  readonly name: string;
  /** Its log, a file in the recording's folder; in MCAP the one file. */
  readonly file: string;
  /** Who wrote it: a `tinman` log says its codec, one of `mcap` says an encoding, which may be known. */
  readonly format: LogFormat;
  /** Its codec, when it is known. */
  readonly codec: CodecHeader | undefined;
  /** Whether its last value is its state. */
  readonly latched: boolean;
  /** How many frames it has, the codec header not counted. */
  readonly frames: number;
  /** How many bytes its log has; in MCAP those of its payloads, which are counted when somebody asks. */
  readonly bytes: number;
  /** Frames that could not be written. */
  readonly drops: number;
  /** The time of the first frame. */
  readonly firstNs: bigint | undefined;
  /** The latest time. */
  readonly lastNs: bigint | undefined;
  /** What stands behind the last entry of its index; in MCAP nothing does, `problems` says what was cut off the file. */
  readonly tail: LogTail;
}

/** Which frames to read. */
export interface FrameOptions extends TimeRange {
  /** Names of channels. @default {all that are not reserved} */
  readonly channels?: readonly string[] | undefined;
  /** Whether reserved channels are read too when no names are given. @default {false} */
  readonly reserved?: boolean | undefined;
  /** Whether each latched channel begins with its last value before `fromNs`. @default {false} */
  readonly latched?: boolean | undefined;
}

/** Frames of one channel that follow each other, and are read and checked as one. */
export interface FrameRun {
  /** The number of the first of them in the channel. */
  readonly firstFrame: number;
  /** How many there should be. */
  readonly frames: number;
  /** No frame is earlier. */
  readonly firstNs: bigint;
  /** No frame is later. */
  readonly lastNs: bigint;
  /** About how many bytes they take, without the compression of the file. */
  readonly bytes: number;
  /** Reads them. @throws {TinmanError} `CORRUPT_LOG` when they are not what was written. */
  read(): Frame[];
}

/** What the compression of a recording comes to. */
export interface CompressionInfo {
  /** In the words of MCAP: `zstd`, `lz4`; more than one in files of others. */
  readonly names: readonly string[];
  /** Bytes of all chunks as they stand in the file, those that are not compressed too. */
  readonly storedBytes: number;
  /** Bytes of the same without compression. */
  readonly bytes: number;
}

/** What a recording is read from: a folder of logs, or one MCAP file. */
export interface RecordingSource {
  /** Where it is. */
  readonly path: string;
  /** What it says of itself, or what could be put together without that. */
  readonly manifest: Manifest;
  /** What is not as it should be. */
  readonly problems: readonly Finding[];
  /** All channels by name, the reserved ones too. */
  readonly channels: readonly ChannelInfo[];
  /** What its compression comes to; undefined when nothing is compressed. */
  readonly compression?: CompressionInfo | undefined;
  /** Cursors that together go through these channels, each before its first frame. */
  cursors(
    channels: ReadonlySet<string>,
    options: TimeRange & { readonly latched: boolean },
  ): readonly FrameCursor[];
  /** The frames of one channel in runs, in the order of their numbers; nothing is read yet. */
  runs(channel: string): FrameRun[];
  /** Releases all files; what was read stays valid. Twice is fine. */
  close(): void;
}
