import { encodeCbor } from "../cbor/mod.ts";
import { SIGNATURE_BYTES } from "./device.ts";
import { ID_BYTES, type MeshEvent } from "./event.ts";
import { findUnfit, MAX_PAYLOAD_BYTES } from "./kinds.ts";
import type { Run } from "./run.ts";
import { compareStamps, type Stamp, STAMP_COUNTER_LIMIT, STAMP_WALL_LIMIT } from "./stamp.ts";

/** Most events in one run. */
export const MAX_RUN_EVENTS = 4096;
/** Numbers of events end here. */
export const SEQ_LIMIT = 2 ** 32;

/** A rule that a run breaks whatever is here already, and how; undefined when it breaks none. */
export function findUnfitRun({ device, from, after, events, signature }: Run): UnfitRun | undefined {
  if (!/^[0-9a-f]{64}$/.test(device)) return { rule: "E1", reason: "a device is 64 hexadecimal digits" };
  if (!isWhole(from, SEQ_LIMIT) || from < 1) return { rule: "E2", reason: "events are numbered from 1" };
  if (!isWhole(after, 2 ** 32)) return { rule: "E2", reason: "what is before a run is named by four bytes" };
  if (signature.length !== SIGNATURE_BYTES) return { rule: "E6", reason: `a signature has ${SIGNATURE_BYTES} bytes` };
  if (events.length < 1 || events.length > MAX_RUN_EVENTS || from + events.length > SEQ_LIMIT) {
    return { rule: "E7", reason: `a run has from 1 to ${MAX_RUN_EVENTS} events` };
  }
  for (const event of events) {
    const reason = unfitEvent(event);
    if (reason !== undefined) return { rule: "K1", reason };
  }
  const reason = unordered(undefined, events);
  return reason === undefined ? undefined : { rule: "E5", reason };
}

/** See {@linkcode findUnfitRun}. */
export interface UnfitRun {
  /** The rule of SPEC.md. */
  readonly rule: string;
  /** What is wrong. */
  readonly reason: string;
}

/** Why these stamps do not follow each other, or what is before them; undefined when they do. */
export function unordered(before: Stamp | undefined, events: readonly MeshEvent[]): string | undefined {
  for (const event of events) {
    if (before !== undefined && compareStamps(before, event) >= 0) return "stamps of a feed go up with each event";
    before = event;
  }
  return undefined;
}

function unfitEvent({ wallMs, counter, kind, payload, payloadHash }: MeshEvent): string | undefined {
  if (!isWhole(wallMs, STAMP_WALL_LIMIT) || !isWhole(counter, STAMP_COUNTER_LIMIT)) return "a stamp is out of range";
  if (payload === undefined) {
    return payloadHash?.length === ID_BYTES ? undefined : "nothing is said, and no hash is left of it";
  }
  if (payloadHash !== undefined) return "what was erased is not said";
  const unfit = findUnfit(kind, payload);
  if (unfit !== undefined) return unfit;
  // What is sealed is in hex digits, so that it is plain data; on the air it is half as long.
  const limit = kind === "sealed" ? 2 * MAX_PAYLOAD_BYTES + 256 : MAX_PAYLOAD_BYTES;
  return isSmall(payload) || encodeCbor(payload).length <= limit
    ? undefined
    : `what is said has more than ${limit} bytes`;
}

// Most payloads are a few short texts: no need to write them down to know that they fit.
function isSmall(payload: Readonly<Record<string, unknown>>): boolean {
  for (const name in payload) {
    const value = payload[name];
    if (typeof value === "string" ? value.length > 256 : typeof value === "object" && value !== null) return false;
  }
  return true;
}

function isWhole(value: number, limit: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < limit;
}
