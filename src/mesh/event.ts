import { hash } from "node:crypto";
import { encodeCbor } from "../cbor/mod.ts";
import type { Stamp } from "./stamp.ts";

/** Bytes of an id, of a hash and of a device's key. */
export const ID_BYTES = 32;

/** What an event says, by its kind: plain data that CBOR can hold. Which fields there are: {@linkcode findUnfit}. */
export type Payload = Readonly<Record<string, unknown>>;

/**
 * One thing that one device wrote, for ever. Who wrote it, its number and what came before it are implied by the feed
 * that it is in, so neither memory nor the air carries them.
 */
export interface MeshEvent extends Stamp {
  /** What is done, such as `field.set`; kinds that this version does not know are kept and passed on. */
  readonly kind: string;
  /** What is said; undefined when it was erased. */
  readonly payload: Payload | undefined;
  /** The hash of an erased payload, which keeps the chain whole. */
  readonly payloadHash?: Uint8Array;
}

/** The name of an event from elsewhere: its feed's device, its number, and the first four bytes of its id. */
export interface EventRef {
  /** The public key of the device, 64 hexadecimal digits. */
  readonly device: string;
  /** Its number in the feed, from 1. */
  readonly seq: number;
  /** The first four bytes of its id, highest first: tells the branches of a fork apart. */
  readonly check: number;
}

/** Where an event stands. */
export interface EventPlace {
  /** The public key of the device, 64 hexadecimal digits. */
  readonly device: string;
  /** Its number, from 1. */
  readonly seq: number;
  /** The id of the event before it; for the first one the id of the dataset. */
  readonly prev: Uint8Array;
}

/**
 * The id of an event: SHA-256 over the CBOR of its head, which holds the hash of the payload. So an erased payload
 * leaves the id, and with it the chain, as it was. (SPEC E4)
 */
export function eventId(event: MeshEvent, { device, seq, prev }: EventPlace): Uint8Array {
  const { wallMs, counter, kind } = event;
  const head = [VERSION, deviceBytes(device), seq, wallMs, counter, kind, prev, payloadHash(event)];
  return sha256(encodeCbor(head));
}

/** The hash of what an event says. */
export function payloadHash(event: MeshEvent): Uint8Array {
  return event.payloadHash ?? sha256(encodeCbor(event.payload));
}

/** The first four bytes of an id as a number, as {@linkcode EventRef} has it. */
export function checkOf(id: Uint8Array): number {
  return ((id[0]! << 24) | (id[1]! << 16) | (id[2]! << 8) | id[3]!) >>> 0;
}

/** Whether two ids are the same. */
export function sameId(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < ID_BYTES; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Below zero when `a` comes first by its bytes. */
export function compareIds(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < ID_BYTES; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

/** By way of text: twice as fast here as bytes, which come in pooled buffers. */
function sha256(bytes: Uint8Array): Uint8Array {
  return Uint8Array.fromHex(hash("sha256", bytes, "hex"));
}

const VERSION = 1;
const keys = new Map<string, Uint8Array>();
const MAX_KEPT_KEYS = 1024;

/** The key of a device as bytes. */
export function deviceBytes(device: string): Uint8Array {
  const known = keys.get(device);
  if (known !== undefined) return known;
  const bytes = Uint8Array.fromHex(device);
  if (keys.size >= MAX_KEPT_KEYS) keys.clear();
  keys.set(device, bytes);
  return bytes;
}
