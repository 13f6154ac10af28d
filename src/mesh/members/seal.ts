import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  hkdfSync,
} from "node:crypto";
import { Buffer } from "node:buffer";

/** Length of a key that a group shares. */
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The name of a key: says nothing of it. */
export function keyId(key: Uint8Array): string {
  return hash("sha256", key, "hex").slice(0, 16);
}

/**
 * Bytes that only who has the key can read or make (ChaCha20-Poly1305, RFC 8439). The nonce is a MAC of what is sealed
 * and where, so that a device which was copied, and writes two things at one place, does not give them away: the idea of
 * SIV (RFC 5297).
 */
export function seal(plain: Uint8Array, { key, place }: { key: Uint8Array; place: Uint8Array }): Uint8Array {
  const nonce = nonceOf(plain, key, place);
  const cipher = createCipheriv("chacha20-poly1305", part(key, "seal"), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(place, { plaintextLength: plain.length });
  return joined(nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

/** What was sealed, or undefined when it was not with this key or not for this place. */
export function unseal(
  sealed: Uint8Array,
  { key, place }: { key: Uint8Array; place: Uint8Array },
): Uint8Array | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const body = sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES);
  const decipher = createDecipheriv("chacha20-poly1305", part(key, "seal"), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(place, { plaintextLength: body.length });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return joined(decipher.update(body), decipher.final());
  } catch {
    return undefined;
  }
}

/** The X25519 key (RFC 7748) that others seal to: made from the secret of a device, so that there is one to keep. */
export function boxKey(secret: Uint8Array): { readonly box: string; open(sealed: Uint8Array): Uint8Array | undefined } {
  const own = privateKey(part(secret, "box"));
  const box = rawPublic(own);
  return {
    box: box.toHex(),
    open(sealed) {
      try {
        const from = sealed.subarray(0, KEY_BYTES);
        return unseal(sealed.subarray(KEY_BYTES), { key: agreed(own, from, { from, to: box }), place: BOX });
      } catch {
        return undefined;
      }
    },
  };
}

/** A key sealed to a device: 92 bytes. `once` is 32 bytes from the machine's source of chance, for this alone. */
export function sealTo(box: string, key: Uint8Array, once: Uint8Array): Uint8Array {
  const own = privateKey(once);
  const [from, to] = [rawPublic(own), Uint8Array.fromHex(box)];
  return joined(from, seal(key, { key: agreed(own, to, { from, to }), place: BOX }));
}

const PKCS8 = Uint8Array.fromHex("302e020100300506032b656e04220420");
const SPKI = Uint8Array.fromHex("302a300506032b656e032100");
const BOX = new TextEncoder().encode("tinman mesh box 1");

function privateKey(secret: Uint8Array) {
  return createPrivateKey({ key: Buffer.from(joined(PKCS8, secret)), format: "der", type: "pkcs8" });
}

type Key = ReturnType<typeof privateKey>;

function rawPublic(own: Key): Uint8Array {
  return new Uint8Array(createPublicKey(own).export({ format: "der", type: "spki" })).subarray(SPKI.length);
}

/** What two keys agree on, bound to both (RFC 5869). */
function agreed(own: Key, other: Uint8Array, { from, to }: { from: Uint8Array; to: Uint8Array }): Uint8Array {
  const key = createPublicKey({ key: Buffer.from(joined(SPKI, other)), format: "der", type: "spki" });
  const shared = diffieHellman({ privateKey: own, publicKey: key });
  return new Uint8Array(hkdfSync("sha256", shared, joined(from, to), BOX, KEY_BYTES));
}

function nonceOf(plain: Uint8Array, key: Uint8Array, place: Uint8Array): Uint8Array {
  return createHmac("sha256", part(key, "nonce")).update(place).update(plain).digest().subarray(0, NONCE_BYTES);
}

/** A key for one purpose. */
function part(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, new Uint8Array(0), `tinman mesh ${purpose} 1`, KEY_BYTES));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of parts) {
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
}
