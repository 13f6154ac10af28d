import { defineApi } from "./api.ts";
import { array, int16, int32, int8, nullableArray, nullableString, string } from "./fields.ts";
import { struct } from "./struct.ts";

/** DescribeUserScramCredentials (50), version 0. */
export const describeUserScramCredentialsApi = defineApi({
  key: 50,
  name: "DescribeUserScramCredentials",
  versions: [0, 0],
  flexibleFrom: 0,
  request: { users: nullableArray(struct({ name: string })) },
  response: {
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullableString,
    results: array(struct({
      user: string,
      errorCode: int16,
      errorMessage: nullableString,
      credentialInfos: array(struct({ mechanism: int8, iterations: int32 })),
    })),
  },
});
