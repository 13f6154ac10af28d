import type { ObservedKind, ObservedState, ObservedWarning } from "../telemetry/mod.ts";

/*
 * What a page sees of a source, as JSON: rates and shares in place of counts, times in nanoseconds since 1970 as decimal text.
 * What nobody knows is left out, and is not 0.
 */

/** A source at one moment. */
export interface Snapshot {
  readonly id: string;
  readonly name: string;
  readonly kind: ObservedKind;
  readonly phase: ObservedState["phase"];
  readonly startedNs: string;
  readonly timeNs: string;
  /** Since it began, by its own time. */
  readonly elapsedMs: number;
  readonly totals: SnapshotTotals;
  /** Messages and bytes a second, once each half second for a minute, oldest first. */
  readonly trend: readonly { readonly hz: number; readonly bytesPerS: number }[];
  readonly nodes: readonly SnapshotNode[];
  readonly edges: readonly SnapshotEdge[];
  readonly channels: readonly SnapshotChannel[];
  readonly recording?: SnapshotRecording;
  readonly clock?: { readonly steps: number; readonly lastMs: number };
  readonly replay?: SnapshotReplay;
  readonly warnings: readonly SnapshotWarning[];
}

export interface SnapshotTotals {
  readonly count: number;
  readonly hz?: number;
  readonly bytes?: number;
  readonly bytesPerS?: number;
  readonly drops: number;
}

export interface SnapshotNode {
  readonly id: string;
  readonly type: string;
  readonly state: "running" | "ended" | "failed" | "idle";
  /** Frames a second that it got done with. */
  readonly hz?: number;
  /** Share of the last seconds in which it worked, 0 to 1. */
  readonly busy?: number;
  /** Share in which it waited for room. */
  readonly blocked?: number;
  readonly errors: number;
  readonly restarts: number;
  readonly drops: number;
  readonly lastError?: { readonly timeNs: string; readonly message: string };
}

export interface SnapshotEdge {
  readonly from?: string;
  readonly to?: string;
  readonly channel: string;
  readonly waiting?: number;
  readonly capacity?: number;
  readonly drops: number;
  readonly isFeedback?: boolean;
}

export interface SnapshotChannel {
  readonly name: string;
  readonly codec?: string;
  readonly count: number;
  readonly hz?: number;
  readonly bytes?: number;
  readonly bytesPerS?: number;
  /** Whether its bytes are put together from a few values that were weighed. */
  readonly isEstimate?: boolean;
  readonly drops: number;
  readonly isRecorded: boolean;
  readonly firstNs?: string;
  readonly lastNs?: string;
}

export interface SnapshotRecording {
  readonly path: string;
  readonly bytes: number;
  readonly bytesPerS?: number;
  readonly drops: number;
  readonly freeBytes?: number;
  /** Until the disk is full, at this rate. */
  readonly hoursLeft?: number;
  /** Whether its oldest parts are deleted meanwhile, so that there is no such time. */
  readonly forgets?: boolean;
  readonly isGrowing: boolean;
  /** It has no end, and nothing comes any more: whoever wrote it was killed. @default {false} */
  readonly isUnended?: boolean;
}

export interface SnapshotReplay {
  readonly isPaused: boolean;
  /** The speed that was asked for; undefined is as fast as it goes. */
  readonly speed?: number;
  /** The speed that it has. */
  readonly actualSpeed?: number;
  readonly timeNs: string;
  readonly firstNs: string;
  readonly lastNs: string;
  readonly frames: number;
  readonly canSeek: boolean;
  /** Whether its nodes can be started anew from an earlier time. */
  readonly canRestart: boolean;
}

export interface SnapshotWarning extends Omit<ObservedWarning, "timeNs"> {
  readonly timeNs: string;
}

/** What a page knows of a source before it looks. */
export interface SourceSummary {
  readonly id: string;
  readonly name: string;
  readonly kind: ObservedKind;
  readonly startedNs: string;
  /** What it can do: the optional parts that it has. */
  readonly parts:
    readonly ("tail" | "history" | "timeline" | "verdict" | "replay" | "pipeline" | "broker" | "mesh" | "plugins")[];
}

/** One value, as `tail` and `/frames` tell it. Its bytes lie behind the JSON, or are asked for one by one. */
export interface FrameRow {
  readonly index: number;
  readonly timeNs: string;
  /** All its bytes. */
  readonly size: number;
  /** Where its bytes lie behind the JSON of a live message. @default {0} */
  readonly at: number;
  /** How many of them are there. */
  readonly shown: number;
  /** Made by `toTree()`; undefined when there is a problem. */
  readonly value?: unknown;
  /** Why there is no value. */
  readonly problem?: string;
}
