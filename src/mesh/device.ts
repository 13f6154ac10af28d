import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { TinmanError } from "../errors/mod.ts";
import { deviceBytes, ID_BYTES } from "./event.ts";

/** The key of this device: who it is, and what signs for it. It never leaves the device. */
export interface DeviceKey {
  /** The public key (Ed25519, RFC 8032), 64 hexadecimal digits: the name of the device. */
  readonly device: string;
  /** The secret, 32 bytes. Whoever has it is this device. */
  readonly secret: Uint8Array;
  /** Signs bytes: 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** Length of a signature. */
export const SIGNATURE_BYTES = 64;

/**
 * The key that belongs to a secret of 32 bytes, which must come from the machine's own source of chance.
 *
 * @throws {TinmanError} `CONFIG` when it is not 32 bytes.
 */
export function createDeviceKey(secret: Uint8Array): DeviceKey {
  if (secret.length !== ID_BYTES) {
    throw new TinmanError(
      "CONFIG",
      `Cannot use ${secret.length} bytes as a device's secret: it has ${ID_BYTES} bytes`,
      {},
    );
  }
  const key = createPrivateKey({ key: joined(PKCS8, secret), format: "der", type: "pkcs8" });
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  const device = new Uint8Array(spki).subarray(SPKI.length).toHex();
  return { device, secret: secret.slice(), sign: (bytes) => new Uint8Array(sign(null, bytes, key)) };
}

/** What a device signs for the head of its feed: the id, which holds the whole chain up to it. (SPEC E6) */
export function headMessage(id: Uint8Array): Uint8Array {
  return joined(HEAD, id);
}

/** Whether `device` has signed `bytes`. A key that is no point of the curve has signed nothing. */
export function isSigned(bytes: Uint8Array, { device, signature }: { device: string; signature: Uint8Array }): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  try {
    return verify(null, bytes, publicKey(device), signature);
  } catch {
    return false;
  }
}

// The heads of RFC 8410, in front of the 32 bytes of a key.
const PKCS8 = Uint8Array.fromHex("302e020100300506032b657004220420");
const SPKI = Uint8Array.fromHex("302a300506032b6570032100");
const HEAD = new TextEncoder().encode("tinman mesh head 1\0");

const publicKeys = new Map<string, KeyObject>();
const MAX_KEPT_KEYS = 1024;

function publicKey(device: string): KeyObject {
  const known = publicKeys.get(device);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: joined(SPKI, deviceBytes(device)), format: "der", type: "spki" });
  if (publicKeys.size >= MAX_KEPT_KEYS) publicKeys.clear();
  publicKeys.set(device, key);
  return key;
}

function joined(head: Uint8Array, rest: Uint8Array) {
  const bytes = Buffer.alloc(head.length + rest.length);
  bytes.set(head);
  bytes.set(rest, head.length);
  return bytes;
}
