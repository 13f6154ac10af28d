import { hash } from "node:crypto";
import { decodeCbor, encodeCbor } from "../../cbor/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import { datasetId, type DatasetInfo } from "../dataset.ts";
import { createDeviceKey, isSigned } from "../device.ts";
import { deviceBytes } from "../event.ts";

/** What somebody is given to take part in a dataset. Whoever has it can join, as often as it says. */
export interface Invitation {
  /** Which dataset. */
  readonly info: DatasetInfo;
  /** The secret of the ticket, 32 bytes from the machine's own source of chance. */
  readonly secret: Uint8Array;
  /** The member whose further device it lets in; undefined for one that lets in a member. */
  readonly of?: string | undefined;
  /** Where a peer can be found, such as `tcp://192.168.1.20:4242`. @default {[]} */
  readonly addresses?: readonly string[];
}

/** The public half of a ticket, by which events name it. */
export function ticketOf(secret: Uint8Array): string {
  return createDeviceKey(secret).device;
}

/** Shows that whoever holds this device's key has the ticket: 128 hexadecimal digits. */
export function proveTicket({ secret, info }: Invitation, device: string): string {
  return createDeviceKey(secret).sign(joinMessage(datasetId(info), device)).toHex();
}

/** Whether a device has shown that it has the ticket. */
export function isProved(dataset: Uint8Array, join: { ticket: string; proof: string; device: string }): boolean {
  const signature = Uint8Array.fromHex(join.proof);
  return isSigned(joinMessage(dataset, join.device), { device: join.ticket, signature });
}

/** What is signed about a key, for one dataset and one purpose: `head` says which. */
export function aboutKey(head: Uint8Array, dataset: Uint8Array, key: string): Uint8Array {
  const bytes = new Uint8Array(head.length + 64);
  bytes.set(head);
  bytes.set(dataset, head.length);
  bytes.set(deviceBytes(key), head.length + 32);
  return bytes;
}

/** An invitation as one word of text, with a checksum against what hands and radios do to it. */
export function formatInvitation({ info, secret, of, addresses = [] }: Invitation): string {
  const body = encodeCbor({ info, secret, addresses, ...(of !== undefined && { of }) });
  const bytes = new Uint8Array(body.length + CHECK_BYTES);
  bytes.set(body);
  bytes.set(hash("sha256", body, "buffer").subarray(0, CHECK_BYTES), body.length);
  return `${PREFIX}${bytes.toBase64({ alphabet: "base64url", omitPadding: true })}`;
}

/**
 * The invitation that {@linkcode formatInvitation} has written; spaces and line breaks in it do not count.
 *
 * @throws {TinmanError} `CONFIG` for what is none, or has lost or changed a character.
 */
export function parseInvitation(text: string): Invitation {
  const word = text.replace(/\s+/g, "");
  if (!word.startsWith(PREFIX) || word.length > MAX_LENGTH) throw unreadable(`it does not begin with ${PREFIX}`);
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(word.slice(PREFIX.length), { alphabet: "base64url" });
  } catch {
    throw unreadable("there is a character in it that does not belong there");
  }
  const body = bytes.subarray(0, -CHECK_BYTES);
  const check = hash("sha256", body, "buffer").subarray(0, CHECK_BYTES);
  if (bytes.length <= CHECK_BYTES || !check.every((byte, i) => byte === bytes[body.length + i])) {
    throw unreadable("a part of it is missing or was changed");
  }
  const value = decodeCbor(body) as {
    info?: Partial<DatasetInfo>;
    secret?: unknown;
    addresses?: unknown;
    of?: unknown;
  };
  const { info, secret, addresses, of } = value;
  const isKey = (value: unknown) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
  const isWhole = typeof info?.name === "string" && isKey(info.founder) && (of === undefined || isKey(of)) &&
    typeof info.nonce === "string" && secret instanceof Uint8Array && secret.length === 32 &&
    Array.isArray(addresses) && addresses.every((each) => typeof each === "string");
  if (!isWhole) throw unreadable("it is of another version");
  return { info: info as DatasetInfo, secret, addresses, ...(of !== undefined && { of: of as string }) };
}

const PREFIX = "tinman-invitation:";
const MAX_LENGTH = 4096;
const CHECK_BYTES = 4;
const JOIN = new TextEncoder().encode("tinman mesh join 1\0");

function joinMessage(dataset: Uint8Array, device: string): Uint8Array {
  return aboutKey(JOIN, dataset, device);
}

function unreadable(why: string): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot read the invitation: ${why}`, {
    hint: "copy it whole, from the first character to the last",
  });
}
