import { type NewRecord, produceAll } from "../../broker/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import { brokerExits, brokerFlags, openBrokers, readTopicName } from "../broker_client.ts";
import { defineCommand } from "../command.ts";
import { createLines } from "../input_lines.ts";
import { count } from "../output.ts";

/** Records that are sent together. */
const BATCH = 10_000;

/** `tinman broker produce` */
export const brokerProduce = defineCommand({
  name: "broker produce",
  summary: "Send lines of standard input as records",
  about: "One record a line. Lines are sent together as they come; at the end it says how many the broker has.",
  args: [{ name: "TOPIC", summary: "Where to; it is made where the broker allows it", completes: "nothing" }],
  flags: {
    ...brokerFlags,
    partition: { type: "number", short: "p", value: "N", summary: "This partition (default: by key, or all in turn)" },
    key: { type: "string", short: "k", value: "TEXT", summary: "The key of all records" },
    "key-separator": {
      type: "string",
      short: "K",
      value: "TEXT",
      summary: "What stands in each line between key and value",
    },
    header: { type: "each", short: "H", value: "NAME=VALUE", summary: "A header of all records" },
    null: { type: "boolean", short: "Z", summary: "An empty value is none: the key is gone" },
  },
  examples: [
    ["seq 10 | tinman broker produce numbers", "ten records"],
    ["echo 'sensor1:21.5' | tinman broker produce readings -K :", "with a key"],
  ],
  exits: { ...brokerExits, 1: "the broker refused records" },
  json: "object",
  async run(context) {
    const { args: [topic], flags, io, out, settings } = context;
    const name = readTopicName(topic!);
    await using client = await openBrokers(context);
    const headers = flags.header.map(readHeader);
    const options = flags.partition === undefined ? {} : { partition: flags.partition };
    const ended = new AbortController();
    let sent = 0;
    for await (const lines of createLines(io.input(ended.signal), BATCH)) {
      const records = lines.map((line) => toRecord(line, { ...flags, headers }));
      await produceAll(client, { topic: name, records, ...options, onSent: (count) => sent += count });
    }
    if (settings.json) out.json({ v: 1, topic, records: sent });
    else out.note(`${count(sent, "record")} to ${topic}`);
    return 0;
  },
});

const encoder = new TextEncoder();

interface RecordOptions {
  readonly key: string | undefined;
  readonly "key-separator": string | undefined;
  readonly headers: NewRecord["headers"];
  readonly null: boolean;
}

function toRecord(
  line: string,
  { key, "key-separator": separator, headers, null: hasNulls }: RecordOptions,
): NewRecord {
  const at = separator === undefined || separator === "" ? -1 : line.indexOf(separator);
  const ownKey = at < 0 ? key : line.slice(0, at);
  const value = at < 0 ? line : line.slice(at + separator!.length);
  return {
    key: ownKey === undefined ? null : encoder.encode(ownKey),
    value: hasNulls && value === "" ? null : encoder.encode(value),
    headers: headers ?? [],
  };
}

function readHeader(text: string): { name: string; value: Uint8Array } {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined) return { name, value: encoder.encode(value) };
  throw new TinmanError("USAGE", `Cannot read --header ${JSON.stringify(text)}: expected NAME=VALUE`, {
    argument: "--header",
  });
}
