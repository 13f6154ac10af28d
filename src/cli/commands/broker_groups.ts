import type { GroupOffset, KafkaQueueClient } from "../../broker/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import {
  brokerExits,
  brokerFlags,
  findPlace,
  openBrokers,
  partitionsOf,
  readGroupName,
  readTopicName,
} from "../broker_client.ts";
import { defineCommand } from "../command.ts";

/** `tinman broker groups` */
export const brokerGroups = defineCommand({
  name: "broker groups",
  summary: "List groups, with their members",
  args: [],
  flags: { ...brokerFlags },
  examples: [["tinman broker groups", "who reads here"]],
  exits: brokerExits,
  json: "object",
  async run(context) {
    const { out, settings } = context;
    await using client = await openBrokers(context);
    const groups = await Promise.all((await client.admin.groups()).map((id) => client.admin.group(id)));
    if (settings.json) out.json({ v: 1, groups });
    else if (groups.length === 0) out.note("There are no groups.");
    else {
      const rows = groups.map(({ id, state, protocol, members }) => [
        id,
        state,
        `${members.length}`,
        protocol,
        [...new Set(members.map(({ client, host }) => `${client}${host}`))].join(" "),
      ]);
      out.table(["group", "state", "members", "protocol", "clients"], rows, { right: ["members"] });
    }
    return 0;
  },
});

/** How far a group is behind. */
interface Lag extends GroupOffset {
  readonly earliest: number;
  readonly latest: number;
  readonly lag: number;
}

/** `tinman broker lag` */
export const brokerLag = defineCommand({
  name: "broker lag",
  summary: "Show how far a group is behind",
  about: "What is behind what it committed, or behind the oldest record that is left, if that is less.",
  args: [{ name: "GROUP", summary: "The group", completes: "nothing" }],
  flags: { ...brokerFlags },
  examples: [["tinman broker lag report", "by topic and partition"]],
  exits: brokerExits,
  json: "object",
  async run(context) {
    const { args, out, settings } = context;
    const group = readGroupName(args[0]!);
    await using client = await openBrokers(context);
    const lags = await lagsOf(client, group);
    if (lags.length === 0) {
      throw new TinmanError("NOT_FOUND", `Cannot say how far group ${group} is: it committed nothing`, {
        kind: "group",
        id: group,
        hint: "tinman broker groups lists them",
      });
    }
    const total = lags.reduce((sum, { lag }) => sum + lag, 0);
    if (settings.json) out.json({ v: 1, group, total, partitions: lags });
    else {
      const rows = lags.map(({ topic, partition, offset, earliest, latest, lag }) =>
        [topic, partition, offset, earliest, latest, lag].map(String)
      );
      const head = ["topic", "partition", "committed", "earliest", "latest", "lag"];
      out.table(head, rows, { right: head.slice(1) });
      out.note(`${total.toLocaleString("en-US")} behind in all`);
    }
    return 0;
  },
});

async function lagsOf(client: KafkaQueueClient, group: string): Promise<Lag[]> {
  const offsets = await client.admin.groupOffsets(group);
  return await Promise.all(offsets.map(async ({ topic, partition, offset }) => {
    const { earliest, latest } = await client.offsets(topic, { partition });
    return { topic, partition, offset, earliest, latest, lag: Math.max(0, latest - Math.max(offset, earliest)) };
  }));
}

/** `tinman broker reset-offsets` */
export const brokerResetOffsets = defineCommand({
  name: "broker reset-offsets",
  summary: "Have a group go on elsewhere",
  about: "For a group without members: whoever is in it would overwrite it.",
  args: [
    { name: "GROUP", summary: "The group", completes: "nothing" },
    { name: "TOPIC", summary: "The topic", completes: "nothing" },
  ],
  flags: {
    ...brokerFlags,
    to: {
      type: "string",
      value: "WHERE",
      default: "beginning",
      summary: "beginning, end, an offset, -N (the last N), or s@MS (a time)",
    },
    partition: { type: "number", short: "p", value: "N", summary: "This partition alone (default: all)" },
    "dry-run": { type: "boolean", summary: "Only show what it would be" },
  },
  examples: [["tinman broker reset-offsets report readings --to beginning", "it reads all once more"]],
  exits: { ...brokerExits, 1: "the group has members" },
  json: "object",
  async run(context) {
    const { args, flags, out, settings } = context;
    const [group, topic] = [readGroupName(args[0]!), readTopicName(args[1]!)];
    const where = flags.to ?? "beginning";
    await using client = await openBrokers(context);
    const all = await partitionsOf(client, topic);
    const partitions = flags.partition === undefined ? all : [flags.partition];
    const resets = await Promise.all(partitions.map(async (partition) => {
      const { earliest, latest } = await client.offsets(topic, { partition });
      const place = await findPlace(client, { topic, partition, where, flag: "--to" });
      const offset = Math.min(latest, Math.max(earliest, place));
      return { partition, before: await client.committed(group, topic, { partition }), offset };
    }));
    if (!flags["dry-run"]) {
      for (const { partition, offset } of resets) await client.commit(group, topic, offset, { partition });
    }
    if (settings.json) out.json({ v: 1, group, topic, partitions: resets });
    else {
      const rows = resets.map(({ partition, before, offset }) => [`${partition}`, `${before ?? "–"}`, `${offset}`]);
      out.table(["partition", "before", "now"], rows, { right: ["partition", "before", "now"] });
    }
    return 0;
  },
});
