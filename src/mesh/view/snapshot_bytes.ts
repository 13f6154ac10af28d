import { hash } from "node:crypto";
import { decodeCbor, encodeCbor } from "../../cbor/mod.ts";
import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import { type DeviceKey, isSigned } from "../device.ts";
import { deviceBytes, type EventRef, ID_BYTES, type MeshEvent, type Payload } from "../event.ts";
import { findUnfit } from "../kinds.ts";
import { type Place, placeOf } from "./record_state.ts";
import { refOfKey, type Snapshot, type SnapshotEnd, WHATS } from "./snapshot.ts";
import { isNamed, keyOf, type Write } from "./write.ts";

/** A snapshot with the signature of the device that made it. */
export interface SignedSnapshot {
  /** What it says. */
  readonly snapshot: Snapshot;
  /** Who made it: whether that one is believed is for the reader to say. */
  readonly device: string;
}

/** A snapshot as bytes, signed: the same for the same snapshot and device. */
export function signSnapshot(snapshot: Snapshot, key: DeviceKey): Uint8Array {
  const body = encodeSnapshot(snapshot);
  return encodeCbor([FORM, body, deviceBytes(key.device), key.sign(messageOf(body))]);
}

/**
 * Reads what {@linkcode signSnapshot} wrote.
 *
 * @throws {TinmanError} `INTEGRITY` when the signature does not hold, `PROTOCOL` when it is something else.
 */
export function openSnapshot(bytes: Uint8Array): SignedSnapshot {
  return reading(() => {
    const [form, body, by, signature] = list(decodeCbor(bytes), 4);
    if (form !== FORM) throw new RangeError("it has another form");
    const device = idBytes(by).toHex();
    if (!isSigned(messageOf(blob(body)), { device, signature: blob(signature) })) {
      throw new TinmanError("INTEGRITY", `Cannot use a snapshot: ${device.slice(0, 8)} has not signed it`, {});
    }
    return { snapshot: readSnapshot(decodeCbor(blob(body))), device };
  });
}

/** What a snapshot is, without a signature: the same bytes for the same snapshot. */
export function encodeSnapshot({ dataset, frontier, registers, erasures, others, digest }: Snapshot): Uint8Array {
  const all = [
    ...registers.flatMap(({ heads, past }) => [...heads, ...past]),
    ...erasures,
    ...others.map((o) => o.write),
  ];
  const devices = [...new Set([...frontier.keys(), ...all.map(({ device }) => device)])].sort();
  const at = new Map(devices.map((device, i) => [device, i]));
  const row = ({ event: { wallMs, counter, kind, payload }, device, seq, check, before }: Write) => {
    const cells = [at.get(device), seq, check, wallMs, counter, kind, payload];
    return before === undefined ? cells : [...cells, [before.seq, before.check]];
  };
  return encodeCbor([
    dataset,
    devices.map(deviceBytes),
    [...frontier].map(([device, { seq, id, counted }]) => [at.get(device), seq, id, counted]),
    // A head says itself where it stands.
    registers.map(({ place, heads, past, early }) => [
      ...(heads.length + past.length > 0 ? [] : [[place.record, WHATS.indexOf(place.what), place.key]]),
      heads.map(row),
      past.map(row),
      early.map((key) => [deviceBytes(refOfKey(key).device), refOfKey(key).seq, refOfKey(key).check]),
    ]),
    erasures.map(row),
    others.map(({ write, id }) => [id, row(write)]),
    digest,
  ]);
}

const FORM = "tinman mesh snapshot 1";

function messageOf(body: Uint8Array): Uint8Array {
  return encodeCbor([FORM, hash("sha256", body, "buffer")]);
}

function readSnapshot(value: unknown): Snapshot {
  const [dataset, keys, ends, registers, erasures, others, digest] = list(value, 7);
  const devices = list(keys).map((key) => idBytes(key).toHex());
  const write = (value: unknown) => readWrite(list(value), devices);
  const read: Snapshot = {
    dataset: idBytes(dataset),
    frontier: new Map(list(ends).map((end) => readEnd(list(end, 4), devices))),
    registers: list(registers).map((register) => {
      const cells = list(register);
      const [heads, past, early] = cells.slice(-3).map((each) => list(each)) as [unknown[], unknown[], unknown[]];
      const start = { heads: heads.map(write), past: past.map(write), early: early.map(readKey) };
      const writes = [...start.heads, ...start.past];
      const place = writes.length > 0 ? placeOf(writes[0]!) : readPlace(list(cells[0], 3));
      if (place === undefined || !writes.every((each) => isSamePlace(placeOf(each), place))) {
        throw new RangeError("writes of several things are in one place");
      }
      return { place, ...start };
    }),
    erasures: list(erasures).map(write),
    others: list(others).map((each) => {
      const [id, row] = list(each, 2);
      return { id: idBytes(id), write: write(row) };
    }),
    digest: idBytes(digest),
  };
  if (read.erasures.some(({ event }) => event.kind !== "event.erase")) throw new RangeError("something else erases");
  return read;
}

function readEnd([at, seq, id, counted]: readonly unknown[], devices: readonly string[]): [string, SnapshotEnd] {
  return [deviceAt(at, devices), { seq: number(seq), id: idBytes(id), counted: number(counted) }];
}

function readWrite(cells: readonly unknown[], devices: readonly string[]): Write {
  const [at, seq, check, wallMs, counter, kind, payload, before] = cells;
  const event: MeshEvent = {
    wallMs: number(wallMs, 2 ** 48),
    counter: number(counter, 2 ** 16),
    kind: text(kind),
    payload: payload as Payload,
  };
  if (typeof payload !== "object" || payload === null) throw new RangeError("an event says nothing");
  const unfit = findUnfit(event.kind, event.payload!);
  if (unfit !== undefined) throw new RangeError(unfit);
  const place: EventRef = { device: deviceAt(at, devices), seq: number(seq), check: number(check) };
  if (before === undefined) return { event, source: event, ...place };
  const [ownSeq, ownCheck] = list(before, 2);
  const own = { device: place.device, seq: number(ownSeq), check: number(ownCheck) };
  if (isNamed(own, place)) throw new RangeError("an event is before itself");
  return { event, source: event, ...place, before: own };
}

function readKey(value: unknown): string {
  const [device, seq, check] = list(value, 3);
  return keyOf({ device: idBytes(device).toHex(), seq: number(seq), check: number(check) });
}

function readPlace([record, what, key]: readonly unknown[]): Place {
  return { record: text(record), what: WHATS[number(what, WHATS.length)]!, key: text(key) };
}

function isSamePlace(a: Place | undefined, b: Place): boolean {
  return a?.record === b.record && a.what === b.what && a.key === b.key;
}

function deviceAt(at: unknown, devices: readonly string[]): string {
  return devices[number(at, devices.length)]!;
}

function list(value: unknown, length?: number): unknown[] {
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
    throw new RangeError("a list is no list");
  }
  return value;
}

function number(value: unknown, limit = 2 ** 32): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) >= limit) {
    throw new RangeError("a number is out of range");
  }
  return value as number;
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new RangeError("a text is no text");
  return value;
}

function blob(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new RangeError("bytes are no bytes");
  return value;
}

function idBytes(value: unknown): Uint8Array {
  const bytes = blob(value);
  if (bytes.length !== ID_BYTES) throw new RangeError(`an id has ${ID_BYTES} bytes`);
  return bytes.slice();
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (isTinmanError(cause, "INTEGRITY")) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TinmanError("PROTOCOL", `Cannot read a snapshot: ${why}`, { protocol: "mesh", cause });
  }
}
