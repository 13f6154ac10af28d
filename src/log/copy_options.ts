import type { TimeRange } from "./cursor.ts";

/** One of the recordings that are copied. */
export interface CopyFrom {
  /** A folder, an MCAP file, or a folder with recordings, of which the newest is meant. */
  readonly path: string;
  /** New names of its channels, by the old ones. @default {{}} */
  readonly rename?: Readonly<Record<string, string>>;
}

/** Options of {@linkcode copyRecording}. */
export interface CopyOptions extends TimeRange {
  /** The new recording, where nothing may be yet: a folder, or an MCAP file when it ends in `.mcap`. */
  readonly to: string;
  /** The channels to copy, by their old names. @default {all} */
  readonly channels?: readonly string[] | undefined;
  /** Whether the new recording is compressed, see {@linkcode RecordingOptions.compress}. @default {"none"} */
  readonly compress?: "zstd" | "none" | undefined;
  /** Ends it: what was written is removed, and its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called every few megabytes, and waited for: the moment to show how far it is, and to let others have their turn. */
  readonly onProgress?: (progress: CopyProgress) => void | Promise<void>;
}

/** How far a copy is. */
export interface CopyProgress {
  /** Frames that were copied. */
  readonly frames: number;
  /** Their bytes. */
  readonly bytes: number;
  /** The time of the last one. */
  readonly timeNs: bigint;
}

/** What {@linkcode copyRecording} did. */
export interface CopyReport {
  /** The recordings that were read. */
  readonly from: readonly string[];
  /** The new recording. */
  readonly to: string;
  /** Frames and bytes of each channel of it, without the reserved ones. */
  readonly channels: readonly { readonly name: string; readonly frames: number; readonly bytes: number }[];
  /** Frames that had the time of another one in their channel, and are a nanosecond later than that. */
  readonly moved: number;
  /** Channels of other tools that are bytes of unknown kind now, because a folder has no place for their encoding. */
  readonly plain: readonly string[];
}
