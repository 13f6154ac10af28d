import { ByteReader, ByteWriter } from "../../bytes/mod.ts";
import { BEACON_BYTES } from "./beacon.ts";
import { refuse, within } from "./refuse.ts";

/** The first words of a peer: what tells it apart from its earlier sessions, and what it has. 32 bytes. */
export interface OpenPacket {
  readonly type: "open";
  /** The versions of the protocol that it speaks. */
  readonly versions: readonly [lowest: number, highest: number];
  /** 32 bits of chance. */
  readonly nonce: number;
  /** The other's nonce, which shows that it was heard; 0 when it was not. */
  readonly echo: number;
  /** Whether it wants to go on though both have the same. */
  readonly insists: boolean;
  /** See `encodeBeacon`. */
  readonly beacon: Uint8Array;
}

/** A part of the stream of messages, or what arrived of the other's, or both. */
export interface DataPacket {
  readonly type: "data";
  /** Both nonces combined. */
  readonly session: number;
  readonly ack: Ack | undefined;
  readonly segment: Segment | undefined;
}

/** What has arrived. */
export interface Ack {
  /** All segments below this one. */
  readonly next: number;
  /** Of those behind it: bit 0 of the first byte is segment `next + 1`. At most 32 bytes. */
  readonly later: Uint8Array;
}

/** A part of the stream of messages. */
export interface Segment {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** The sender is at its end. */
export interface ClosePacket {
  readonly type: "close";
  readonly session: number;
  readonly reason: CloseReason;
}

/** Why a session ended. */
export type CloseReason = typeof CLOSE_REASONS[number];

/** See {@linkcode OpenPacket}. */
export function encodeOpen({ versions, nonce, echo, insists, beacon }: OpenPacket): Uint8Array {
  const writer = new ByteWriter(32).u8(TYPE.OPEN).u8(versions[0]).u8(versions[1]).u8(insists ? 1 : 0);
  return writer.u32(nonce).u32(echo).bytes(beacon).take();
}

/** See {@linkcode DataPacket}. */
export function encodeData({ session, ack, segment }: DataPacket): Uint8Array {
  const writer = new ByteWriter((segment?.bytes.length ?? 0) + 48);
  writer.u8(TYPE.DATA | (ack === undefined ? 0 : FLAG.ACK) | (segment === undefined ? 0 : FLAG.SEGMENT)).u16(session);
  if (ack !== undefined) writer.varint(ack.next).u8(ack.later.length).bytes(ack.later);
  if (segment !== undefined) writer.varint(segment.number).bytes(segment.bytes);
  return writer.take();
}

/** See {@linkcode ClosePacket}. */
export function encodeClose({ session, reason }: ClosePacket): Uint8Array {
  return new ByteWriter().u8(TYPE.CLOSE).u16(session).u8(CLOSE_REASONS.indexOf(reason)).take();
}

/** @throws {TinmanError} `PROTOCOL` for what no peer sends. */
export function decodePacket(bytes: Uint8Array): OpenPacket | DataPacket | ClosePacket {
  return within("a packet", () => {
    const reader = new ByteReader(bytes);
    const head = reader.u8();
    const type = head & 0xf0;
    const packet = type === TYPE.OPEN
      ? readOpen(reader)
      : type === TYPE.DATA
      ? readData(reader, head)
      : type === TYPE.CLOSE
      ? readClose(reader)
      : refuse(`it has type ${head}`);
    reader.end();
    return packet;
  });
}

function readOpen(reader: ByteReader): OpenPacket {
  const versions = [reader.u8(), reader.u8()] as const;
  if (versions[0] > versions[1]) refuse("its versions are none");
  return {
    type: "open",
    versions,
    insists: (reader.u8() & 1) === 1,
    nonce: reader.u32(),
    echo: reader.u32(),
    // A later version may have more to say.
    beacon: reader.bytes(reader.left).subarray(0, reader.left > BEACON_BYTES ? BEACON_BYTES : undefined),
  };
}

function readData(reader: ByteReader, head: number): DataPacket {
  const session = reader.u16();
  if ((head & 15 & ~(FLAG.ACK | FLAG.SEGMENT)) !== 0) refuse("its flags are not known");
  const ack = (head & FLAG.ACK) === 0 ? undefined : readAck(reader);
  const segment = (head & FLAG.SEGMENT) === 0 ? undefined : readSegment(reader);
  return { type: "data", session, ack, segment };
}

function readAck(reader: ByteReader): Ack {
  const next = reader.varint();
  const length = reader.u8();
  if (length > MAX_LATER_BYTES) refuse("it acknowledges too much");
  return { next, later: reader.bytes(length) };
}

function readSegment(reader: ByteReader): Segment {
  return { number: reader.varint(), bytes: reader.bytes(reader.left) };
}

function readClose(reader: ByteReader): ClosePacket {
  return { type: "close", session: reader.u16(), reason: CLOSE_REASONS[reader.u8()] ?? "failed" };
}

/** Most bytes of {@linkcode Ack.later}. */
export const MAX_LATER_BYTES = 32;

const TYPE = { OPEN: 0x10, DATA: 0x20, CLOSE: 0x30 } as const;
const FLAG = { ACK: 1, SEGMENT: 2 } as const;
const CLOSE_REASONS = ["done", "left", "failed", "protocol", "dataset"] as const;
