import type { BrokerParts } from "./observed_broker.ts";
import type { CheckList } from "./observed_checks.ts";
import type { MeshParts } from "./observed_mesh.ts";
import type { Tail, TailOptions } from "./tail.ts";
import type { ObservedTimeline } from "./timeline.ts";
import type { ObservedVerdict } from "./verdict.ts";

/** What kind of thing is looked at. */
export type ObservedKind = "run" | "replay" | "recording" | "broker" | "mesh";

/**
 * Something at work, or what was recorded of it, for whoever looks: the inspector. Looking changes nothing and waits for
 * nothing. What only some can do is an optional part: `history`, `replay`, `pipeline`. Whoever adds a page adds a part.
 */
export interface Observed {
  /** For people: a file, a folder, an address. */
  readonly name: string;
  /** What it is. */
  readonly kind: ObservedKind;
  /** When it began, in nanoseconds since 1970. */
  readonly startedNs: bigint;
  /** How it is now. Counts only grow, rates are the caller's. Called a few times a second, so it takes microseconds. */
  look(): ObservedState;
  /** Listens to a channel from now on; undefined where nothing can be heard. Disposed of by the caller. */
  tail(channel: string, options?: TailOptions): Tail | undefined;
  /** The value in the bytes of a frame of `channel`. It throws what the codec throws. */
  decode(channel: string, data: Uint8Array): unknown;
  /** What is kept of its channels, by number. */
  readonly history?: FrameHistory;
  /** Its own time now, as `look()` says it, for who asks often. @default {look().timeNs} */
  now?(): bigint;
  /** The recording in time that it is, or that is replayed. */
  readonly timeline?: ObservedTimeline;
  /** What a replay gave in comparison with what was recorded, so far. */
  readonly verdict?: () => ObservedVerdict;
  /** Steers a replay. */
  readonly replay?: ReplaySteering;
  /** Changes a pipeline while it runs. */
  readonly pipeline?: PipelineEditing;
  /** What only a broker has. */
  readonly broker?: BrokerParts;
  /** What only a dataset of the mesh has. */
  readonly mesh?: MeshParts;
  /** What can be checked of it, besides the machine. */
  readonly checks?: readonly CheckList[];
}

/** How something is at one moment. */
export interface ObservedState {
  /** `ended`: nothing more will come. */
  readonly phase: "running" | "paused" | "ended" | "failed";
  /** Its own time, in nanoseconds since 1970; in a replay the recorded one. */
  readonly timeNs: bigint;
  /** In the order of the graph. */
  readonly nodes: readonly ObservedNode[];
  /** One for each reader of each channel. */
  readonly edges: readonly ObservedEdge[];
  /** In the order of the graph. */
  readonly channels: readonly ObservedChannel[];
  /** Where it is recorded to, or what the recording is. */
  readonly recording?: ObservedRecording;
  /** Steps of the wall clock since the start; undefined where nobody watches it. */
  readonly clock?: { readonly steps: number; readonly lastMs: number };
  /** What is not as it should be, newest last; bounded. */
  readonly warnings: readonly ObservedWarning[];
}

/** One node. What nobody counts is undefined, which is not 0. */
export interface ObservedNode {
  /** Its name in the graph. */
  readonly id: string;
  /** What it is: `source`, `pure`, the type of a stage. */
  readonly type: string;
  /** `idle`: there is no telling, as in a recording. */
  readonly state: "running" | "ended" | "failed" | "idle";
  /** Frames that it got done with. */
  readonly frames?: number;
  /** Its own work, in nanoseconds. */
  readonly busyNs?: number;
  /** How long it waited for room, in nanoseconds. */
  readonly blockedNs?: number;
  /** Whether it waits for room now. */
  readonly isBlocked?: boolean;
  /** How often it threw. */
  readonly errors: number;
  /** How often it was made anew. */
  readonly restarts: number;
  /** Frames that it skipped, or that were shed before it. */
  readonly drops: number;
  /** What it threw last. */
  readonly lastError?: { readonly timeNs: bigint; readonly message: string };
}

/** One reader of one channel. */
export interface ObservedEdge {
  /** Who publishes; undefined when it comes from elsewhere. */
  readonly from?: string;
  /** Who reads; undefined when nobody does. */
  readonly to?: string;
  /** The channel between them. */
  readonly channel: string;
  /** Values that wait for the reader; undefined where there is no queue to look at. */
  readonly waiting?: number;
  /** How many may wait. */
  readonly capacity?: number;
  /** Values that were shed. */
  readonly drops: number;
  /** Whether it closes a cycle on purpose. */
  readonly isFeedback?: boolean;
}

/** One channel. */
export interface ObservedChannel {
  /** Its name. */
  readonly name: string;
  /** The id of its codec, where it is known. */
  readonly codec?: string;
  /** How many values went through. */
  readonly count: number;
  /** Their bytes, as they are recorded. */
  readonly bytes?: number;
  /** Whether `bytes` is put together from a few that were weighed. */
  readonly isEstimate?: boolean;
  /** Values that should be in the recording and are not. */
  readonly drops: number;
  /** Whether it goes into the recording. */
  readonly isRecorded: boolean;
  /** Time of its first frame, where it is kept. */
  readonly firstNs?: bigint;
  /** Time of its last frame, where it is kept. */
  readonly lastNs?: bigint;
}

/** A recording, growing or done. */
export interface ObservedRecording {
  /** A folder or a file. */
  readonly path: string;
  /** All its bytes, as far as they are known. */
  readonly bytes: number;
  /** Frames that are not in it and should be. */
  readonly drops: number;
  /** What is left on its disk; undefined where nobody can tell. */
  readonly freeBytes?: number;
  /** Whether somebody writes to it. */
  readonly isGrowing: boolean;
  /** It has no end, and nothing comes any more: whoever wrote it was killed. @default {false} */
  readonly isUnended?: boolean;
  /** Whether its oldest parts are deleted meanwhile, so that its rate does not fill the disk. @default {false} */
  readonly forgets?: boolean;
}

/** Something that a person should know. */
export interface ObservedWarning {
  /** When it was said, in nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** How much it matters. */
  readonly level: "warn" | "error";
  /** The node that it is about; empty for all of it. */
  readonly node: string;
  /** What is. */
  readonly message: string;
  /** What to do about it, where that is known. */
  readonly fix?: string;
}

/** One value as it is recorded. */
export interface ObservedFrame {
  /** The number of the value in its channel, from 0. */
  readonly index: number;
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** Its bytes, which the reader may keep; undefined when they could not be made. */
  readonly data: Uint8Array | undefined;
  /** Why not. */
  readonly problem?: string;
}

/** Frames that can be read again. */
export interface FrameHistory {
  /**
   * Up to `limit` frames of a channel from number `from` on; fewer at the end. It reads what is needed and no more.
   *
   * @throws {TinmanError} `NOT_FOUND` for a channel that is not there, `CORRUPT_LOG` for damage.
   */
  frames(channel: string, range: { readonly from: number; readonly limit: number }): ObservedFrame[];
  /** The number of the first frame at or behind a time; the number of frames when there is none. */
  seek(channel: string, timeNs: bigint): number;
}

/** Where a replay is, and what moves it. Nothing here waits. */
export interface ReplaySteering {
  /** How it is now. */
  look(): ReplayPosition;
  /** Holds it before its next frame. */
  pause(): void;
  /** Goes on. */
  resume(): void;
  /** Lets so many frames through, and holds. */
  step(frames: number): void;
  /** A multiple of the recorded pace; `Infinity` is as fast as it goes. */
  setSpeed(speed: number): void;
  /** Goes on at a later time; undefined where it cannot. */
  readonly seek?: (timeNs: bigint) => void;
  /** Starts the nodes anew from a time, also when it is over; undefined where it plays once. */
  readonly restart?: (timeNs: bigint) => void;
  /** Ends it. */
  stop(): void;
}

/** Where a replay is. */
export interface ReplayPosition {
  /** Whether it is held. */
  readonly isPaused: boolean;
  /** The speed that was asked for. */
  readonly speed: number;
  /** The recorded time that it has come to. */
  readonly timeNs: bigint;
  /** Where the recording begins and ends. */
  readonly firstNs: bigint;
  /** See `firstNs`. */
  readonly lastNs: bigint;
  /** Frames that were played. */
  readonly frames: number;
}

/** A pipeline's configuration while it runs. */
export interface PipelineEditing {
  /** What it says now, as text. */
  text(): string;
  /**
   * The lines of the difference between what runs and `text`; none when there is none.
   *
   * @throws {TinmanError} `CONFIG` with `problems`.
   */
  diff(text: string): string[];
  /** Has every stage work on `text`; rejects when it is refused, and then all is as it was. */
  apply(text: string): Promise<void>;
}
