import { defineApi } from "./api.ts";
import { array, int16, string } from "./fields.ts";

/** SaslHandshake (17), versions 0 and 1: chooses how to log in. After 0 come tokens without any head, which are not read. */
export const saslHandshakeApi = defineApi({
  key: 17,
  name: "SaslHandshake",
  versions: [0, 1],
  request: { mechanism: string },
  response: { errorCode: int16, mechanisms: array(string) },
});
