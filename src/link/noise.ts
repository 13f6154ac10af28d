import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import { type NoiseCipher, NoiseTranscript } from "./noise_cipher.ts";

const NAME = "Noise_XX_25519_ChaChaPoly_SHA256";
const KEY_BYTES = 32;

/** What each message of the pattern XX carries besides its payload (§7.5): `e` and `s` are keys, `es` mixes two of them. */
const PATTERN = [["e"], ["e", "ee", "s", "es"], ["s", "se"]] as const;

/** Options of {@linkcode NoiseHandshake}. */
export interface NoiseOptions {
  /** Whether this side speaks first. */
  readonly initiator: boolean;
  /** 32 secret bytes. */
  readonly staticKey: Uint8Array;
  /** 32 secret bytes, for this handshake only. */
  readonly ephemeralKey: Uint8Array;
  /** What both have to agree on beforehand. */
  readonly prologue: Uint8Array;
}

/**
 * One side of the handshake Noise_XX_25519_ChaChaPoly_SHA256 (Perrin, The Noise Protocol Framework, revision 34). Each
 * message is made, or read, in two steps: first the keys, so that the payload can hold what binds it to
 * {@linkcode NoiseHandshake.hash}; then the payload.
 */
export class NoiseHandshake {
  readonly #isInitiator: boolean;
  readonly #transcript = new NoiseTranscript(NAME);
  readonly #static: KeyPair;
  readonly #ephemeral: KeyPair;
  #theirStatic: KeyObject | undefined;
  #theirEphemeral: KeyObject | undefined;
  #said = 0;
  #rest = new Uint8Array(0);

  constructor({ initiator, staticKey, ephemeralKey, prologue }: NoiseOptions) {
    this.#isInitiator = initiator;
    [this.#static, this.#ephemeral] = [keyPair(staticKey), keyPair(ephemeralKey)];
    this.#transcript.mixHash(prologue);
  }

  /** The hash of all that was said so far. */
  get hash(): Uint8Array {
    return this.#transcript.hash;
  }

  /** The keys of our next message; {@linkcode writePayload} makes the rest of it. */
  writeKeys(): Uint8Array {
    const parts = PATTERN[this.#said]!.flatMap((token) => {
      if (token === "e") {
        this.#transcript.mixHash(this.#ephemeral.public);
        return [this.#ephemeral.public];
      }
      if (token === "s") return [this.#transcript.sealAndMix(this.#static.public)];
      this.#mix(token);
      return [];
    });
    return new Uint8Array(Buffer.concat(parts));
  }

  /** The end of our message. */
  writePayload(payload: Uint8Array): Uint8Array {
    this.#said++;
    return this.#transcript.sealAndMix(payload);
  }

  /** Reads the keys of their next message; false when it is not what it should be. */
  readKeys(message: Uint8Array): boolean {
    let at = 0;
    const take = (length: number) => message.subarray(at, at += length);
    for (const token of PATTERN[this.#said]!) {
      if (token === "e") {
        const key = take(KEY_BYTES);
        this.#transcript.mixHash(key);
        this.#theirEphemeral = publicKey(key);
      } else if (token === "s") {
        const key = this.#transcript.openAndMix(take(KEY_BYTES + this.#transcript.tagBytes));
        if (key === undefined) return false;
        this.#theirStatic = publicKey(key);
      } else if (!this.#mix(token)) {
        return false;
      }
    }
    this.#rest = message.slice(at);
    return at <= message.length;
  }

  /** The payload behind the keys that were read; undefined when it is not what it should be. */
  readPayload(): Uint8Array | undefined {
    this.#said++;
    return this.#transcript.openAndMix(this.#rest);
  }

  /** What seals and opens from now on. */
  split(): { readonly send: NoiseCipher; readonly receive: NoiseCipher } {
    const [forth, back] = this.#transcript.split();
    return this.#isInitiator ? { send: forth, receive: back } : { send: back, receive: forth };
  }

  /** The first letter is the key of the initiator, the second that of the other side. False for a key of no use. */
  #mix(token: "ee" | "es" | "se"): boolean {
    const [ours, theirs] = this.#isInitiator ? token : [token[1], token[0]];
    const own = ours === "e" ? this.#ephemeral : this.#static;
    const their = theirs === "e" ? this.#theirEphemeral : this.#theirStatic;
    if (their === undefined) return false;
    try {
      this.#transcript.mixKey(new Uint8Array(diffieHellman({ privateKey: own.secret, publicKey: their })));
      return true;
    } catch {
      // A point of low order: nothing secret would come of it.
      return false;
    }
  }
}

interface KeyPair {
  readonly secret: KeyObject;
  readonly public: Uint8Array;
}

// The heads of RFC 8410, in front of the 32 bytes of a key.
const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");
const SPKI = Buffer.from("302a300506032b656e032100", "hex");

function keyPair(bytes: Uint8Array): KeyPair {
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8, bytes]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(secret).export({ format: "der", type: "spki" });
  return { secret, public: new Uint8Array(spki).slice(SPKI.length) };
}

/** Undefined when it has not the length of one. */
function publicKey(bytes: Uint8Array): KeyObject | undefined {
  if (bytes.length !== KEY_BYTES) return undefined;
  return createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: "der", type: "spki" });
}
