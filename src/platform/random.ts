/** A fresh seed for `createRandom`: 96 random bits as text. */
export function randomSeed(): string {
  return crypto.getRandomValues(new Uint8Array(12)).toHex();
}

/** Bytes that nobody can guess: for nonces and keys. */
export function secretBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
