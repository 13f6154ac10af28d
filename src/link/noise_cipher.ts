import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";

/** Bytes that sealing adds. */
export const TAG_BYTES = 16;

const ALGORITHM = "chacha20-poly1305";
const TAG = { authTagLength: TAG_BYTES } as const;
const NOTHING = new Uint8Array(0);

/** A key and how often it was used: the CipherState of Noise (revision 34, §5.1) with ChaChaPoly (§12.3). */
export class NoiseCipher {
  #key: Uint8Array;
  readonly #nonce = new DataView(new ArrayBuffer(12));
  #used = 0;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** `plain`, hidden and {@linkcode TAG_BYTES} longer. Only the same call in the same order opens it. */
  seal(plain: Uint8Array, associated: Uint8Array = NOTHING): Uint8Array {
    return this.#seal(this.#used++, plain, associated);
  }

  /** What was sealed; undefined when it was not sealed with this key, in this order, for these associated bytes. */
  open(sealed: Uint8Array, associated: Uint8Array = NOTHING): Uint8Array | undefined {
    const length = sealed.length - TAG_BYTES;
    if (length < 0) return undefined;
    const cipher = createDecipheriv(ALGORITHM, this.#key, this.#iv(this.#used), TAG);
    cipher.setAAD(associated, { plaintextLength: length });
    cipher.setAuthTag(sealed.subarray(length));
    try {
      const plain = Uint8Array.from(cipher.update(sealed.subarray(0, length)));
      cipher.final();
      this.#used++;
      return plain;
    } catch {
      return undefined;
    }
  }

  /** Another key that follows from this one, from which this one does not follow (§4.2, §11.3). */
  rekey(): void {
    this.#key = this.#seal(2 ** 64, new Uint8Array(32), NOTHING).slice(0, 32);
  }

  #seal(nonce: number, plain: Uint8Array, associated: Uint8Array): Uint8Array {
    const cipher = createCipheriv(ALGORITHM, this.#key, this.#iv(nonce), TAG);
    cipher.setAAD(associated, { plaintextLength: plain.length });
    const sealed = new Uint8Array(plain.length + TAG_BYTES);
    sealed.set(cipher.update(plain));
    cipher.final();
    sealed.set(cipher.getAuthTag(), plain.length);
    return sealed;
  }

  /** Four zeros and the number in eight bytes, little-endian; 2^64 stands for the last one, 2^64 - 1. */
  #iv(nonce: number): Uint8Array {
    this.#nonce.setBigUint64(4, nonce === 2 ** 64 ? 2n ** 64n - 1n : BigInt(nonce), true);
    return new Uint8Array(this.#nonce.buffer);
  }
}

/** All that was said so far, and the key that follows from it: the SymmetricState of Noise (§5.2) with SHA-256. */
export class NoiseTranscript {
  /** The hash of all that was said so far. */
  hash: Uint8Array;
  #chain: Uint8Array;
  #cipher: NoiseCipher | undefined;

  /** `name` is that of the protocol, at most 32 letters. */
  constructor(name: string) {
    this.hash = new Uint8Array(32);
    new TextEncoder().encodeInto(name, this.hash);
    this.#chain = this.hash;
  }

  mixHash(bytes: Uint8Array): void {
    this.hash = new Uint8Array(createHash("sha256").update(this.hash).update(bytes).digest());
  }

  mixKey(material: Uint8Array): void {
    const [chain, key] = derive(this.#chain, material);
    this.#chain = chain;
    this.#cipher = new NoiseCipher(key);
  }

  /** Sealed when there is a key already. */
  sealAndMix(plain: Uint8Array): Uint8Array {
    const bytes = this.#cipher?.seal(plain, this.hash) ?? plain;
    this.mixHash(bytes);
    return bytes;
  }

  openAndMix(bytes: Uint8Array): Uint8Array | undefined {
    const plain = this.#cipher === undefined ? bytes : this.#cipher.open(bytes, this.hash);
    this.mixHash(bytes);
    return plain;
  }

  /** How much longer {@linkcode sealAndMix} makes. */
  get tagBytes(): number {
    return this.#cipher === undefined ? 0 : TAG_BYTES;
  }

  /** One for what the initiator sends, one for the other way. */
  split(): [forth: NoiseCipher, back: NoiseCipher] {
    const [forth, back] = derive(this.#chain, NOTHING);
    return [new NoiseCipher(forth), new NoiseCipher(back)];
  }
}

/** HKDF of two outputs (RFC 5869). */
function derive(chain: Uint8Array, material: Uint8Array): [Uint8Array, Uint8Array] {
  const mac = (key: Uint8Array, bytes: Uint8Array) => new Uint8Array(createHmac("sha256", key).update(bytes).digest());
  const secret = mac(chain, material);
  const first = mac(secret, Uint8Array.of(1));
  return [first, mac(secret, Buffer.concat([first, Uint8Array.of(2)]))];
}
