import { hash } from "node:crypto";
import { decodeUtf8 } from "../../bytes/mod.ts";
import { plainText, TinmanError } from "../../errors/mod.ts";
import { JsonError, readJson } from "./read_json.ts";
import { isObject, type OriginalObject, type OriginalValue, toOriginal } from "./value.ts";
import { writeJson } from "./write_json.ts";

/** One event of the original. Its author is a name, and nothing proves who wrote it: there are no signatures. */
export interface OriginalEvent {
  /** Whose feed it is in. */
  readonly author: string;
  /** Its place in the feed: 1, 2, 3, … */
  readonly seq: number;
  /** Milliseconds since 1970, and a counter that has no limit in the original. */
  readonly hlc: readonly [wallMs: number, counter: number];
  /** `record.create`, `field.set`, `note.add`, `attachment.add`; others mean nothing to the original. */
  readonly kind: string;
  /** What it says, see {@linkcode toOriginal}. */
  readonly payload: OriginalObject;
  /** The id of the event before it in the feed, empty for the first. */
  readonly prev: string;
  /** 32 hexadecimal digits, see {@linkcode originalId}. */
  readonly id: string;
}

/** An event before it has an id; its payload may be of plain JavaScript values, see {@linkcode toOriginal}. */
export type OriginalParts = Omit<OriginalEvent, "id" | "payload"> & { readonly payload: unknown };

/** Longest name of an author or a kind, in UTF-16 units. */
const MAX_NAME = 256;

/** An event with its id, as the caller places it. */
export function createOriginalEvent({ author, seq, hlc, kind, payload, prev }: OriginalParts): OriginalEvent {
  const fields = toOriginal(payload);
  if (!isObject(fields)) throw new TypeError("the payload of an event is an object");
  const isCount = (number: number, min: number) => Number.isSafeInteger(number) && number >= min;
  if (!isCount(seq, 1) || !isCount(hlc[0], 0) || !isCount(hlc[1], 0) || (seq === 1) !== (prev === "")) {
    throw new RangeError(`number ${seq}, stamp ${hlc} and previous "${prev}" are not those of an event`);
  }
  const parts = { author, seq, hlc, kind, payload: fields, prev };
  return { ...parts, id: originalId(parts) };
}

/** What the original calls an event: the first half of the SHA-256 of its parts as JSON with sorted keys. */
export function originalId({ author, seq, hlc, kind, payload, prev }: Omit<OriginalEvent, "id">): string {
  const json = (value: OriginalValue) => writeJson(value, { sortKeys: true });
  const body =
    `{"author":${json(author)},"hlc":[${hlc[0]},${hlc[1]}],"kind":${json(kind)},"payload":${json(payload)},` +
    `"prev":${json(prev)},"seq":${seq}}`;
  return hash("sha256", body, "hex").slice(0, 32);
}

/**
 * Reads one event as it is in a log and on the wire, and checks its id. Fields that the original does not know are left
 * out, as it does itself.
 *
 * @throws {TinmanError} `PROTOCOL`, which says what is wrong with it.
 */
export function readOriginalEvent(json: string | Uint8Array): OriginalEvent {
  return eventFrom(parse(json, "an event"));
}

/** The event in a JSON value, its id checked. */
export function eventFrom(value: OriginalValue | undefined): OriginalEvent {
  if (!isObject(value)) throw refused("an event", `${describe(value)} is not an object`);
  const event: OriginalEvent = {
    author: readName(value, "a"),
    seq: readNumber(value.get("s"), "s", 1),
    hlc: readStamp(value.get("h")),
    kind: readName(value, "k"),
    payload: readPayload(value.get("p")),
    prev: readId(value, "v", true),
    id: readId(value, "i", false),
  };
  const what = `event ${event.seq} of ${plainText(event.author, 40)}`;
  if ((event.seq === 1) !== (event.prev === "")) throw refused(what, "only the first of a feed has no event before it");
  const id = originalId(event);
  if (id !== event.id) throw refused(what, `its id is ${event.id}, and ${id} by what is in it`);
  return event;
}

/** The event as a value, for logs and messages. */
export function eventValue({ author, seq, hlc, kind, payload, prev, id }: OriginalEvent): OriginalObject {
  return new Map<string, OriginalValue>([
    ["a", author],
    ["s", BigInt(seq)],
    ["h", hlc.map(BigInt)],
    ["k", kind],
    ["p", payload],
    ["v", prev],
    ["i", id],
  ]);
}

/** A JSON text as a value, or `PROTOCOL` with what is wrong. */
export function parse(json: string | Uint8Array, what: string): OriginalValue {
  let text: string;
  try {
    text = typeof json === "string" ? json : decodeUtf8(json);
  } catch (cause) {
    throw refused(what, "its bytes are not UTF-8", cause);
  }
  try {
    return readJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw refused(what, cause.message, cause);
  }
}

/** A whole number from `min` on that JavaScript holds exactly. */
export function readNumber(value: OriginalValue | undefined, field: string, min: number): number {
  if (typeof value === "bigint" && value >= BigInt(min) && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
    return Number(value);
  }
  throw refused("an event", `${field} is ${describe(value)}, expected a whole number from ${min} to 2^53`);
}

/** The failure of reading `what`. */
export function refused(what: string, reason: string, cause?: unknown): TinmanError<"PROTOCOL"> {
  return new TinmanError("PROTOCOL", `Cannot read ${what}: ${reason}`, { protocol: "meshlog", cause });
}

/** A value in a few characters. */
export function describe(value: OriginalValue | undefined): string {
  if (value === undefined) return "missing";
  if (typeof value === "object" && value !== null) return isObject(value) ? "an object" : `a list of ${value.length}`;
  return typeof value === "bigint" && value.toString().length > 20 ? "a long number" : plainText(writeJson(value), 40);
}

function readName(fields: OriginalObject, key: string): string {
  const value = fields.get(key);
  if (typeof value === "string" && value.length <= MAX_NAME) return value;
  throw refused("an event", `${key} is ${describe(value)}, expected a text of at most ${MAX_NAME} characters`);
}

function readStamp(value: OriginalValue | undefined): [number, number] {
  if (!Array.isArray(value) || value.length !== 2) {
    throw refused("an event", `h is ${describe(value)}, expected two whole numbers`);
  }
  return [readNumber(value[0], "h[0]", 0), readNumber(value[1], "h[1]", 0)];
}

function readPayload(value: OriginalValue | undefined): OriginalObject {
  if (isObject(value)) return value;
  throw refused("an event", `p is ${describe(value)}, expected an object`);
}

function readId(fields: OriginalObject, key: string, mayBeEmpty: boolean): string {
  const value = fields.get(key);
  if (typeof value === "string" && (/^[0-9a-f]{32}$/.test(value) || (mayBeEmpty && value === ""))) return value;
  throw refused("an event", `${key} is ${describe(value)}, expected 32 hexadecimal digits`);
}
