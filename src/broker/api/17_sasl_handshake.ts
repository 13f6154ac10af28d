import { saslHandshakeApi } from "../protocol/17_sasl_handshake.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { MECHANISMS } from "../connection/sasl.ts";
import { defineHandler } from "./handler.ts";

/** SaslHandshake: PLAIN and SCRAM, where users were named. Left out: OAUTHBEARER, GSSAPI, tokens without a head (v0). */
export const saslHandshake = defineHandler(saslHandshakeApi, ({ mechanism }, { login }) => {
  if (login.server === undefined) return { errorCode: ERROR.ILLEGAL_SASL_STATE, mechanisms: [] };
  login.step = login.server.begin(mechanism);
  const errorCode = login.step === undefined ? ERROR.UNSUPPORTED_SASL_MECHANISM : ERROR.NONE;
  return { errorCode, mechanisms: MECHANISMS };
});
