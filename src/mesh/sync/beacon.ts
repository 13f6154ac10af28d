import { createHash } from "node:crypto";
import { ByteReader, ByteWriter } from "../../bytes/mod.ts";
import { deviceBytes } from "../event.ts";
import type { Feeds } from "../feeds.ts";
import { endOf } from "./chain.ts";
import { refuse, within } from "./refuse.ts";

/** What a peer has, in a few bytes. Two with equal ones have nothing to tell each other. */
export interface Beacon {
  /** The first 8 bytes of the id of the dataset, as hexadecimal digits. */
  readonly dataset: string;
  /** 4 bytes of a digest of the devices that have feeds. */
  readonly devices: number;
  /** 8 bytes of a digest of all heads. */
  readonly heads: string;
}

/** Length of a {@linkcode Beacon} on the air. */
export const BEACON_BYTES = 20;

/** What `feeds` have now. */
export function beaconOf(feeds: Feeds): Beacon {
  const all = [...feeds.all()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const devices = createHash("sha256");
  for (const device of devicesOf(feeds)) devices.update(deviceBytes(device));
  const heads = createHash("sha256");
  for (const feed of all) {
    const end = endOf(feeds, feed);
    if (end !== undefined) heads.update(deviceBytes(feed.device)).update(feed.idAt(end)!);
  }
  return {
    dataset: feeds.dataset.subarray(0, 8).toHex(),
    devices: devices.digest().readUInt32LE(0),
    heads: heads.digest().subarray(0, 8).toHex(),
  };
}

/** All devices that have feeds, in order. */
export function devicesOf(feeds: Feeds): string[] {
  return [...new Set([...feeds.all()].map(({ device }) => device))].sort();
}

/** See {@linkcode Beacon}. */
export function encodeBeacon({ dataset, devices, heads }: Beacon): Uint8Array {
  return new ByteWriter().bytes(Uint8Array.fromHex(dataset)).u32(devices).bytes(Uint8Array.fromHex(heads)).take();
}

/** @throws {TinmanError} `PROTOCOL` */
export function decodeBeacon(bytes: Uint8Array): Beacon {
  return within("a beacon", () => {
    if (bytes.length !== BEACON_BYTES) refuse(`it has ${bytes.length} bytes`);
    const reader = new ByteReader(bytes);
    return { dataset: reader.bytes(8).toHex(), devices: reader.u32(), heads: reader.bytes(8).toHex() };
  });
}
