import { ByteReader, ByteWriter } from "../../bytes/mod.ts";
import { BEACON_BYTES } from "./beacon.ts";
import { refuse, within } from "./refuse.ts";

/** What is said to all who hear it. Devices are named by the first four bytes of their keys. */
export type AirPacket =
  /** What somebody has, as a digest. 22 bytes. */
  | { readonly type: "beacon"; readonly beacon: Uint8Array }
  /** How far somebody has some of the devices; with `isAlert` something of them must not wait. */
  | { readonly type: "heads"; readonly dataset: number; readonly isAlert: boolean; readonly heads: readonly AirHead[] }
  /** Somebody wants what comes next of some devices, at most so many bytes of each. */
  | { readonly type: "want"; readonly dataset: number; readonly bytes: number; readonly places: readonly AirPlace[] }
  /** A part of a run. */
  | {
    readonly type: "part";
    readonly dataset: number;
    readonly batch: AirBatch;
    readonly index: number;
    readonly bytes: Uint8Array;
  }
  /** Somebody lacks some parts of a run: bit 0 of the first byte is part 0. */
  | { readonly type: "lack"; readonly dataset: number; readonly batch: AirBatch; readonly parts: Uint8Array };

/** A place in a device's history. */
export interface AirHead {
  readonly device: number;
  readonly seq: number;
  /** The first four bytes of the id. */
  readonly check: number;
}

/** Where something is to begin: `after` is the check of the event before it. */
export interface AirPlace {
  readonly device: number;
  readonly from: number;
  readonly after: number;
}

/** A run in parts. */
export interface AirBatch {
  readonly place: AirPlace;
  readonly hasContext: boolean;
  readonly parts: number;
  /** CRC-32 of the whole, which tells runs from one place apart. */
  readonly crc: number;
}

/** A packet as bytes. */
export function encodeAir(packet: AirPacket): Uint8Array {
  const writer = new ByteWriter().u8(packet.type === "heads" && packet.isAlert ? TYPE.alert : TYPE[packet.type]);
  switch (packet.type) {
    case "beacon":
      return writer.u8(VERSION).bytes(packet.beacon).take();
    case "heads":
      writer.u32(packet.dataset);
      for (const { device, seq, check } of packet.heads) writer.u32(device).varint(seq).u32(check);
      return writer.take();
    case "want":
      writer.u32(packet.dataset).u16(packet.bytes);
      for (const place of packet.places) writePlace(writer, place);
      return writer.take();
    case "part":
      writeBatch(writer.u32(packet.dataset), packet.batch);
      return writer.u8(packet.index).bytes(packet.bytes).take();
    case "lack":
      return writeBatch(writer.u32(packet.dataset), packet.batch).bytes(packet.parts).take();
  }
}

/** @throws {TinmanError} `PROTOCOL` for what is no packet. */
export function decodeAir(bytes: Uint8Array): AirPacket {
  return within("a packet", () => {
    const reader = new ByteReader(bytes);
    const type = reader.u8();
    switch (type) {
      case TYPE.beacon:
        return readBeacon(reader);
      case TYPE.heads:
      case TYPE.alert:
        return { type: "heads", dataset: reader.u32(), isAlert: type === TYPE.alert, heads: readAll(reader, readHead) };
      case TYPE.want:
        return { type: "want", dataset: reader.u32(), bytes: reader.u16(), places: readAll(reader, readPlace) };
      case TYPE.part: {
        const [dataset, batch, index] = [reader.u32(), readBatch(reader), reader.u8()];
        if (index >= batch.parts || reader.left === 0) refuse("a part is none of its run");
        return { type: "part", dataset, batch, index, bytes: reader.bytes(reader.left).slice() };
      }
      case TYPE.lack:
        return {
          type: "lack",
          dataset: reader.u32(),
          batch: readBatch(reader),
          parts: reader.bytes(reader.left).slice(),
        };
      default:
        return refuse(`it has type ${type}`);
    }
  });
}

/** Bytes of a part besides what is in it, at most. */
export const PART_HEAD_BYTES = 1 + 4 + (4 + 5 + 4) + 1 + 1 + 4 + 1;
/** Bytes of a place, and of a head, at most. */
export const PLACE_BYTES = 4 + 5 + 4;

const VERSION = 1;
const TYPE = { beacon: 0x40, heads: 0x41, want: 0x42, part: 0x43, lack: 0x44, alert: 0x45 } as const;
const MAX_ITEMS = 256;

function readBeacon(reader: ByteReader): AirPacket {
  const version = reader.u8();
  if (version !== VERSION || reader.left < BEACON_BYTES) refuse(`it has version ${version}`);
  return { type: "beacon", beacon: reader.bytes(BEACON_BYTES).slice() };
}

function readHead(reader: ByteReader): AirHead {
  return { device: reader.u32(), seq: readSeq(reader), check: reader.u32() };
}

function readPlace(reader: ByteReader): AirPlace {
  return { device: reader.u32(), from: readSeq(reader), after: reader.u32() };
}

function writePlace(writer: ByteWriter, { device, from, after }: AirPlace): void {
  writer.u32(device).varint(from).u32(after);
}

function readBatch(reader: ByteReader): AirBatch {
  const place = readPlace(reader);
  const flag = reader.u8();
  if (flag > 1) refuse(`a flag is ${flag}`);
  const batch = { place, hasContext: flag === 1, parts: reader.u8(), crc: reader.u32() };
  return batch.parts > 0 ? batch : refuse("a run has no parts");
}

function writeBatch(writer: ByteWriter, { place, hasContext, parts, crc }: AirBatch): ByteWriter {
  writePlace(writer, place);
  return writer.u8(hasContext ? 1 : 0).u8(parts).u32(crc);
}

function readSeq(reader: ByteReader): number {
  const seq = reader.varint();
  return seq >= 1 && seq < 2 ** 32 ? seq : refuse(`an event has number ${seq}`);
}

function readAll<T>(reader: ByteReader, read: (reader: ByteReader) => T): T[] {
  const all: T[] = [];
  while (reader.left > 0) {
    if (all.length === MAX_ITEMS) refuse(`it has more than ${MAX_ITEMS} items`);
    all.push(read(reader));
  }
  return all;
}
