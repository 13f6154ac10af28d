import type { Payload } from "./event.ts";

/** Most bytes of a payload in its canonical form. */
export const MAX_PAYLOAD_BYTES = 16 * 1024;
/** Longest kind, record id and name of a field, in UTF-16 units. */
export const MAX_NAME_LENGTH = 128;
/** Most events that one write can supersede. */
export const MAX_SUPERSEDES = 64;
/** Most events that an erasure can name: what an edit superseded, its note, and what its device had written before. */
export const MAX_REPLACED: number = MAX_SUPERSEDES + 2;
/** Most devices that one `member.withdraw` can keep. */
export const MAX_JOINED = 200;

/**
 * Why an event of this kind cannot say this; undefined when it can. Strict: a field too many, too few or of another type
 * is an answer. Kinds that are not known here say what they like, within the limits of values. (SPEC K1–K4)
 */
export function findUnfit(kind: string, payload: Payload): string | undefined {
  if (!isName(kind)) return `a kind has from 1 to ${MAX_NAME_LENGTH} characters`;
  const shape = KINDS.get(kind);
  if (shape === undefined) return valueUnfit(payload, 0);
  for (const name in payload) if (!Object.hasOwn(shape, name)) return `${kind} has no field "${name.slice(0, 64)}"`;
  for (const name in shape) {
    const { is, optional, what, why, fix } = shape[name]!;
    const value = payload[name];
    // A field that is there and says nothing would be hashed, but not sent.
    if (value === undefined ? !optional || Object.hasOwn(payload, name) : !is(value)) {
      const length = fix !== undefined && isText(value, Infinity) ? `, and it has ${(value as string).length}` : "";
      const because = value === undefined ? undefined : why?.(value);
      return `${kind} needs ${name}: ${what}${length}${because === undefined ? "" : `, and ${because}`}`;
    }
  }
  return undefined;
}

/** What a person can do about something that has no place in an event; undefined where that is plain. */
export function findFix(kind: string, payload: Payload): string | undefined {
  for (const [name, { is, fix }] of Object.entries(KINDS.get(kind) ?? {})) {
    const value = payload[name];
    if (fix !== undefined && value !== "" && isText(value, Infinity) && !is(value)) return fix;
  }
  const isLarge = findUnfit(kind, payload) === undefined && JSON.stringify(payload).length > MAX_PAYLOAD_BYTES;
  return isLarge ? "several fields or notes, or a file: tinman mesh attach" : undefined;
}

/** The kinds of this version, with the names of their fields in the order of the wire. */
export function knownKinds(): ReadonlyMap<string, readonly string[]> {
  return new Map([...KINDS].map(([kind, shape]) => [kind, Object.keys(shape)]));
}

/** Whether events of a kind are sealed, where that is done: relays need to see who takes part, and what is erased. */
export function isSealable(kind: string): boolean {
  return !/^(member\.|epoch\.|event\.|sealed$)/.test(kind);
}

/** What a field of a record can hold: nothing, yes or no, a number, text, or lists and objects of those. */
export type FieldValue = null | boolean | number | string | readonly FieldValue[] | {
  readonly [name: string]: FieldValue;
};

/** What a member may do: read; write; let others in and out. */
export type Role = "reader" | "writer" | "admin";
const ROLES: readonly Role[] = ["reader", "writer", "admin"];

interface Field {
  readonly is: (value: unknown) => boolean;
  readonly what: string;
  readonly optional?: boolean;
  /** Why it is not, where that can be told. */
  readonly why?: (value: unknown) => string | undefined;
  /** What to give in place of a text that is too long. */
  readonly fix?: string;
}
type Shape = Readonly<Record<string, Field>>;

const name: Field = {
  is: isName,
  what: `text of 1 to ${MAX_NAME_LENGTH} characters`,
  fix: "a shorter name; what is longer has its place in a field or a note",
};
const text: Field = {
  is: (value) => isText(value, 8192),
  what: "text of at most 8192 characters",
  fix: "several notes, or a file: tinman mesh attach",
};
const reason: Field = {
  is: (value) => isText(value, 512),
  what: "text of at most 512 characters",
  optional: true,
  fix: "a shorter reason; what is longer has its place in a note",
};
const yes: Field = { is: (value) => value === true, what: "true, or not at all" };
const ref: Field = { is: isRef, what: "an event: device, seq and check" };
const refs: Field = refsUpTo(MAX_SUPERSEDES);
const value: Field = {
  is: (value) => valueUnfit(value, 0) === undefined,
  what: "plain data",
  why: (value) => valueUnfit(value, 0),
};
const hash: Field = { is: (value) => isHex(value, 32), what: "64 hex digits" };
const size: Field = { is: (value) => isWhole(value, 2 ** 40), what: "a whole number of bytes, below 2^40" };

const time: Field = { is: (value) => isWhole(value, 2 ** 48), what: "whole milliseconds since 1970" };
const number: Field = { is: (value) => isWhole(value, 2 ** 32), what: "a whole number below 2^32" };
const signature: Field = { is: (value) => isHex(value, 64), what: "128 hex digits" };
const keyId: Field = { is: (value) => isHex(value, 8), what: "16 hex digits" };
const sealedData: Field = {
  is: (value) => typeof value === "string" && value.length >= 56 && isHex(value, value.length / 2),
  what: "bytes sealed with the key, in hex digits",
};
const sealedKeys: Field = { is: isSealedKeys, what: "devices, each with the key sealed to it" };
const devices: Field = { is: isDevices, what: `1 to ${MAX_JOINED} devices` };
const heads: Field = { is: isHeads, what: "at most 16 events: seq and check" };
const role: Field = { is: (value) => ROLES.includes(value as Role), what: ROLES.join(", ") };

function refsUpTo(max: number): Field {
  return { is: (value) => isRefs(value, max), what: `1 to ${max} events`, optional: true };
}

function optional(field: Field): Field {
  return { ...field, optional: true };
}

const KINDS: ReadonlyMap<string, Shape> = new Map(Object.entries<Shape>({
  "record.create": { record: name, form: name },
  "record.delete": { record: name, reason, supersedes: refs },
  "record.restore": { record: name, supersedes: refs },
  "field.set": { record: name, field: name, value, supersedes: refs },
  "note.add": { record: name, text, urgent: optional(yes) },
  "note.edit": { record: name, note: ref, text, supersedes: refs },
  "note.delete": { record: name, note: ref, reason },
  "attachment.add": { record: name, field: name, blob: hash, size, type: name, name },
  "attachment.delete": { record: name, attachment: ref, reason },
  "event.erase": { event: ref, reason, supersedes: refsUpTo(MAX_REPLACED) },
  "member.add": {
    device: hash,
    of: optional(hash),
    name: optional(name),
    role,
    box: optional(hash),
    proof: optional(signature),
  },
  "member.role": { member: hash, role, proof: optional(signature) },
  "member.remove": { device: hash, heads, reason },
  "member.invite": {
    ticket: hash,
    of: optional(hash),
    role,
    untilMs: time,
    uses: number,
    proof: optional(signature),
  },
  "member.withdraw": { ticket: hash, joined: optional(devices) },
  "epoch.key": { key: keyId, keys: sealedKeys },
  sealed: { key: keyId, data: sealedData, blob: optional(hash), size: optional(size) },
  "member.join": { ticket: hash, of: optional(hash), proof: signature, name, box: optional(hash) },
}));

function isName(value: unknown): boolean {
  return isText(value, MAX_NAME_LENGTH) && value !== "";
}

function isHex(value: unknown, bytes: number): boolean {
  return typeof value === "string" && value.length === 2 * bytes && /^[0-9a-f]*$/.test(value);
}

function isText(value: unknown, maxLength: number): boolean {
  return typeof value === "string" && value.length <= maxLength && value.isWellFormed();
}

function isWhole(value: unknown, limit: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < limit && !Object.is(value, -0);
}

function isRef(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { device, seq, check, ...rest } = value as Record<string, unknown>;
  if (!hash.is(device) || !isWhole(seq, 2 ** 32) || seq === 0 || !isWhole(check, 2 ** 32)) return false;
  return Object.keys(rest).length === 0;
}

function isSealedKeys(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.length <= 100 &&
    value.every((each) => isHex(each?.device, 32) && isHex(each?.box, 92));
}

function isDevices(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_JOINED &&
    value.every((each) => isHex(each, 32));
}

function isHeads(value: unknown): boolean {
  return Array.isArray(value) && value.length <= 16 &&
    value.every((each) =>
      isWhole(each?.seq, 2 ** 32) && each.seq > 0 && isWhole(each.check, 2 ** 32) && Object.keys(each).length === 2
    );
}

function isRefs(value: unknown, max: number): boolean {
  return Array.isArray(value) && value.length > 0 && value.length <= max && value.every(isRef);
}

const MAX_VALUE_DEPTH = 8;
const HALF_CHARACTER = "half a character (such as U+D800 alone) is no text";

function valueUnfit(value: unknown, depth: number): string | undefined {
  if (value === null || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : "NaN and infinity are none";
  if (typeof value === "string") return value.isWellFormed() ? undefined : HALF_CHARACTER;
  if (typeof value !== "object" || value instanceof Uint8Array) return "this is something else";
  if (depth >= MAX_VALUE_DEPTH) return `it is at most ${MAX_VALUE_DEPTH} deep`;
  if (Array.isArray(value)) return first(value, depth);
  if (Object.getPrototypeOf(value) !== Object.prototype) return "this is something else";
  const keys = Object.keys(value);
  if (keys.includes("__proto__")) return "nothing in it can be named __proto__";
  if (!keys.every((key) => key.isWellFormed())) return HALF_CHARACTER;
  return first(Object.values(value), depth);
}

function first(values: readonly unknown[], depth: number): string | undefined {
  for (const each of values) {
    const unfit = valueUnfit(each, depth + 1);
    if (unfit !== undefined) return unfit;
  }
  return undefined;
}
