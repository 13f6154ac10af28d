import { crc32 } from "../../bytes/mod.ts";
import { encodeUtf8 } from "../../bytes/mod.ts";
import { isTopicName } from "../queue.ts";

/**
 * A name for a topic for each channel. A channel keeps its name where a topic can have it. In others `/` becomes `.`, one
 * at the beginning is left out, and whatever no topic can have becomes `_`; the second that comes out the same gets `-2`.
 */
export function topicNames(channels: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map(channels.filter(isTopicName).map((channel) => [channel, channel]));
  const taken = new Set(names.values());
  for (const channel of channels) {
    if (names.has(channel)) continue;
    const escaped = escape(channel);
    let name = escaped;
    for (let n = 2; taken.has(name); n++) name = `${escaped}-${n}`;
    taken.add(name);
    names.set(channel, name);
  }
  return names;
}

/** Longest name, with room for a number behind it. */
const MAX_LENGTH = 240;

function escape(channel: string): string {
  const plain = channel.replace(/^\/+/, "").replaceAll("/", ".").replace(/[^a-zA-Z0-9._-]/gu, "_");
  if (plain.length > MAX_LENGTH) return `${plain.slice(0, MAX_LENGTH - 9)}-${hex(crc32(encodeUtf8(channel)))}`;
  return isTopicName(plain) ? plain : `channel${plain.replaceAll(".", "_")}`;
}

/** 128 bits in hexadecimal that are the same for the same recording and channel. */
export function topicId(recording: string, channel: string): string {
  return [1, 2, 3, 4].map((part) => hex(crc32(encodeUtf8(JSON.stringify([part, recording, channel]))))).join("");
}

function hex(number: number): string {
  return number.toString(16).padStart(8, "0");
}
