import { hash } from "node:crypto";
import { decodeCbor, encodeCbor } from "../../cbor/mod.ts";
import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import { type DeviceKey, isSigned } from "../device.ts";
import { deviceBytes, type MeshEvent, type Payload } from "../event.ts";
import { findUnfit } from "../kinds.ts";
import { fail, readBytes, readList, readNumber, readText } from "./read_cbor.ts";
import { type Place, placeOf } from "./record_state.ts";
import { refOfKey, type Snapshot, type SnapshotEnd, WHATS } from "./snapshot.ts";
import { keyOf, type Write } from "./write.ts";
import { decodeWrites, encodeWrites, readId } from "./write_columns.ts";

/** A snapshot with the signature of the device that made it. */
export interface SignedSnapshot {
  /** What it says. */
  readonly snapshot: Snapshot;
  /** Who made it: whether that one is believed is for the reader to say. */
  readonly device: string;
}

/** A snapshot as bytes, signed: the same for the same snapshot and device. They deflate well. */
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
  try {
    const [form, value, by, signature] = readList(decodeCbor(bytes), 4);
    if (form !== FORM) fail("it has another form");
    const [body, device] = [readBytes(value), readId(by).toHex()];
    if (isSigned(messageOf(body), { device, signature: readBytes(signature) })) {
      return { snapshot: readSnapshot(decodeCbor(body)), device };
    }
    throw new TinmanError("INTEGRITY", `Cannot use a snapshot: ${device.slice(0, 8)} has not signed it`, {});
  } catch (cause) {
    if (isTinmanError(cause, "INTEGRITY")) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TinmanError("PROTOCOL", `Cannot read a snapshot: ${why}`, { protocol: "mesh", cause });
  }
}

/** What a snapshot is, without a signature: the same bytes for the same snapshot. */
export function encodeSnapshot({ dataset, frontier, registers, erasures, others, digest }: Snapshot): Uint8Array {
  const writes = [...registers.flatMap(({ heads, past }) => [...heads, ...past]), ...erasures];
  const all = [...writes, ...others.map(({ write }) => write)];
  const devices = [...new Set([...frontier.keys(), ...all.map(({ device }) => device)])].sort();
  const records = [...new Set(registers.map(({ place }) => place.record))];
  const keys = [...new Set(registers.filter(needsKey).map(({ place }) => place.key))].sort();
  const [atRecord, atKey] = [new Map(records.map((id, i) => [id, i])), new Map(keys.map((key, i) => [key, i]))];
  return encodeCbor([
    dataset,
    devices.map(deviceBytes),
    [...frontier].map(([device, { seq, id, counted, wallMs, counter }]) => [
      ...[devices.indexOf(device), seq, id, counted],
      ...[wallMs, counter],
    ]),
    records,
    keys,
    registers.map(({ place }) => atRecord.get(place.record)!),
    registers.map(({ place }) => WHATS.indexOf(place.what)),
    registers.filter(needsKey).map(({ place }) => atKey.get(place.key)!),
    registers.map(({ heads }) => heads.length),
    registers.map(({ past }) => past.length),
    registers.flatMap(({ early }, i) => early.length === 0 ? [] : [[i, early.map(encodeKey)]]),
    encodeWrites(writes, devices),
    others.map(({ write: { event, device, seq, check }, id }) => {
      return [devices.indexOf(device), seq, check, id, event.wallMs, event.counter, event.kind, event.payload];
    }),
    digest,
  ]);
}

const FORM = "tinman mesh snapshot 1";

// The key of a note or a file is the name of a write that is there, but for one that is still to come.
function needsKey({ place, heads, past }: Snapshot["registers"][number]): boolean {
  return place.what === "field" || heads.length + past.length === 0;
}

function messageOf(body: Uint8Array): Uint8Array {
  return encodeCbor([FORM, hash("sha256", body, "buffer")]);
}

function readSnapshot(value: unknown): Snapshot {
  const cells = readList(value, 14);
  const devices = readList(cells[1]).map((key) => readId(key).toHex());
  const [records, keys] = [readList(cells[3]).map(readText), readList(cells[4]).map(readText)];
  const whats = readList(cells[6]).map((at) => WHATS[readNumber(at, WHATS.length)]!);
  const ids = readList(cells[5], whats.length).map((at) => records[readNumber(at, records.length)]!);
  const [heads, past] = [cells[8], cells[9]].map((each) => readList(each, whats.length).map((n) => readNumber(n)));
  const named = readList(cells[7]).map((at) => keys[readNumber(at, keys.length)]!).values();
  const keyed = whats.map((what, i) =>
    what === "field" || heads![i]! + past![i]! === 0 ? named.next().value : undefined
  );
  const count = heads!.reduce((sum, each, i) => sum + each + past![i]!, 0);
  const written = readList(readList(cells[11])[1]).length;
  if (written < count) fail("there are fewer writes than places for them");
  const places = whats.flatMap((_, i) =>
    new Array(heads![i]! + past![i]!).fill({ record: ids[i]!, field: keyed[i] ?? "" })
  );
  while (places.length < written) places.push({ record: "", field: "" });
  const writes = decodeWrites(cells[11], { devices, places });
  const early = new Map(
    readList(cells[10]).map((each) => {
      const [i, refs] = readList(each, 2);
      return [readNumber(i), readList(refs).map(readKey)];
    }),
  );
  let at = 0;
  const registers = whats.map((what, i) => {
    const [own, old] = [writes.slice(at, at += heads![i]!), writes.slice(at, at += past![i]!)];
    const key = keyed[i] ?? placeOf(own[0] ?? old[0]!)?.key ?? fail("a place has no name");
    const place: Place = { record: ids[i]!, what, key };
    if (![...own, ...old].every((write) => isAt(write, place))) fail("writes of several things are in one place");
    return { place, heads: own, past: old, early: early.get(i) ?? [] };
  });
  const erasures = writes.slice(at);
  if (erasures.some(({ event }) => event.kind !== "event.erase")) fail("something else erases");
  const ends = readList(cells[2]).map((end) => readEnd(readList(end, 6), devices));
  const others = readList(cells[12]).map((each) => readOther(readList(each, 8), devices));
  const [dataset, digest] = [readId(cells[0]), readId(cells[13])];
  return { dataset, frontier: new Map(ends), registers, erasures, others, digest };
}

function readEnd(
  [at, seq, id, counted, wallMs, counter]: readonly unknown[],
  devices: readonly string[],
): [string, SnapshotEnd] {
  return [
    devices[readNumber(at, devices.length)]!,
    {
      ...{ seq: readNumber(seq), id: readId(id), counted: readNumber(counted) },
      ...{ wallMs: readNumber(wallMs, 2 ** 48), counter: readNumber(counter, 2 ** 16) },
    },
  ];
}

function readOther(cells: readonly unknown[], devices: readonly string[]): Snapshot["others"][number] {
  const [at, seq, check, id, wallMs, counter, kind, payload] = cells;
  if (typeof payload !== "object" || payload === null) fail("an event says nothing");
  const stamp = { wallMs: readNumber(wallMs, 2 ** 48), counter: readNumber(counter, 2 ** 16) };
  const event: MeshEvent = { ...stamp, kind: readText(kind), payload: payload as Payload };
  const unfit = findUnfit(event.kind, event.payload!);
  if (unfit !== undefined) fail(unfit);
  const device = devices[readNumber(at, devices.length)]!;
  return { id: readId(id), write: { event, source: event, device, seq: readNumber(seq), check: readNumber(check) } };
}

function isAt(write: Write, place: Place): boolean {
  const { what, key, record } = placeOf(write) ?? {};
  return what === place.what && key === place.key && record === place.record;
}

function encodeKey(key: string): unknown[] {
  const { device, seq, check } = refOfKey(key);
  return [deviceBytes(device), seq, check];
}

function readKey(value: unknown): string {
  const [device, seq, check] = readList(value, 3);
  return keyOf({ device: readId(device).toHex(), seq: readNumber(seq), check: readNumber(check) });
}
