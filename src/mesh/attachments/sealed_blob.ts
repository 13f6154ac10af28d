import { ByteWriter } from "../../bytes/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import type { Keyring } from "../members/keyring.ts";
import { LEAF_BYTES } from "./tree.ts";

// In a sealed dataset a blob is `tinseal1` ‖ key id ‖ for each 16,356 bytes of the content: nonce ‖ sealed ‖ tag, 16 KiB.
const MAGIC = new TextEncoder().encode("tinseal1");
const KEY_ID_BYTES = 8;
const HEAD_BYTES = MAGIC.length + KEY_ID_BYTES;
const SEAL_BYTES = 12 + 16;
const PLACE = new TextEncoder().encode("tinman mesh sealed blob 1\0");

/** The content as it is kept and passed on in a sealed dataset. The same content gives the same bytes with one key. */
export function sealBlob(plain: Uint8Array, keyring: Keyring): Uint8Array {
  const step = LEAF_BYTES - SEAL_BYTES;
  const count = Math.max(1, Math.ceil(plain.length / step));
  const writer = new ByteWriter(HEAD_BYTES + plain.length + count * SEAL_BYTES);
  for (let i = 0; i < count; i++) {
    const { key, data } = keyring.sealBytes(plain.subarray(i * step, (i + 1) * step), placeOf(i, count));
    if (i === 0) writer.bytes(MAGIC).bytes(Uint8Array.fromHex(key));
    writer.bytes(data);
  }
  return writer.take();
}

/**
 * The content of a sealed blob, part by part. `size` is that of the blob.
 *
 * @throws {TinmanError} `UNAVAILABLE` when its key is not here, `INTEGRITY` when it was not sealed by a member.
 */
export function* unsealBlob(
  leaves: Iterable<Uint8Array>,
  { size, keyring }: { readonly size: number; readonly keyring: Keyring },
): Generator<Uint8Array, void> {
  const count = Math.ceil((size - HEAD_BYTES) / LEAF_BYTES);
  let rest = new Uint8Array();
  let key: string | undefined;
  let i = 0;
  for (const leaf of leaves) {
    let bytes = new Uint8Array(rest.length + leaf.length);
    bytes.set(rest);
    bytes.set(leaf, rest.length);
    if (key === undefined) {
      key = keyOf(bytes);
      bytes = bytes.subarray(HEAD_BYTES);
    }
    for (; bytes.length >= LEAF_BYTES || (i === count - 1 && bytes.length === sealedEnd(size)); i++) {
      yield open(keyring, { key, data: bytes.subarray(0, LEAF_BYTES) }, placeOf(i, count));
      bytes = bytes.subarray(LEAF_BYTES);
    }
    rest = bytes;
  }
  if (count < 1 || i !== count) throw foreign();
}

/** How long the content of a sealed blob is; 0 for one that is too short to be one. */
export function unsealedSize(size: number): number {
  return Math.max(0, size - HEAD_BYTES - Math.ceil((size - HEAD_BYTES) / LEAF_BYTES) * SEAL_BYTES);
}

/** How long the last part is. */
function sealedEnd(size: number): number {
  return (size - HEAD_BYTES - 1) % LEAF_BYTES + 1;
}

function keyOf(bytes: Uint8Array): string {
  if (bytes.length < HEAD_BYTES || !MAGIC.every((byte, at) => byte === bytes[at])) throw foreign();
  return bytes.subarray(MAGIC.length, HEAD_BYTES).toHex();
}

function open(keyring: Keyring, sealed: { key: string; data: Uint8Array }, place: Uint8Array): Uint8Array {
  const plain = keyring.openBytes(sealed, place);
  if (plain !== undefined) return plain;
  if (keyring.has(sealed.key)) throw foreign();
  throw new TinmanError("UNAVAILABLE", "Cannot open the attachment: this device was not given the key of it", {
    what: "the key of the dataset",
    hint: "sync with a peer that has been in touch with an admin since this device joined",
  });
}

function foreign(): TinmanError<"INTEGRITY"> {
  return new TinmanError("INTEGRITY", "Cannot open the attachment: no member has sealed it", {
    hint: "whoever attached it has to do so again",
  });
}

function placeOf(part: number, count: number): Uint8Array {
  return new ByteWriter().bytes(PLACE).u32(part).u32(count).take();
}
