import { Buffer } from "node:buffer";
import { createPublicKey, verify } from "node:crypto";
import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { framedLink } from "./framed.ts";
import type { Link } from "./link.ts";
import { goneError } from "./link_errors.ts";
import { NoiseHandshake } from "./noise.ts";
import { SealedLink } from "./sealed_link.ts";
import { within } from "./within.ts";

/** Who we are: an Ed25519 key (RFC 8032). */
export interface LinkIdentity {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The signature of the bytes, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Options of {@linkcode secureLink}. */
export interface SecureOptions {
  /** Proved to the other end; one that is not accepted by the side that opened does not learn who opened. */
  readonly identity: LinkIdentity;
  /** Whether we speak first; exactly one end does. */
  readonly initiator: boolean;
  /** Whether to talk to who has this Ed25519 key. */
  accept(publicKey: Uint8Array): boolean | Promise<boolean>;
  /** Bytes that nobody can guess. */
  readonly random: (length: number) => Uint8Array;
  /** For the time limits. */
  readonly clock: Clock;
  /** 32 secret bytes, to be used for many links; one's own for each link costs a bit more. @default {random(32)} */
  readonly staticKey?: Uint8Array;
  /** What both ends have to agree on, such as the name of what they share; it is not sent. @default {""} */
  readonly context?: string;
  /** How long the other end may take to prove itself. @default {10000} */
  readonly timeoutMs?: number;
  /** Most bytes of a message. @default {1048576} */
  readonly maxBytes?: number;
}

/** A link to somebody who has proved to be it. */
export interface SecureLink extends Link {
  /** The Ed25519 key of the other end. */
  readonly peerKey: Uint8Array;
}

/** Most bytes of a sealed message (Noise §3). */
const MAX_SEALED = 65_535;
const PAYLOAD_BYTES = 32 + 64;

/**
 * Makes a link that only the two ends can read, and tells each end who the other is: Noise_XX_25519_ChaChaPoly_SHA256,
 * whose payloads are an Ed25519 key and its signature of the handshake so far, so that nobody can use it elsewhere. `link`
 * is a stream, or keeps messages whole, in order and loses none; it belongs to the result, and is closed when this fails.
 *
 * The result keeps messages whole. A message that was changed, repeated, left out or swapped ends it with `PROTOCOL`; a
 * link that ends without the other end saying so is `UNAVAILABLE`. Keys change after 2^16 messages or 2^30 bytes.
 *
 * @throws {TinmanError} `DENIED` when `accept` refuses, `PROTOCOL` when the other end proves nothing, `TIMEOUT`,
 * `UNAVAILABLE`.
 */
export async function secureLink(link: Link, options: SecureOptions): Promise<SecureLink> {
  const whole = link.kind === "stream" ? framedLink(link, { maxBytes: MAX_SEALED }) : link;
  const { timeoutMs = 10_000, clock } = options;
  const late = () => {
    const message = `Cannot secure ${link.name}: no proof of who is there in ${timeoutMs} ms`;
    throw new TinmanError("TIMEOUT", message, { timeoutMs });
  };
  try {
    return await within(shakeHands(whole, options), { clock, ms: timeoutMs, late });
  } catch (error) {
    await whole.close();
    throw error;
  }
}

async function shakeHands(link: Link, options: SecureOptions): Promise<SecureLink> {
  const { identity, initiator, random, clock, context = "", maxBytes = 1 << 20 } = options;
  const pieces = link.incoming[Symbol.asyncIterator]();
  const noise = new NoiseHandshake({
    initiator,
    staticKey: options.staticKey ?? random(32),
    ephemeralKey: random(32),
    prologue: new TextEncoder().encode(`tinman link 1\0${context}`),
  });
  const say = async (isProof: boolean) => {
    const keys = noise.writeKeys();
    const payload = isProof ? await prove(identity, noise.hash, initiator) : new Uint8Array(0);
    await link.send(Buffer.concat([keys, noise.writePayload(payload)]));
  };
  const hear = async (isProof: boolean): Promise<Uint8Array> => {
    const { value, done } = await pieces.next();
    if (done === true) throw goneError(link.name, "read");
    const hash = noise.readKeys(value) ? noise.hash : undefined;
    const payload = noise.readPayload();
    if (hash === undefined || payload?.length !== (isProof ? PAYLOAD_BYTES : 0)) throw wrong(link);
    return isProof ? await check(link, { hash, payload, isInitiator: !initiator, accept: options.accept }) : payload;
  };
  let peerKey: Uint8Array;
  if (initiator) {
    await say(false);
    peerKey = await hear(true);
    await say(true);
  } else {
    await hear(false);
    await say(true);
    peerKey = await hear(true);
  }
  return new SealedLink(link, { pieces, ...noise.split(), maxBytes, clock, peerKey });
}

async function prove({ publicKey, sign }: LinkIdentity, hash: Uint8Array, isInitiator: boolean): Promise<Uint8Array> {
  return Buffer.concat([publicKey, await sign(statement(hash, isInitiator))]);
}

interface Claim {
  readonly hash: Uint8Array;
  readonly payload: Uint8Array;
  readonly isInitiator: boolean;
  readonly accept: SecureOptions["accept"];
}

async function check(link: Link, { hash, payload, isInitiator, accept }: Claim): Promise<Uint8Array> {
  const key = payload.slice(0, 32);
  // First, because it costs less than to look at a signature.
  if (!await accept(key)) {
    const what = key.toHex();
    throw new TinmanError("DENIED", `Cannot talk to ${what.slice(0, 16)}… on ${link.name}: it is not accepted`, {
      what,
    });
  }
  if (!isSigned(statement(hash, isInitiator), key, payload.subarray(32))) throw wrong(link);
  return key;
}

function isSigned(bytes: Uint8Array, key: Uint8Array, signature: Uint8Array): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([SPKI, key]), format: "der", type: "spki" });
    return verify(null, bytes, publicKey, signature);
  } catch {
    // No point of the curve has signed anything.
    return false;
  }
}

// The head of RFC 8410, in front of the 32 bytes of a key.
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

/** What is signed: not to be mistaken for anything else that this key signs, nor for what the other end says. */
function statement(hash: Uint8Array, isInitiator: boolean): Uint8Array {
  return Buffer.concat([Buffer.from(`tinman link 1 ${isInitiator ? "initiator" : "responder"}\0`), hash]);
}

function wrong({ name }: Link): TinmanError<"PROTOCOL"> {
  const hint = "both ends have to be tinman, and mean the same dataset";
  return new TinmanError("PROTOCOL", `Cannot secure ${name}: the other end did not prove who it is`, {
    protocol: "noise",
    hint,
  });
}
