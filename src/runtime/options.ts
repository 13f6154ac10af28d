import type { PartLimit, RecordedParts, SyncPolicy } from "../log/mod.ts";
import type { RunProbe } from "./probe.ts";

/** How a run is recorded. */
export interface RecordOptions {
  /**
   * The folder in which each run makes a new recording; or a file that ends in `.mcap`, which gets a number when it is
   * there: `run.mcap`, `run-2.mcap`.
   */
  readonly folder: string;
  /** Name of the new recording. @default {its time of start} */
  readonly name?: string;
  /** Channels to record, as globs; an empty list records nothing. @default {["*"]} */
  readonly channels?: readonly string[];
  /** Channels to leave out, as globs. @default {[]} */
  readonly exclude?: readonly string[];
  /** When to wait for the disk. @default {"never"}: what was flushed survives a crash of the program, not a power cut */
  readonly sync?: SyncPolicy;
  /** Whether the recording is compressed where that makes it smaller: only an `.mcap` file can be. @default {"none"} */
  readonly compress?: "zstd" | "none";
  /**
   * Records the run in parts: each is a recording of its own, whole and closed as soon as the next one begins beside it
   * (`-2`, `-3` …). `copyRecording` puts them together. @default {one recording}
   */
  readonly split?: PartLimit;
  /** With `split`: deletes the oldest closed parts of this run while they are beyond this. @default {all are kept} */
  readonly keep?: PartLimit;
}

/** Options of `run`. */
export interface RunOptions {
  /** Where to record to, if at all. */
  readonly record?: string | RecordOptions;
  /** Ends the run after this time, as if asked by a signal. @default {Infinity} */
  readonly durationMs?: number;
  /** Ends the run when it aborts. */
  readonly signal?: AbortSignal;
  /** How long nodes may take to end once they were asked. @default {5000} */
  readonly graceMs?: number;
  /** How long everything may wait for a node that does not read, before the run fails with `DEADLOCK`. @default {10000} */
  readonly stallMs?: number;
  /** Where chance comes from. @default {a new seed, which the recording keeps} */
  readonly seed?: string;
  /** Ends the run on SIGINT, SIGTERM and SIGHUP: at the first sources end and the rest drains, at the second all ends. @default {true} */
  readonly handleSignals?: boolean;
  /** Keeps every channel visible in the statistics, at the price of fusing no nodes. @default {false} */
  readonly stats?: boolean;
  /** Called every `statsEveryMs` with what went through so far. */
  readonly onStats?: (channels: readonly ChannelStats[]) => void;
  /** Milliseconds between two calls of `onStats`. @default {1000} */
  readonly statsEveryMs?: number;
  /** Gets what the run is looked at with, before it starts. Every channel is then visible, as with `stats`. */
  readonly onProbe?: (probe: RunProbe) => void;
}

/** What went through one channel. */
export interface ChannelStats {
  /** The channel. */
  readonly name: string;
  /** How many values. */
  readonly count: number;
  /** Values a second, between the first and the last. */
  readonly hz: number;
  /** Bytes in the recording; 0 if it was not recorded. */
  readonly bytes: number;
  /** Values that are not in the recording though they should be. */
  readonly drops: number;
}

/** How a run went. */
export interface RunReport {
  /** Where the recording is, if one was made: a folder or an `.mcap` file. Of several parts the first that is there. */
  readonly recording?: string;
  /** The parts of the recording, if it was split. */
  readonly parts?: RecordedParts;
  /** What went through each channel, in the order of the graph. */
  readonly channels: readonly ChannelStats[];
  /** Why it ended: all nodes had ended, or somebody asked. */
  readonly stopped: "ended" | "signal" | "duration" | "asked";
  /** How long it took. */
  readonly elapsedMs: number;
  /** Nodes that were asked to end and did not within the time of grace. */
  readonly leftBehind: readonly string[];
}
