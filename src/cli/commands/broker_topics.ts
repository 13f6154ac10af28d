import { brokerExits, brokerFlags, openBrokers, partitionsOf, readSetting, readTopicName } from "../broker_client.ts";
import { defineCommand } from "../command.ts";
import { TinmanError } from "../../errors/mod.ts";
import { count } from "../output.ts";

/** `tinman broker status` */
export const brokerStatus = defineCommand({
  name: "broker status",
  summary: "Show a cluster and its brokers",
  args: [],
  flags: { ...brokerFlags },
  examples: [["tinman broker status", "ours"], ["tinman broker status -b kafka.example:9092", "any Kafka"]],
  exits: brokerExits,
  json: "object",
  async run(context) {
    const { out, settings } = context;
    await using client = await openBrokers(context);
    const { id, controller, brokers } = await client.admin.cluster();
    const topics = await client.topics();
    const groups = await client.admin.groups();
    if (settings.json) out.json({ v: 1, id, controller, brokers, topics: topics.length, groups: groups.length });
    else {
      out.line(`cluster ${id}: ${count(topics.length, "topic")}, ${count(groups.length, "group")}`);
      const rows = brokers.map((
        { id, host, port },
      ) => [`${id}`, `${host}:${port}`, id === controller ? "controller" : ""]);
      out.table(["broker", "address", ""], rows);
    }
    return 0;
  },
});

/** `tinman broker topics` */
export const brokerTopics = defineCommand({
  name: "broker topics",
  summary: "List topics, with how much is in them",
  args: [],
  flags: { ...brokerFlags },
  examples: [["tinman broker topics", "of the broker on this machine"]],
  exits: brokerExits,
  json: "object",
  async run(context) {
    const { out, settings } = context;
    await using client = await openBrokers(context);
    const topics = await Promise.all((await client.topics()).map(async ({ name, partitions }) => {
      const ranges = await Promise.all(
        Array.from({ length: partitions }, (_, partition) => client.offsets(name, { partition })),
      );
      return { name, partitions, records: ranges.reduce((sum, { earliest, latest }) => sum + latest - earliest, 0) };
    }));
    if (settings.json) out.json({ v: 1, topics });
    else if (topics.length === 0) out.note("There are no topics. tinman broker create TOPIC makes one.");
    else {
      const rows = topics.map((
        { name, partitions, records },
      ) => [name, `${partitions}`, records.toLocaleString("en-US")]);
      out.table(["topic", "partitions", "offsets"], rows, { right: ["partitions", "offsets"] });
    }
    return 0;
  },
});

/** `tinman broker describe` */
export const brokerDescribe = defineCommand({
  name: "broker describe",
  summary: "Show the partitions and settings of a topic",
  args: [{ name: "TOPIC", summary: "The topic", completes: "nothing" }],
  flags: {
    ...brokerFlags,
    all: { type: "boolean", short: "a", summary: "Settings that have their default, too" },
  },
  examples: [["tinman broker describe readings", "offsets of each partition, and what was set"]],
  exits: brokerExits,
  json: "object",
  async run(context) {
    const { args, flags, out, settings } = context;
    const topic = readTopicName(args[0]!);
    await using client = await openBrokers(context);
    const partitions = await Promise.all(
      (await partitionsOf(client, topic)).map(async (partition) => ({
        partition,
        ...await client.offsets(topic, { partition }),
      })),
    );
    const made = (await client.admin.settings(topic)).filter(({ isDefault }) =>
      flags.all || settings.json || !isDefault
    );
    if (settings.json) out.json({ v: 1, topic, partitions, settings: made });
    else {
      const rows = partitions.map(({ partition, earliest, latest }) => [`${partition}`, `${earliest}`, `${latest}`]);
      out.table(["partition", "earliest", "latest"], rows, { right: ["partition", "earliest", "latest"] });
      if (made.length > 0) {
        out.line();
        out.table(["setting", "value"], made.map(({ name, value }) => [name, value ?? ""]));
      }
    }
    return 0;
  },
});

/** `tinman broker create` */
export const brokerCreate = defineCommand({
  name: "broker create",
  summary: "Make a topic",
  args: [{ name: "TOPIC", summary: "Its name: letters, digits, . _ -", completes: "nothing" }],
  flags: {
    ...brokerFlags,
    partitions: {
      type: "number",
      short: "p",
      value: "N",
      summary: "How many partitions (default: what the broker says)",
    },
    set: { type: "each", value: "NAME=VALUE", summary: "A setting, as Kafka names it" },
  },
  examples: [
    ["tinman broker create readings -p 3", "three partitions"],
    ["tinman broker create state --set cleanup.policy=compact", "keeps the last record of each key"],
  ],
  exits: { ...brokerExits, 1: "the broker refused it", 2: "a setting cannot be read" },
  json: "object",
  async run(context) {
    const { args, flags, out, settings } = context;
    const topic = readTopicName(args[0]!);
    const made = Object.fromEntries(flags.set.map(readSetting));
    await using client = await openBrokers(context);
    await client.admin.createTopic(topic, {
      ...(flags.partitions !== undefined && { partitions: flags.partitions }),
      settings: made,
    });
    if (settings.json) out.json({ v: 1, topic });
    else out.note(`made ${topic}`);
    return 0;
  },
});

/** `tinman broker delete` */
export const brokerDelete = defineCommand({
  name: "broker delete",
  summary: "Remove a topic with all its records",
  args: [{ name: "TOPIC", summary: "The topic", completes: "nothing" }],
  flags: { ...brokerFlags },
  examples: [["tinman broker delete readings", "at once, and for good"]],
  exits: brokerExits,
  json: "object",
  async run(context) {
    const { args, out, settings } = context;
    const topic = readTopicName(args[0]!);
    await using client = await openBrokers(context);
    if (!await client.deleteTopic(topic)) {
      throw new TinmanError("NOT_FOUND", `Cannot delete topic ${topic}: it is not there`, {
        kind: "topic",
        id: topic,
      });
    }
    if (settings.json) out.json({ v: 1, topic });
    else out.note(`removed ${topic}`);
    return 0;
  },
});
