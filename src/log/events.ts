import { type ChannelHeader, type Codec, encodeHeader } from "../codec/mod.ts";

/** The reserved channel in which a recording notes what happened to itself. */
export const EVENTS_CHANNEL = "~events";

/** What happened to a recording: `{ kind: "gap", channel, frames, why }`, `{ kind: "clock-step", … }` and so on. */
export type RecordingEvent = Readonly<Record<string, unknown>> & { readonly kind: string };

/** Writes events; the JSON codec itself lives above the log, and reads them. A bigint becomes decimal text. */
export const eventCodec: Codec<RecordingEvent> = {
  id: "json",
  version: 1,
  encode: (event) => utf8.encode(JSON.stringify(event, (_, value) => typeof value === "bigint" ? `${value}` : value)),
  decode: (bytes) => JSON.parse(new TextDecoder().decode(bytes)),
};

/** The first frame of the channel of events. */
export function eventsHeader(): Uint8Array {
  const header: ChannelHeader = { codec: eventCodec.id, version: eventCodec.version, channel: EVENTS_CHANNEL };
  return encodeHeader(header);
}

const utf8 = new TextEncoder();
