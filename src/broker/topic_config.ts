/** One setting of a topic: its default, and what it may be. */
interface Setting {
  readonly type: "string" | "list" | "int" | "long" | "boolean" | "double";
  readonly value: string;
  readonly choices?: readonly string[];
  readonly min?: number;
}

/** The settings that a topic may have, as Kafka names them. Source: https://kafka.apache.org/documentation/#topicconfigs */
export const TOPIC_SETTINGS: Readonly<Record<string, Setting>> = {
  "cleanup.policy": { type: "list", value: "delete", choices: ["delete", "compact"] },
  "compression.type": {
    type: "string",
    value: "producer",
    choices: ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"],
  },
  "delete.retention.ms": { type: "long", value: "86400000", min: 0 },
  "file.delete.delay.ms": { type: "long", value: "60000", min: 0 },
  "flush.messages": { type: "long", value: "9223372036854775807", min: 1 },
  "flush.ms": { type: "long", value: "9223372036854775807", min: 0 },
  "index.interval.bytes": { type: "int", value: "4096", min: 0 },
  "max.compaction.lag.ms": { type: "long", value: "9223372036854775807", min: 1 },
  "max.message.bytes": { type: "int", value: "1048588", min: 0 },
  "message.timestamp.type": { type: "string", value: "CreateTime", choices: ["CreateTime", "LogAppendTime"] },
  "min.cleanable.dirty.ratio": { type: "double", value: "0.5", min: 0 },
  "min.compaction.lag.ms": { type: "long", value: "0", min: 0 },
  "min.insync.replicas": { type: "int", value: "1", min: 1 },
  "preallocate": { type: "boolean", value: "false" },
  "retention.bytes": { type: "long", value: "-1", min: -1 },
  "retention.ms": { type: "long", value: "604800000", min: -1 },
  "segment.bytes": { type: "int", value: "16777216", min: 14 },
  "segment.index.bytes": { type: "int", value: "10485760", min: 4 },
  "segment.jitter.ms": { type: "long", value: "0", min: 0 },
  "segment.ms": { type: "long", value: "604800000", min: 1 },
  "unclean.leader.election.enable": { type: "boolean", value: "false" },
};

/** What is wrong with a setting, or nothing. */
export function findSettingProblem(name: string, value: string | null): string | undefined {
  const setting = Object.hasOwn(TOPIC_SETTINGS, name) ? TOPIC_SETTINGS[name] : undefined;
  if (setting === undefined) return `unknown topic config name: ${name}`;
  if (value === null) return undefined;
  const { type, choices, min = -Infinity } = setting;
  const parts = type === "list" ? value.split(",") : [value];
  if (choices !== undefined && !parts.every((part) => choices.includes(part))) {
    return `${name} is ${value}, expected ${choices.join(", ")}`;
  }
  if (type === "boolean" && value !== "true" && value !== "false") return `${name} is ${value}, expected true or false`;
  if (type === "string" || type === "list" || type === "boolean") return undefined;
  const shape = type === "double" ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
  return shape.test(value) && Number(value) >= min
    ? undefined
    : `${name} is ${value}, expected a number from ${min} up`;
}
