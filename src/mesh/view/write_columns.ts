import { ID_BYTES, type MeshEvent, type Payload } from "../event.ts";
import { findUnfit, knownKinds } from "../kinds.ts";
import { fail, readBytes, readList, readNumber, readText } from "./read_cbor.ts";
import type { Write } from "./write.ts";

/**
 * Writes as columns, which deflate well: devices by their place in a list, numbers and times as what they are more than
 * those of the write before of the same device, fields of the payload by their order in the kind. What a `Place` says is
 * left out.
 */
export function encodeWrites(writes: readonly Write[], devices: readonly string[]): unknown[] {
  const at = new Map(devices.map((device, i) => [device, i]));
  const last = devices.map(() => ({ seq: 0, wallMs: 0 }));
  const checks = new DataView(new ArrayBuffer(4 * writes.length));
  const columns: { [name in typeof COLUMNS[number]]: unknown[] } = {
    device: [],
    seq: [],
    wallMs: [],
    counter: [],
    kind: [],
    said: [],
    before: [],
  };
  for (const [i, { event: { wallMs, counter, kind, payload }, device, seq, check, before }] of writes.entries()) {
    const from = last[at.get(device)!]!;
    checks.setUint32(4 * i, check);
    columns.device.push(at.get(device)!);
    columns.seq.push(seq - from.seq);
    columns.wallMs.push(wallMs - from.wallMs);
    columns.counter.push(counter);
    columns.kind.push(KINDS.indexOf(kind));
    columns.said.push(encodeSaid(kind, payload!));
    if (before !== undefined) columns.before.push([i, before.seq, before.check]);
    last[at.get(device)!] = { seq, wallMs };
  }
  return [new Uint8Array(checks.buffer), ...COLUMNS.map((name) => columns[name])];
}

/** Where a write is, as it is written apart from it. */
export interface WritePlace {
  /** The record. */
  readonly record: string;
  /** The name of the field, for what is written to one. */
  readonly field: string;
}

/** What {@linkcode encodeWrites} wrote; `places` gives for each what it had left out. @throws {RangeError} */
export function decodeWrites(value: unknown, { devices, places }: {
  readonly devices: readonly string[];
  readonly places: readonly WritePlace[];
}): Write[] {
  const cells = readList(value, COLUMNS.length + 1);
  const checks = readBytes(cells[0], 4 * places.length);
  const view = new DataView(checks.buffer, checks.byteOffset, checks.byteLength);
  const [device, seq, wallMs, counter, kind, said] = cells.slice(1, -1).map((each) => readList(each, places.length));
  const befores = new Map(
    readList(cells.at(-1)).map((each) => {
      const [i, ownSeq, check] = readList(each, 3);
      return [readNumber(i), { seq: readNumber(ownSeq), check: readNumber(check) }];
    }),
  );
  const last = devices.map(() => ({ seq: 0, wallMs: 0 }));
  return places.map((place, i): Write => {
    const by = readNumber(device![i], devices.length);
    const from = last[by]!;
    const next = { seq: from.seq + (seq![i] as number), wallMs: from.wallMs + (wallMs![i] as number) };
    last[by] = { seq: readNumber(next.seq), wallMs: readNumber(next.wallMs, 2 ** 48) };
    const name = KINDS[readNumber(kind![i], KINDS.length)]!;
    const payload = decodeSaid(name, { value: said![i], place });
    const event: MeshEvent = { wallMs: next.wallMs, counter: readNumber(counter![i], 2 ** 16), kind: name, payload };
    const unfit = findUnfit(name, payload);
    if (unfit !== undefined) fail(unfit);
    const own = befores.get(i);
    const write = { event, source: event, device: devices[by]!, seq: next.seq, check: view.getUint32(4 * i) };
    return own === undefined ? write : { ...write, before: { device: write.device, ...own } };
  });
}

const COLUMNS = ["device", "seq", "wallMs", "counter", "kind", "said", "before"] as const;

// Fixed for this form of a snapshot.
const KINDS: readonly string[] = [
  "record.create",
  "record.delete",
  "record.restore",
  "field.set",
  "note.add",
  "note.edit",
  "note.delete",
  "attachment.add",
  "attachment.delete",
  "event.erase",
];
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map(KINDS.map((kind) => [
  kind,
  knownKinds().get(kind)!.filter((field) => field !== "record" && (kind !== "field.set" || field !== "field")),
]));

function encodeSaid(kind: string, payload: Payload): unknown {
  const cells = FIELDS.get(kind)!.map((field) => payload[field]);
  while (cells.length > 0 && cells.at(-1) === undefined) cells.pop();
  return cells;
}

function decodeSaid(kind: string, { value, place }: { readonly value: unknown; readonly place: WritePlace }): Payload {
  const fields = FIELDS.get(kind)!;
  const cells = readList(value);
  if (cells.length > fields.length || cells.at(-1) === undefined && cells.length > 0) fail("an event says too much");
  const payload: Record<string, unknown> = kind === "event.erase" ? {} : { record: readText(place.record) };
  if (kind === "field.set") payload.field = readText(place.field);
  cells.forEach((cell, i) => {
    if (cell !== undefined) payload[fields[i]!] = cell;
  });
  return payload;
}

/** An id of a device, event or dataset. @throws {RangeError} */
export function readId(value: unknown): Uint8Array {
  return readBytes(value, ID_BYTES).slice();
}
