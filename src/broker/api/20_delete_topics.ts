import { deleteTopicsApi } from "../protocol/20_delete_topics.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { defineHandler } from "./handler.ts";
import { keep } from "./keep.ts";

/** DeleteTopics: at once, with their records and what groups committed for them. */
export const deleteTopics = defineHandler(deleteTopicsApi, ({ topics, topicNames }, { cluster, groups, version }) => {
  const asked = version >= 6 ? topics : topicNames.map((name) => ({ name, topicId: "" }));
  return {
    responses: asked.map(({ name, topicId }) => {
      const found = name === null ? cluster.topicById(topicId) : cluster.topic(name);
      if (found === undefined) {
        const errorCode = name === null ? ERROR.UNKNOWN_TOPIC_ID : ERROR.UNKNOWN_TOPIC_OR_PARTITION;
        return { name, topicId: name === null ? topicId : "0".repeat(32), errorCode };
      }
      if (found.readOnly !== undefined) {
        const { name, id: topicId, readOnly: errorMessage } = found;
        return { name, topicId, errorCode: ERROR.TOPIC_AUTHORIZATION_FAILED, errorMessage };
      }
      const errorCode = keep(() => {
        cluster.delete(found);
        groups.forgetTopic(found.name);
      });
      return { name: found.name, topicId: found.id, errorCode };
    }),
  };
});
