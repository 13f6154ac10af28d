import { defineApi } from "./api.ts";
import { array, bytes, int16, int32, int8, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** AlterUserScramCredentials (51), version 0. */
export const alterUserScramCredentialsApi = defineApi({
  key: 51,
  name: "AlterUserScramCredentials",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    deletions: array(struct({ name: string, mechanism: int8 })),
    upsertions: array(struct({ name: string, mechanism: int8, iterations: int32, salt: bytes, saltedPassword: bytes })),
  },
  response: {
    throttleTimeMs: int32,
    results: array(struct({ user: string, errorCode: int16, errorMessage: nullableString })),
  },
});
