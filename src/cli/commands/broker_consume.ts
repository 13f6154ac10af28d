import type { KafkaQueueClient } from "../../broker/mod.ts";
import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import {
  brokerExits,
  type BrokerFlags,
  brokerFlags,
  findPlace,
  openBrokers,
  partitionsOf,
  readTopicName,
} from "../broker_client.ts";
import { type Context, defineCommand } from "../command.ts";
import { createRecordFormat, type PlacedRecord, toRecordJson } from "../record_format.ts";

const shared = {
  ...brokerFlags,
  partition: { type: "number", short: "p", value: "N", summary: "This partition alone (default: all)" },
  count: { type: "number", short: "c", value: "N", summary: "End after so many records" },
  format: {
    type: "string",
    short: "f",
    value: "FORMAT",
    default: "%s\\n",
    summary: "As kcat has them: %s %k %o %p %t %T %h %S %K",
  },
} as const;

const exits = { ...brokerExits, 130: "ended by Ctrl-C", 143: "ended by SIGTERM" };

/** `tinman broker consume` */
export const brokerConsume = defineCommand({
  name: "broker consume",
  summary: "Print records of a topic",
  about:
    "From the beginning to what is there now; --follow waits for more. Partitions come in no order among each other.",
  args: [{ name: "TOPIC", summary: "The topic", completes: "nothing" }],
  flags: {
    ...shared,
    offset: {
      type: "string",
      short: "o",
      value: "WHERE",
      default: "beginning",
      summary: "beginning, end, an offset, -N (the last N), or s@MS (from that time on)",
    },
    group: { type: "string", short: "G", value: "GROUP", summary: "Go on where this group stopped, and commit" },
    follow: { type: "boolean", short: "F", summary: "Wait for more, until Ctrl-C" },
  },
  examples: [
    ["tinman broker consume readings -f '%p %o %k %s\\n'", "with partition, offset and key"],
    ["tinman broker consume readings -o -10 --json", "the last ten of each partition, as JSON"],
    ["tinman broker consume readings -G report", "what is new since the last time"],
  ],
  exits,
  json: "stream",
  run: (context) => consume(context, { where: context.flags.offset ?? "beginning", ...context.flags }),
});

/** `tinman broker tail` */
export const brokerTail = defineCommand({
  name: "broker tail",
  summary: "Print records as they come, until Ctrl-C",
  args: [{ name: "TOPIC", summary: "The topic", completes: "nothing" }],
  flags: shared,
  examples: [["tinman broker tail readings", "what is produced from now on"]],
  exits,
  json: "stream",
  run: (context) => consume(context, { where: "end", follow: true, group: undefined, ...context.flags }),
});

interface ConsumeOptions {
  readonly where: string;
  readonly partition: number | undefined;
  readonly count: number | undefined;
  readonly format: string | undefined;
  readonly group: string | undefined;
  readonly follow: boolean;
}

type ConsumeContext = Pick<
  Context<BrokerFlags>,
  "args" | "flags" | "io" | "out" | "path" | "settings"
>;

async function consume(context: ConsumeContext, options: ConsumeOptions): Promise<number> {
  const { args, io, out, settings } = context;
  const topic = readTopicName(args[0]!);
  const format = createRecordFormat(options.format ?? "%s\n");
  const print = settings.json
    ? (record: PlacedRecord) => out.json(toRecordJson(record))
    : (record: PlacedRecord) => out.text(format(record));
  await using client = await openBrokers(context);
  const all = await partitionsOf(client, topic);
  const asked = new AbortController();
  let signalled: string | undefined;
  using _signals = io.environment.onSignals?.((signal) => {
    signalled = signal;
    asked.abort();
  }) ?? { [Symbol.dispose]() {} };
  let left = options.count ?? Infinity;
  const partitions = options.partition === undefined ? all : [options.partition];
  const read = async (partition: number) => {
    const begin = await startOf(client, { ...options, topic, partition });
    const end = options.follow ? Infinity : (await client.offsets(topic, { partition })).latest;
    for (let offset = begin; offset < end && left > 0 && !asked.signal.aborted;) {
      const maxRecords = Math.min(10_000, left);
      const records = await client.fetch(topic, { partition, offset, maxRecords, signal: asked.signal });
      // Other partitions may have taken what was left of the count meanwhile: what was not shown is not committed.
      const shown = records.filter((record) => record.offset < end).slice(0, left);
      left -= shown.length;
      for (const record of shown) print({ ...record, topic, partition });
      out.flush();
      if (shown.length === 0 && left === 0) break;
      // What is left out at the end, such as marks of transactions, has no records.
      if (records.length === 0) offset = options.follow ? offset : end;
      else offset = (left === 0 ? shown : records).at(-1)!.offset + 1;
      if (options.group !== undefined) await client.commit(options.group, topic, Math.min(offset, end), { partition });
    }
    if (left === 0) asked.abort();
  };
  await Promise.all(partitions.map(async (partition) => {
    try {
      await read(partition);
    } catch (error) {
      if (!asked.signal.aborted || isTinmanError(error, "OUT_OF_RANGE")) throw error;
    }
  }));
  if (signalled === undefined) return 0;
  return signalled === "SIGTERM" ? 143 : 130;
}

/** Where to begin in one partition. */
async function startOf(
  client: KafkaQueueClient,
  { topic, partition, where, group }: ConsumeOptions & {
    readonly topic: string;
    readonly partition: number;
  },
): Promise<number> {
  const of = { partition };
  const committed = group === undefined ? undefined : await client.committed(group, topic, of);
  if (committed !== undefined) return committed;
  const offset = await findPlace(client, { topic, partition, where, flag: "--offset" });
  const { earliest, latest } = await client.offsets(topic, of);
  if (offset >= earliest && offset <= latest) return offset;
  const message = `Cannot begin at offset ${offset} of ${topic}/${partition}: it keeps ${earliest} to ${latest}`;
  throw new TinmanError("OUT_OF_RANGE", message, { offset, earliest, latest });
}
