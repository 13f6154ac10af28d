import { describeUserScramCredentialsApi } from "../protocol/50_describe_user_scram_credentials.ts";
import { alterUserScramCredentialsApi } from "../protocol/51_alter_user_scram_credentials.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { SCRAM_ITERATIONS } from "../connection/scram.ts";
import { defineHandler } from "./handler.ts";

/** SCRAM-SHA-256 and SCRAM-SHA-512, by Kafka's numbers: every user may log in with both. */
const credentialInfos = [1, 2].map((mechanism) => ({ mechanism, iterations: SCRAM_ITERATIONS }));

/** DescribeUserScramCredentials: the users that the broker was started with. */
export const describeUserScramCredentials = defineHandler(
  describeUserScramCredentialsApi,
  ({ users }, { login: { server } }) => {
    const known = server?.userNames ?? [];
    const asked = users === null || users.length === 0 ? known : users.map(({ name }) => name);
    return {
      results: [...Map.groupBy(asked, (user) => user)].map(([user, { length }]) => {
        if (length > 1) return { user, errorCode: ERROR.DUPLICATE_RESOURCE, errorMessage: `${user} is named twice` };
        if (known.includes(user)) return { user, errorCode: ERROR.NONE, credentialInfos };
        return { user, errorCode: ERROR.RESOURCE_NOT_FOUND, errorMessage: `there is no user ${user}` };
      }),
    };
  },
);

/** AlterUserScramCredentials: refused. */
export const alterUserScramCredentials = defineHandler(
  alterUserScramCredentialsApi,
  ({ deletions, upsertions }, { login: { server } }) => {
    const refused = server === undefined
      ? { errorCode: ERROR.SECURITY_DISABLED, errorMessage: "this broker has no users: nobody has to log in" }
      : { errorCode: ERROR.UNSUPPORTED_VERSION, errorMessage: "users are those that the broker was started with" };
    const users = new Set([...deletions, ...upsertions].map(({ name }) => name));
    return { results: [...users].map((user) => ({ user, ...refused })) };
  },
);
