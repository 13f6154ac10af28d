import { isTinmanError } from "../../errors/mod.ts";
import { saslAuthenticateApi } from "../protocol/36_sasl_authenticate.ts";
import { ERROR } from "../protocol/error_codes.ts";
import type { SaslStep } from "../connection/sasl.ts";
import { defineHandler } from "./handler.ts";

/** SaslAuthenticate: one message of a login. A login that failed says nothing of why; the client may begin another. */
export const saslAuthenticate = defineHandler(saslAuthenticateApi, ({ authBytes }, { login }) => {
  if (login.step === undefined) {
    return { errorCode: ERROR.ILLEGAL_SASL_STATE, errorMessage: "SaslHandshake comes before SaslAuthenticate" };
  }
  const result = attempt(() => login.step!(authBytes));
  if (result === "failed") {
    login.step = undefined;
    return {
      errorCode: ERROR.SASL_AUTHENTICATION_FAILED,
      errorMessage: "Authentication failed: user or password are wrong",
    };
  }
  if (result.user !== undefined) [login.user, login.step] = [result.user, undefined];
  return { errorCode: ERROR.NONE, authBytes: result.answer };
});

function attempt(step: () => SaslStep): SaslStep {
  try {
    return step();
  } catch (error) {
    if (!isTinmanError(error, "PROTOCOL")) throw error;
    return "failed";
  }
}
