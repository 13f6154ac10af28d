import type { Topic } from "../topic.ts";
import { TOPIC_SETTINGS } from "../topic_config.ts";
import type { RequestContext } from "./handler.ts";

/** A setting and where it comes from. */
export interface DescribedSetting {
  readonly name: string;
  readonly value: string;
  readonly type: string;
  readonly isDefault: boolean;
}

/** All settings of a topic, by name. */
export function describeSettings({ settings }: Topic): DescribedSetting[] {
  const known = Object.entries(TOPIC_SETTINGS).map(([name, { value, type }]) => {
    const made = settings.get(name);
    return { name, value: made ?? value, type, isDefault: made === undefined };
  });
  // What a recording says of a channel.
  const others = [...settings].filter(([name]) => !Object.hasOwn(TOPIC_SETTINGS, name));
  return [...known, ...others.map(([name, value]) => ({ name, value, type: "string", isDefault: false }))];
}

/** What tools ask the broker for. They cannot be changed while it runs. */
export function brokerSettings({ cluster, address }: RequestContext): DescribedSetting[] {
  const setting = (name: string, value: string | number | boolean, type: string) => ({
    name,
    value: String(value),
    type,
    isDefault: false,
  });
  return [
    setting("advertised.listeners", `PLAINTEXT://${address.host}:${address.port}`, "string"),
    setting("auto.create.topics.enable", cluster.autoCreate, "boolean"),
    setting("broker.id", cluster.nodeId, "int"),
    setting("default.replication.factor", 1, "int"),
    setting("delete.topic.enable", true, "boolean"),
    setting("inter.broker.protocol.version", "3.9", "string"),
    setting("log.cleanup.policy", TOPIC_SETTINGS["cleanup.policy"]!.value, "list"),
    setting("log.retention.ms", TOPIC_SETTINGS["retention.ms"]!.value, "long"),
    setting("message.max.bytes", TOPIC_SETTINGS["max.message.bytes"]!.value, "int"),
    setting("num.partitions", cluster.defaultPartitions, "int"),
  ];
}
