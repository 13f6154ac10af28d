/** What a replay gave, compared with what was recorded, so far. */
export interface ObservedVerdict {
  /** Frames that were equal, and how many there are in the recording, by channel. */
  readonly channels: readonly { readonly name: string; readonly equal: number; readonly recorded: number }[];
  /** The first divergence of each channel that has one, in the order of time. */
  readonly divergences: readonly ObservedDivergence[];
}

/** A place where a replay gave something else than what was recorded. */
export interface ObservedDivergence {
  /** The channel. */
  readonly channel: string;
  /** The number of the frame. */
  readonly frame: number;
  /** When it was recorded, or would have been; nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** `missing`: the replay gave less, `extra`: more. */
  readonly kind: "changed" | "missing" | "extra";
  /** What was recorded, decoded. */
  readonly recorded?: unknown;
  /** What came now, decoded. */
  readonly replayed?: unknown;
}
