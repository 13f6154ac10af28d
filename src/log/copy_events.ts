import { eventCodec, type RecordingEvent } from "./events.ts";

/** What a copy does to the events of a recording. */
export interface EventCopyOptions {
  /** New names of channels, by the old ones. */
  readonly rename: ReadonlyMap<string, string>;
  /** Whether all that tells a replay what to do is left out: of several recordings nobody knows which one is meant. */
  readonly gapsOnly: boolean;
  /** Hears of frames that are not in the recording though they should be, under the new name of their channel. */
  onGap(channel: string, frames: number): void;
}

/** An event as it stands in a copy; undefined for one that is left out. What is no event of ours stays as it is. */
export function copyEvent(bytes: Uint8Array, { rename, gapsOnly, onGap }: EventCopyOptions): Uint8Array | undefined {
  const event = tryDecode(bytes);
  if (event === undefined) return gapsOnly ? undefined : bytes;
  const { kind, channel, frames } = event;
  if (gapsOnly && kind !== "gap") return undefined;
  const name = typeof channel === "string" ? rename.get(channel) ?? channel : undefined;
  if (kind === "gap" && name !== undefined && Number.isSafeInteger(frames)) onGap(name, frames as number);
  return name === channel ? bytes : eventCodec.encode({ ...event, channel: name });
}

function tryDecode(bytes: Uint8Array): RecordingEvent | undefined {
  try {
    const event: unknown = eventCodec.decode(bytes);
    return typeof event === "object" && event !== null ? event as RecordingEvent : undefined;
  } catch {
    return undefined;
  }
}
