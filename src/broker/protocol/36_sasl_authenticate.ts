import { defineApi } from "./api.ts";
import { bytes, int16, int64, nullableString, since } from "./fields.ts";

/** SaslAuthenticate (36), versions 0 to 2. */
export const saslAuthenticateApi = defineApi({
  key: 36,
  name: "SaslAuthenticate",
  versions: [0, 2],
  flexibleFrom: 2,
  request: { authBytes: bytes },
  response: {
    errorCode: int16,
    errorMessage: nullableString,
    authBytes: bytes,
    sessionLifetimeMs: since(1, int64),
  },
});
