/** A fresh seed for `createRandom`: 96 random bits as text. */
export function randomSeed(): string {
  return crypto.getRandomValues(new Uint8Array(12)).toHex();
}
