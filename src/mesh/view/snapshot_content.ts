import { deviceBytes, type MeshEvent, type Payload } from "../event.ts";
import { findUnfit } from "../kinds.ts";
import { fail, readList, readNumber, readText } from "./read_cbor.ts";
import { type Place, placeOf } from "./record_state.ts";
import { refOfKey, type Snapshot, WHATS } from "./snapshot.ts";
import { keyOf, type Write } from "./write.ts";
import { decodeWrites, encodeWrites, readId } from "./write_columns.ts";

/** The part of a snapshot that only members may read, where a dataset is sealed. */
export type SnapshotContent = Pick<Snapshot, "registers" | "others">;

/** Registers as columns, then events of other kinds; devices by their place in a list. */
export function encodeContent({ registers, others }: SnapshotContent, devices: readonly string[]): unknown[] {
  const writes = registers.flatMap(({ heads, past }) => [...heads, ...past]);
  const records = [...new Set(registers.map(({ place }) => place.record))];
  const keys = [...new Set(registers.filter(needsKey).map(({ place }) => place.key))].sort();
  const [atRecord, atKey] = [new Map(records.map((id, i) => [id, i])), new Map(keys.map((key, i) => [key, i]))];
  return [
    records,
    keys,
    registers.map(({ place }) => atRecord.get(place.record)!),
    registers.map(({ place }) => WHATS.indexOf(place.what)),
    registers.filter(needsKey).map(({ place }) => atKey.get(place.key)!),
    registers.map(({ heads }) => heads.length),
    registers.map(({ past }) => past.length),
    registers.flatMap(({ early }, i) => early.length === 0 ? [] : [[i, early.map(encodeKey)]]),
    encodeWrites(writes, devices),
    encodeOthers(others, devices),
  ];
}

/** What {@linkcode encodeContent} wrote. @throws {RangeError} */
export function readContent(value: unknown, devices: readonly string[]): SnapshotContent {
  const cells = readList(value, 10);
  const [records, keys] = [readList(cells[0]).map(readText), readList(cells[1]).map(readText)];
  const whats = readList(cells[3]).map((at) => WHATS[readNumber(at, WHATS.length)]!);
  const ids = readList(cells[2], whats.length).map((at) => records[readNumber(at, records.length)]!);
  const [heads, past] = [cells[5], cells[6]].map((each) => readList(each, whats.length).map((n) => readNumber(n)));
  const named = readList(cells[4]).map((at) => keys[readNumber(at, keys.length)]!).values();
  const keyed = whats.map((what, i) =>
    what === "field" || heads![i]! + past![i]! === 0 ? named.next().value : undefined
  );
  const places = whats.flatMap((_, i) =>
    new Array(heads![i]! + past![i]!).fill({ record: ids[i]!, field: keyed[i] ?? "" })
  );
  const writes = decodeWrites(cells[8], { devices, places });
  const early = new Map(
    readList(cells[7]).map((each) => {
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
  return { registers, others: readOthers(cells[9], devices) };
}

/** Events that are not about records, whole. */
export function encodeOthers(others: Snapshot["others"], devices: readonly string[]): unknown[] {
  return others.map(({ write: { event, device, seq, check }, id }) => {
    return [devices.indexOf(device), seq, check, id, event.wallMs, event.counter, event.kind, event.payload];
  });
}

/** What {@linkcode encodeOthers} wrote. @throws {RangeError} */
export function readOthers(value: unknown, devices: readonly string[]): Snapshot["others"] {
  return readList(value).map((each) => readOther(readList(each, 8), devices));
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

// The key of a note or a file is the name of a write that is there, but for one that is still to come.
function needsKey({ place, heads, past }: Snapshot["registers"][number]): boolean {
  return place.what === "field" || heads.length + past.length === 0;
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
