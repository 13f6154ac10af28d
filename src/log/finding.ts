/** Something about a recording that is not as it should be. */
export interface Finding {
  /** `error`: data is lost or wrong. `warning`: it was, or could be. `info`: nothing is lost. */
  readonly severity: "error" | "warning" | "info";
  /** The channel, unless the whole recording is meant. */
  readonly channel?: string;
  /** The byte in the channel's log. */
  readonly at?: number;
  /** What is. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** A finding in one sentence. */
export function sentenceOf({ channel, message }: Finding): string {
  return channel === undefined ? message : `channel "${channel}": ${message}`;
}
