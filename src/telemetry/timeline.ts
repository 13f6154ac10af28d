import type { FrameHistory, ObservedChannel } from "./observed.ts";

/** A recording in time: where its frames lie without reading them, and what happened to it. */
export interface ObservedTimeline extends FrameHistory {
  /** Its channels, in order. */
  channels(): readonly ObservedChannel[];
  /** The frames of a channel in runs, in the order of their numbers; nothing is read. */
  runs(channel: string): readonly ObservedRun[];
  /** The value in the bytes of a frame. It throws what the codec throws. */
  decode(channel: string, data: Uint8Array): unknown;
  /** What was written down of it: losses, clock steps, warnings, errors. Bounded, in the order of time. */
  marks(): readonly TimelineMark[];
}

/** Frames of a channel that follow each other and are read as one. */
export interface ObservedRun {
  /** The number of the first of them. */
  readonly firstFrame: number;
  /** How many there are. */
  readonly frames: number;
  /** No frame is earlier. */
  readonly firstNs: bigint;
  /** No frame is later. */
  readonly lastNs: bigint;
  /** About how many bytes they take on disk. */
  readonly bytes: number;
  /** Reads them. @throws {TinmanError} `CORRUPT_LOG` */
  read(): readonly { readonly index: number; readonly timeNs: bigint; readonly data: Uint8Array }[];
}

/** Something that happened at one time of a recording. */
export interface TimelineMark {
  /** When, in nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** How much it matters. */
  readonly level: "info" | "warn" | "error";
  /** The channel or node that it is about; empty for all. */
  readonly about: string;
  /** What happened. */
  readonly message: string;
}
