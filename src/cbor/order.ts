import { encodeUtf8 } from "../bytes/mod.ts";

/**
 * Sorts keys in place by the bytes of their CBOR form (RFC 8949, section 4.2.1): as the length comes first in it, the
 * shorter key does, and keys of one length go by their UTF-8.
 */
export function inOrderOfBytes(keys: string[]): void {
  if (!isInOrder(keys)) keys.sort(compareKeys);
}

function isInOrder(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if (compareKeys(keys[i - 1]!, keys[i]!) > 0) return false;
  return true;
}

function compareKeys(a: string, b: string): number {
  // As many units, as many bytes: so ASCII is compared without being encoded.
  if (isAscii(a) && isAscii(b)) return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
  // Half a surrogate pair has no UTF-8 and is refused where the key is written.
  if (!a.isWellFormed() || !b.isWellFormed()) return 0;
  const [first, second] = [encodeUtf8(a), encodeUtf8(b)];
  if (first.length !== second.length) return first.length - second.length;
  for (let i = 0; i < first.length; i++) if (first[i] !== second[i]) return first[i]! - second[i]!;
  return 0;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}
