import { describeConfigsApi } from "../protocol/32_describe_configs.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { brokerSettings, type DescribedSetting, describeSettings } from "./settings.ts";
import { defineHandler } from "./handler.ts";

/** What settings are of, and where a value comes from. */
const [TOPIC, BROKER, GROUP] = [2, 4, 32];
const [FROM_TOPIC, FROM_BROKER, FROM_DEFAULT] = [1, 4, 5];
const TYPES = ["", "boolean", "string", "int", "short", "long", "double", "list", "class", "password"];

/**
 * DescribeConfigs: of topics and of this broker. Groups have none. Left out: documentation; the only synonym of a setting
 * is itself.
 */
export const describeConfigs = defineHandler(describeConfigsApi, ({ resources, includeSynonyms }, context) => {
  const { cluster } = context;
  return {
    results: resources.map(({ resourceType, resourceName, configurationKeys }) => {
      const topic = resourceType === TOPIC ? cluster.topic(resourceName) : undefined;
      const isThisBroker = resourceType === BROKER && (resourceName === `${cluster.nodeId}` || resourceName === "");
      const refuse = (errorCode: number, errorMessage: string) => ({
        errorCode,
        errorMessage,
        resourceType,
        resourceName,
      });
      if (resourceType === TOPIC && topic === undefined) {
        return refuse(ERROR.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic ${resourceName}`);
      }
      if (topic === undefined && !isThisBroker && resourceType !== GROUP) {
        return refuse(ERROR.INVALID_REQUEST, `there are no settings of type ${resourceType} named ${resourceName}`);
      }
      const all = topic !== undefined ? describeSettings(topic) : isThisBroker ? brokerSettings(context) : [];
      const wanted = (name: string) =>
        configurationKeys === null || configurationKeys.length === 0 || configurationKeys.includes(name);
      const describe = ({ name, value, type, isDefault }: DescribedSetting) => {
        const configSource = isDefault ? FROM_DEFAULT : topic !== undefined ? FROM_TOPIC : FROM_BROKER;
        return {
          name,
          value,
          readOnly: topic === undefined || topic.readOnly !== undefined,
          isDefault,
          configSource,
          isSensitive: false,
          synonyms: includeSynonyms ? [{ name, value, source: configSource }] : [],
          configType: TYPES.indexOf(type),
        };
      };
      const configs = all.filter(({ name }) => wanted(name)).map(describe);
      return { errorCode: ERROR.NONE, resourceType, resourceName, configs };
    }),
  };
});
