import { defineApi } from "./api.ts";
import { array, int16, int32, nullableString, since, string, until, uuid } from "./fields.ts";
import { struct } from "./struct.ts";

/** DeleteTopics (20), versions 0 to 6: from 6 on by name or by id. */
export const deleteTopicsApi = defineApi({
  key: 20,
  name: "DeleteTopics",
  versions: [0, 6],
  flexibleFrom: 4,
  request: {
    topics: since(6, array(struct({ name: nullableString, topicId: uuid }))),
    topicNames: until(5, array(string)),
    timeoutMs: int32,
  },
  response: {
    throttleTimeMs: since(1, int32),
    responses: array(struct({
      name: nullableString,
      topicId: since(6, uuid),
      errorCode: int16,
      errorMessage: since(5, nullableString),
    })),
  },
});
