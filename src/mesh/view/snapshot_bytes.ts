import { hash } from "node:crypto";
import { decodeCbor, encodeCbor } from "../../cbor/mod.ts";
import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import { type DeviceKey, isSigned } from "../device.ts";
import { deviceBytes } from "../event.ts";
import { isSealable } from "../kinds.ts";
import { fail, readBytes, readList, readNumber } from "./read_cbor.ts";
import type { Snapshot, SnapshotEnd } from "./snapshot.ts";
import { encodeContent, encodeOthers, readContent, readOthers } from "./snapshot_content.ts";
import { openContent, sealContent, type SnapshotKeys } from "./snapshot_seal.ts";
import type { Write } from "./write.ts";
import { decodeWrites, encodeWrites, readId } from "./write_columns.ts";

/** A snapshot with the signature of the device that made it. */
export interface SignedSnapshot {
  /** What it says. */
  readonly snapshot: Snapshot;
  /** Who made it: whether that one is believed is for the reader to say. */
  readonly device: string;
}

/** Options of {@linkcode signSnapshot} and {@linkcode openSnapshot}. */
export interface SnapshotBytesOptions {
  /** Seals what members alone may read, and opens it. @default {it is in the clear} */
  readonly keys?: SnapshotKeys;
}

/** A snapshot as bytes, signed: the same for the same snapshot, device and key. What is in the clear deflates well. */
export function signSnapshot(snapshot: Snapshot, key: DeviceKey, options: SnapshotBytesOptions = {}): Uint8Array {
  const body = encodeSnapshot(snapshot, options);
  return encodeCbor([FORM, body, deviceBytes(key.device), key.sign(messageOf(body))]);
}

/**
 * Reads what {@linkcode signSnapshot} wrote. What is sealed stays closed while its key is not here.
 *
 * @throws {TinmanError} `INTEGRITY` when the signature does not hold, `PROTOCOL` when it is something else.
 */
export function openSnapshot(bytes: Uint8Array, { keys }: SnapshotBytesOptions = {}): SignedSnapshot {
  try {
    const [form, value, by, signature] = readList(decodeCbor(bytes), 4);
    if (form !== FORM) fail("it has another form");
    const [body, device] = [readBytes(value), readId(by).toHex()];
    if (isSigned(messageOf(body), { device, signature: readBytes(signature) })) {
      const snapshot = readSnapshot(decodeCbor(body));
      return { snapshot: keys === undefined ? snapshot : openContent(snapshot, keys) ?? snapshot, device };
    }
    throw new TinmanError("INTEGRITY", `Cannot use a snapshot: ${device.slice(0, 8)} has not signed it`, {});
  } catch (cause) {
    if (isTinmanError(cause, "INTEGRITY")) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TinmanError("PROTOCOL", `Cannot read a snapshot: ${why}`, { protocol: "mesh", cause });
  }
}

/** What a snapshot is, without a signature: the same bytes for the same snapshot, and key where it is sealed. */
export function encodeSnapshot(snapshot: Snapshot, { keys }: SnapshotBytesOptions = {}): Uint8Array {
  const { dataset, frontier, registers, erasures, others, digest } = snapshot;
  const writes = [...registers.flatMap(({ heads, past }) => [...heads, ...past]), ...erasures];
  const all = [...writes, ...others.map(({ write }) => write)];
  const devices = [...new Set([...frontier.keys(), ...all.map(({ device }) => device)])].sort();
  const isInside = ({ write }: Snapshot["others"][number]) => keys !== undefined && isSealable(write.event.kind);
  const head = [
    dataset,
    devices.map(deviceBytes),
    [...frontier].map(([device, { seq, id, counted, wallMs, counter }]) => [
      ...[devices.indexOf(device), seq, id, counted],
      ...[wallMs, counter],
    ]),
    encodeWrites(erasures, devices),
    encodeOthers(others.filter((each) => !isInside(each)), devices),
    digest,
  ];
  const content = encodeContent({ registers, others: others.filter(isInside) }, devices);
  return encodeCbor([...head, keys === undefined ? content : sealContent(content, { head, keys })]);
}

const FORM = "tinman mesh snapshot 1";

function messageOf(body: Uint8Array): Uint8Array {
  return encodeCbor([FORM, hash("sha256", body, "buffer")]);
}

function readSnapshot(value: unknown): Snapshot {
  const cells = readList(value, 7);
  const devices = readList(cells[1]).map((key) => readId(key).toHex());
  const ends = readList(cells[2]).map((end) => readEnd(readList(end, 6), devices));
  const open = {
    dataset: readId(cells[0]),
    frontier: new Map(ends),
    erasures: readErasures(cells[3], devices),
    others: readOthers(cells[4], devices),
    digest: readId(cells[5]),
  };
  const content = readList(cells[6]);
  if (content.length !== 2) {
    const { registers, others } = readContent(content, devices);
    if (others.length > 0) fail("what is in the clear is in two places");
    return { ...open, registers };
  }
  const closed = {
    key: readBytes(content[0], 8).toHex(),
    data: readBytes(content[1]),
    head: cells.slice(0, 6),
    devices,
  };
  return { ...open, registers: [], closed };
}

function readErasures(value: unknown, devices: readonly string[]): Write[] {
  const count = readList(readList(value)[1]).length;
  const erasures = decodeWrites(value, { devices, places: new Array(count).fill({ record: "", field: "" }) });
  return erasures.every(({ event }) => event.kind === "event.erase") ? erasures : fail("something else erases");
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
