import { createHmac, timingSafeEqual } from "node:crypto";
import { protocolError } from "../protocol/protocol_error.ts";
import { createScramSecret, type ScramHash, type ScramSecret, ScramServer } from "./scram.ts";

/** How to log in. */
export const MECHANISMS = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const;
/** One of {@linkcode MECHANISMS}. */
export type SaslMechanism = typeof MECHANISMS[number];

/** Who may use a broker. */
export interface Users {
  /** Passwords by name. */
  readonly passwords: Readonly<Record<string, string>>;
  /** Bytes that nobody can guess. */
  readonly randomBytes: (length: number) => Uint8Array;
}

/** What came of a message of a login. */
export type SaslStep = { readonly answer: Uint8Array; readonly user?: string } | "failed";

const hashes: Readonly<Record<string, ScramHash>> = { "SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512" };
const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/** The users of a broker, and the logins of its clients. */
export class SaslServer {
  readonly #users: Users;
  readonly #secrets = new Map<string, ScramSecret>();
  /** Makes up salts for names that are not there, the same each time. */
  readonly #salt: Uint8Array;

  /** With these users. */
  constructor(users: Users) {
    this.#users = users;
    this.#salt = users.randomBytes(32);
  }

  /** Who may log in. */
  get userNames(): readonly string[] {
    return Object.keys(this.#users.passwords);
  }

  /** A login that a client begins; nothing for a mechanism that is not served. */
  begin(mechanism: string): ((message: Uint8Array) => SaslStep) | undefined {
    if (mechanism === "PLAIN") return (message) => this.#plain(message);
    const hash = hashes[mechanism];
    if (hash === undefined) return undefined;
    const nonce = this.#users.randomBytes(24).toBase64({ alphabet: "base64url", omitPadding: true });
    const server = new ScramServer(hash, { nonce, secretOf: (user) => this.#secretOf(user, hash) });
    return (message) => {
      const step = server.step(decoder.decode(message));
      if (step === undefined) return "failed";
      return { answer: encoder.encode(step.answer), ...(step.user !== undefined && { user: step.user }) };
    };
  }

  /** RFC 4616: `[who] NUL user NUL password`. */
  #plain(message: Uint8Array): SaslStep {
    const [, user, password, ...more] = decoder.decode(message).split("\0");
    if (user === undefined || password === undefined || more.length > 0) {
      throw protocolError("a login that is not as RFC 4616 says");
    }
    const known = this.#passwordOf(user);
    const [given, wanted] = [encoder.encode(password), encoder.encode(known ?? password)];
    const isRight = given.length === wanted.length && timingSafeEqual(given, wanted);
    return isRight && known !== undefined ? { answer: new Uint8Array(), user } : "failed";
  }

  #passwordOf(user: string): string | undefined {
    const { passwords } = this.#users;
    return Object.hasOwn(passwords, user) ? passwords[user] : undefined;
  }

  #secretOf(user: string, hash: ScramHash): { secret: ScramSecret; isKnown: boolean } {
    const password = this.#passwordOf(user);
    const key = `${hash} ${password === undefined ? "" : user}`;
    const secret = this.#secrets.get(key) ?? createScramSecret(password ?? "", hash, this.#users.randomBytes(16));
    this.#secrets.set(key, secret);
    if (password !== undefined) return { secret, isKnown: true };
    // Names that are not there have a salt of their own, too.
    const salt = new Uint8Array(createHmac("sha256", this.#salt).update(user).digest()).slice(0, 16);
    return { secret: { ...secret, salt }, isKnown: false };
  }
}

/** How far one connection is with its login. */
export class Login {
  /** The users; none where nobody has to log in. */
  readonly server: SaslServer | undefined;
  /** Who logged in. */
  user: string | undefined;
  /** The login under way. */
  step: ((message: Uint8Array) => SaslStep) | undefined;

  /** For a new connection. */
  constructor(server: SaslServer | undefined) {
    this.server = server;
  }

  /** Whether requests that need a login may come. */
  get isDone(): boolean {
    return this.server === undefined || this.user !== undefined;
  }
}
