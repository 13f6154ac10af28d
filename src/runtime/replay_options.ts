import type { RunOptions, RunReport } from "./options.ts";
import type { ReplayControl } from "./pace.ts";
import type { VerifyLook, VerifyReport } from "./verify.ts";

/** Options of `replay`. */
export interface ReplayOptions extends Omit<RunOptions, "durationMs" | "seed" | "stallMs"> {
  /** A multiple of the recorded pace, or `max`. What comes out does not depend on it. @default {"max"} */
  readonly speed?: number | "max";
  /** First time to play, in nanoseconds since 1970. @default {the beginning} */
  readonly fromNs?: bigint;
  /** First time not to play any more, in nanoseconds since 1970. @default {the end} */
  readonly toNs?: bigint;
  /** How often to play it: `true` is for ever. @default {1} */
  readonly loop?: number | boolean;
  /** Recorded channels to play, as globs; inputs that are left out end at once. @default {["*"]} */
  readonly channels?: readonly string[];
  /** Recorded names by the names of the graph's channels: `{ camera: "camera_left" }` feeds `camera` from `camera_left`. */
  readonly remap?: Readonly<Record<string, string>>;
  /** Compares what the nodes publish with what was recorded. @default {false} */
  readonly verify?: boolean;
  /** With `verify`, before it starts: gets what tells how it is so far. */
  readonly onVerify?: (look: () => VerifyLook) => void;
  /** Gets what steers the replay, before it starts. */
  readonly onControl?: (control: ReplayControl) => void;
  /** Called about ten times a second with the recorded time and the number of frames played. */
  readonly onProgress?: (timeNs: bigint, frames: number) => void;
}

/** How a replay went. */
export interface ReplayReport extends RunReport {
  /** How many recorded frames were played. */
  readonly frames: number;
  /** The recording that was played. */
  readonly source: string;
  /** The recorded channels that were played. */
  readonly played: readonly string[];
  /** With `verify`: what was compared. */
  readonly verify?: VerifyReport;
}
