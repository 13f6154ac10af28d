import { alterConfigsApi } from "../protocol/33_alter_configs.ts";
import { incrementalAlterConfigsApi } from "../protocol/44_incremental_alter_configs.ts";
import { ERROR, type ErrorNumber } from "../protocol/error_codes.ts";
import type { Topic } from "../topic.ts";
import { findSettingProblem, TOPIC_SETTINGS } from "../topic_config.ts";
import { defineHandler } from "./handler.ts";
import { keep } from "./keep.ts";

const TOPIC = 2;
const NOT_A_TOPIC = {
  errorCode: ERROR.INVALID_REQUEST,
  errorMessage: "only the settings of topics can be changed while the broker runs",
};
/** What IncrementalAlterConfigs may do with a setting. */
const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3];

/**
 * AlterConfigs: the settings of a topic become those that are given; the others their defaults. Left out: settings of
 * brokers and groups, which nobody can change while the broker runs.
 */
export const alterConfigs = defineHandler(alterConfigsApi, ({ resources, validateOnly }, { cluster }) => ({
  responses: resources.map(({ resourceType, resourceName, configs }) => {
    const given = new Map(configs.flatMap(({ name, value }) => value === null ? [] : [[name, value]]));
    if (resourceType !== TOPIC) return { resourceType, resourceName, ...NOT_A_TOPIC };
    return { resourceType, resourceName, ...alter(cluster.topic(resourceName), given, validateOnly) };
  }),
}));

/** IncrementalAlterConfigs: what it names is set, reset, or changed as a list. */
export const incrementalAlterConfigs = defineHandler(
  incrementalAlterConfigsApi,
  ({ resources, validateOnly }, { cluster }) => ({
    responses: resources.map(({ resourceType, resourceName, configs }) => {
      if (resourceType !== TOPIC) return { resourceType, resourceName, ...NOT_A_TOPIC };
      const topic = cluster.topic(resourceName);
      const settings = new Map(topic?.settings);
      for (const { name, configOperation, value } of configs) {
        const problem = topic === undefined ? undefined : change(settings, { name, operation: configOperation, value });
        if (problem !== undefined) return { resourceType, resourceName, ...refuse(ERROR.INVALID_CONFIG, problem) };
      }
      return { resourceType, resourceName, ...alter(topic, settings, validateOnly) };
    }),
  }),
);

function alter(topic: Topic | undefined, settings: ReadonlyMap<string, string>, onlyCheck: boolean) {
  if (topic === undefined) {
    return refuse(ERROR.UNKNOWN_TOPIC_OR_PARTITION, "there is no such topic");
  }
  if (topic.readOnly !== undefined) return refuse(ERROR.TOPIC_AUTHORIZATION_FAILED, topic.readOnly);
  for (const [name, value] of settings) {
    const problem = findSettingProblem(name, value);
    if (problem !== undefined) return refuse(ERROR.INVALID_CONFIG, problem);
  }
  const errorCode = onlyCheck ? ERROR.NONE : keep(() => topic.configure(settings));
  return { errorCode, errorMessage: null };
}

interface Change {
  readonly name: string;
  readonly operation: number;
  readonly value: string | null;
}

/** Makes a change; says what is wrong with it. A list that was never set starts from its default. */
function change(settings: Map<string, string>, { name, operation, value }: Change): string | undefined {
  const setting = Object.hasOwn(TOPIC_SETTINGS, name) ? TOPIC_SETTINGS[name] : undefined;
  if (setting === undefined) return `unknown topic config name: ${name}`;
  if (operation === DELETE) settings.delete(name);
  else if (value === null) return `${name} is given no value`;
  else if (operation === SET) settings.set(name, value);
  else if (setting.type !== "list") return `${name} is no list, so nothing can be added to it or taken from it`;
  else if (operation === APPEND || operation === SUBTRACT) {
    const now = new Set((settings.get(name) ?? setting.value).split(",").filter((each) => each !== ""));
    for (const each of value.split(",")) {
      if (operation === APPEND) now.add(each);
      else now.delete(each);
    }
    settings.set(name, [...now].join(","));
  } else return `operation ${operation} is not known`;
  return undefined;
}

function refuse(errorCode: ErrorNumber, errorMessage: string) {
  return { errorCode, errorMessage };
}
