import { encodeUtf8 } from "../../bytes/mod.ts";
import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import { describe, eventFrom, eventValue, type OriginalEvent, parse, readNumber, refused } from "./event.ts";
import { isObject, type OriginalValue } from "./value.ts";
import { writeJson } from "./write_json.ts";

/** How many events the original puts into one message, and the most that is taken from one. */
export const MAX_EVENTS = 32;
/** How many authors a frontier may name. */
const MAX_AUTHORS = 4096;

/** A message of the original: what somebody has of each feed, or events that we may lack. */
export type OriginalMessage =
  | { readonly type: "frontier"; readonly frontier: ReadonlyMap<string, number> }
  /** `refused` says what was wrong with those that are left out. */
  | { readonly type: "events"; readonly events: readonly OriginalEvent[]; readonly refused: readonly string[] };

/**
 * Reads a message, `{"t":"frontier","f":{…}}` or `{"t":"events","e":[…]}`. One event that is wrong leaves the others.
 *
 * @throws {TinmanError} `PROTOCOL` or `TOO_LARGE`, for the message as a whole.
 */
export function readOriginalMessage(bytes: Uint8Array, maxBytes: number = 1 << 20): OriginalMessage {
  checkSize("bytes", bytes.length, maxBytes);
  const message = parse(bytes, "a message");
  if (!isObject(message)) throw refused("a message", `${describe(message)} is not an object`);
  const type = message.get("t");
  if (type === "frontier") return { type, frontier: readFrontier(message.get("f")) };
  if (type === "events") return { type, ...readEvents(message.get("e")) };
  throw refused("a message", `t is ${describe(type)}, expected "frontier" or "events"`);
}

/** The message that says what we have: whoever gets it sends what is above. */
export function encodeOriginalFrontier(frontier: ReadonlyMap<string, number>): Uint8Array {
  const counts = new Map([...frontier].map(([author, count]) => [author, BigInt(count)]));
  return encodeUtf8(writeJson(new Map<string, OriginalValue>([["t", "frontier"], ["f", counts]])));
}

/** Options of {@linkcode packOriginalEvents}. */
export interface PackOptions {
  /** Longest message, in bytes. */
  readonly maxMessageBytes: number;
  /** Most bytes of all messages together. */
  readonly creditBytes: number;
}

/** Messages with events in this order, as many as the credit allows; the rest is for another time. */
export function packOriginalEvents(
  events: Iterable<OriginalEvent>,
  { maxMessageBytes, creditBytes }: PackOptions,
): { readonly messages: readonly Uint8Array[]; readonly tooLong: readonly OriginalEvent[] } {
  const [start, end] = ['{"t":"events","e":[', "]}"];
  const frame = start.length + end.length;
  const messages: Uint8Array[] = [];
  // Who has one of these gets nothing after it: without it, no later event of the feed is of use.
  const tooLong = new Map<string, OriginalEvent>();
  let texts: string[] = [];
  let [length, spent] = [frame, 0];
  const flush = () => {
    if (texts.length > 0) messages.push(encodeUtf8(start + texts.join(",") + end));
    [texts, length, spent] = [[], frame, spent + (texts.length > 0 ? length : 0)];
  };
  for (const event of events) {
    if (tooLong.has(event.author)) continue;
    const text = writeJson(eventValue(event));
    if (frame + text.length > maxMessageBytes) {
      tooLong.set(event.author, event);
      continue;
    }
    const comma = texts.length > 0 ? 1 : 0;
    if (texts.length === MAX_EVENTS || length + comma + text.length > maxMessageBytes) flush();
    const more = text.length + (texts.length > 0 ? 1 : 0);
    if (spent + length + more > creditBytes) break;
    texts.push(text);
    length += more;
  }
  flush();
  return { messages, tooLong: [...tooLong.values()] };
}

function readFrontier(value: OriginalValue | undefined): Map<string, number> {
  if (!isObject(value)) throw refused("a frontier", `f is ${describe(value)}, expected an object`);
  checkSize("authors", value.size, MAX_AUTHORS);
  return new Map([...value].map(([author, count]) => [author, readNumber(count, "a count of a frontier", 0)]));
}

function readEvents(value: OriginalValue | undefined): { events: OriginalEvent[]; refused: string[] } {
  if (!Array.isArray(value)) throw refused("events", `e is ${describe(value)}, expected a list`);
  checkSize("events", value.length, MAX_EVENTS);
  const found: { events: OriginalEvent[]; refused: string[] } = { events: [], refused: [] };
  for (const item of value) {
    try {
      found.events.push(eventFrom(item));
    } catch (error) {
      if (!isTinmanError(error, "PROTOCOL")) throw error;
      found.refused.push(error.message);
    }
  }
  return found;
}

function checkSize(what: string, actual: number, limit: number): void {
  if (actual <= limit) return;
  throw new TinmanError("TOO_LARGE", `Cannot read a message: ${actual} ${what}, at most ${limit}`, { limit, actual });
}
