import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from "node:crypto";
import { protocolError } from "../protocol/protocol_error.ts";

/** Salted challenge-response: the password is never sent. Source: RFC 5802, RFC 7677. */
export type ScramHash = "sha256" | "sha512";

/** What a server keeps of a password. */
export interface ScramSecret {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** Rounds of the key derivation: the least that RFC 7677 allows, as brokers have it. */
export const SCRAM_ITERATIONS = 4096;

/** What to keep of a password. */
export function createScramSecret(password: string, hash: ScramHash, salt: Uint8Array): ScramSecret {
  const salted = saltPassword(password, { hash, salt, iterations: SCRAM_ITERATIONS });
  const clientKey = hmac(hash, salted, "Client Key");
  return {
    salt,
    iterations: SCRAM_ITERATIONS,
    storedKey: digest(hash, clientKey),
    serverKey: hmac(hash, salted, "Server Key"),
  };
}

/** The server's side of one login. */
export class ScramServer {
  readonly #hash: ScramHash;
  readonly #nonce: string;
  readonly #secretOf: (user: string) => { readonly secret: ScramSecret; readonly isKnown: boolean };
  #first: { readonly bare: string; readonly server: string; readonly nonce: string; readonly user: string } | undefined;

  /** `secretOf` gives a secret for any name, so that nobody learns which there are. */
  constructor(hash: ScramHash, options: {
    readonly nonce: string;
    readonly secretOf: (user: string) => { readonly secret: ScramSecret; readonly isKnown: boolean };
  }) {
    [this.#hash, this.#nonce, this.#secretOf] = [hash, options.nonce, options.secretOf];
  }

  /** Answers a message of the client. `user`: the login succeeded; `undefined`: it failed. @throws {TinmanError} `PROTOCOL` */
  step(message: string): { readonly answer: string; readonly user?: string } | undefined {
    return this.#first === undefined ? { answer: this.#begin(message) } : this.#end(message);
  }

  #begin(message: string): string {
    const [, bare, name, nonce] = /^[ny](?:=[^,]*)?,(?:a=[^,]*)?,(n=([^,]+),r=([^,]+).*)$/s.exec(message) ?? [];
    if (bare === undefined) throw protocolError("a login that does not begin as RFC 5802 says");
    const user = name!.replaceAll("=2C", ",").replaceAll("=3D", "=");
    const { salt, iterations } = this.#secretOf(user).secret;
    const server = `r=${nonce}${this.#nonce},s=${salt.toBase64()},i=${iterations}`;
    this.#first = { bare, server, nonce: `${nonce}${this.#nonce}`, user };
    return server;
  }

  #end(message: string): { answer: string; user: string } | undefined {
    const { bare, server, nonce, user } = this.#first!;
    const [, without, given, proof] = /^(c=[^,]*,r=([^,]+)),p=([A-Za-z0-9+/=]+)$/.exec(message) ?? [];
    if (without === undefined) throw protocolError("a login that does not end as RFC 5802 says");
    const { secret, isKnown } = this.#secretOf(user);
    const all = `${bare},${server},${without}`;
    const key = xor(decode(proof!), hmac(this.#hash, secret.storedKey, all));
    const isRight = key.length === secret.storedKey.length &&
      timingSafeEqual(digest(this.#hash, key), secret.storedKey);
    if (!isRight || !isKnown || given !== nonce) return undefined;
    return { answer: `v=${hmac(this.#hash, secret.serverKey, all).toBase64()}`, user };
  }
}

/** The client's side of one login. */
export class ScramClient {
  readonly #hash: ScramHash;
  readonly #password: string;
  readonly #bare: string;
  readonly #nonce: string;
  #signature = "";

  /** For one login. */
  constructor(hash: ScramHash, { user, password, nonce }: { user: string; password: string; nonce: string }) {
    [this.#hash, this.#password, this.#nonce] = [hash, password, nonce];
    this.#bare = `n=${user.replaceAll("=", "=3D").replaceAll(",", "=2C")},r=${nonce}`;
  }

  /** What it begins with. */
  first(): string {
    return `n,,${this.#bare}`;
  }

  /** What it says to the server's challenge. @throws {TinmanError} `PROTOCOL` */
  final(server: string): string {
    const [, nonce, salt, count] = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d{1,7})/.exec(server) ?? [];
    if (nonce === undefined || !nonce.startsWith(this.#nonce)) {
      throw protocolError("a challenge that answers another login");
    }
    const salted = saltPassword(this.#password, { hash: this.#hash, salt: decode(salt!), iterations: Number(count) });
    const clientKey = hmac(this.#hash, salted, "Client Key");
    const without = `c=biws,r=${nonce}`;
    const all = `${this.#bare},${server},${without}`;
    this.#signature = hmac(this.#hash, hmac(this.#hash, salted, "Server Key"), all).toBase64();
    return `${without},p=${xor(clientKey, hmac(this.#hash, digest(this.#hash, clientKey), all)).toBase64()}`;
  }

  /** Whether the server knew the password, too. */
  verify(answer: string): boolean {
    return answer === `v=${this.#signature}`;
  }
}

function saltPassword(
  password: string,
  { hash, salt, iterations }: { readonly hash: ScramHash; readonly salt: Uint8Array; readonly iterations: number },
): Uint8Array {
  return new Uint8Array(pbkdf2Sync(password.normalize("NFKC"), salt, iterations, hash === "sha256" ? 32 : 64, hash));
}

function hmac(hash: ScramHash, key: Uint8Array, text: string): Uint8Array {
  return new Uint8Array(createHmac(hash, key).update(text).digest());
}

function digest(hash: ScramHash, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(hash).update(bytes).digest());
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] ?? 0));
}

function decode(base64: string): Uint8Array {
  try {
    return Uint8Array.fromBase64(base64);
  } catch (cause) {
    throw protocolError("a login with what is no base64", cause);
  }
}
