import { TinmanError } from "../../errors/mod.ts";
import type { Api, Loose } from "../protocol/api.ts";
import { saslHandshakeApi } from "../protocol/17_sasl_handshake.ts";
import { saslAuthenticateApi } from "../protocol/36_sasl_authenticate.ts";
import { ERROR } from "../protocol/error_codes.ts";
import type { SaslMechanism } from "../connection/sasl.ts";
import { ScramClient } from "../connection/scram.ts";

/** How a client logs in. */
export interface SaslCredentials {
  /** How it proves who it is. @default {"SCRAM-SHA-256"} */
  readonly mechanism?: SaslMechanism;
  /** The name of the user. */
  readonly user: string;
  /** Never shown by messages. */
  readonly password: string;
  /** Bytes that nobody can guess; needed for SCRAM. */
  readonly randomBytes: (length: number) => Uint8Array;
}

const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

/** Logs in over a connection. @throws {TinmanError} `DENIED` */
export async function logIn(
  ask: <Q, R>(api: Api<Q, R>, request: Loose<Q>) => Promise<R>,
  { mechanism = "SCRAM-SHA-256", user, password, randomBytes }: SaslCredentials,
): Promise<void> {
  const { errorCode, mechanisms } = await ask(saslHandshakeApi, { mechanism });
  if (errorCode === ERROR.ILLEGAL_SASL_STATE && mechanisms.length === 0) throw refused(user, "it asks for no login");
  if (errorCode !== ERROR.NONE) throw refused(user, `it takes ${mechanisms.join(", ")}, not ${mechanism}`);
  const send = async (message: string) => {
    const answer = await ask(saslAuthenticateApi, { authBytes: encoder.encode(message) });
    if (answer.errorCode !== ERROR.NONE) throw refused(user, answer.errorMessage ?? "the login failed");
    return decoder.decode(answer.authBytes);
  };
  if (mechanism === "PLAIN") return void await send(`\0${user}\0${password}`);
  const nonce = randomBytes(24).toBase64({ alphabet: "base64url", omitPadding: true });
  const client = new ScramClient(mechanism === "SCRAM-SHA-256" ? "sha256" : "sha512", { user, password, nonce });
  const challenge = await send(client.first());
  const last = await send(client.final(challenge));
  if (!client.verify(last)) throw refused(user, "it does not know the password, so it is not who it says");
}

function refused(user: string, why: string): TinmanError<"DENIED"> {
  return new TinmanError("DENIED", `Cannot log in to the broker as ${JSON.stringify(user)}: ${why}`, { what: "login" });
}
