import type { PluginConsumeOptions, PluginContext, PluginRecord } from "tinman/plugin";
import { decode, failure, type Format, textOrBytes } from "./format.ts";

/** What the node is configured with. */
interface SourceConfig {
  readonly from: string;
  readonly begin?: "earliest" | "latest";
  readonly group?: string;
  readonly untilEnd?: boolean;
  readonly format?: Format;
  readonly records?: boolean;
  readonly skipBad?: boolean;
}

/** Publishes what is in a topic and what comes to it. */
export async function source({ config, consume, out, log }: PluginContext): Promise<void> {
  const { from, begin = "earliest", group = "", untilEnd = false, ...how } = config as unknown as SourceConfig;
  const { format = "json", records: isWhole = false, skipBad = false } = how;
  const options: PluginConsumeOptions = { from: begin, untilEnd, ...(group !== "" && { group }) };
  const topic = await consume(from, options);
  let skipped = 0;
  for await (const batch of topic.records) {
    for (const record of batch) {
      // That a key is gone is news to who wants whole records only.
      if (record.value === null && !isWhole) continue;
      const value = read(record);
      if (value === undefined) continue;
      await out.values?.publish(isWhole ? wholeOf(record, value) : value);
    }
  }
  if (skipped > 0) log.warn(`${skipped} records of ${from} were no ${format} and were passed over`);

  function read({ value, partition, offset }: PluginRecord): unknown {
    try {
      return value === null ? null : decode(value, format);
    } catch (error) {
      const place = `offset ${offset} of partition ${partition}`;
      const message = `Cannot read ${from} at ${place}: it is no ${format} (${(error as Error).message})`;
      if (!skipBad) throw failure("CODEC", message, error);
      if (++skipped <= 10) log.warn(message);
      return undefined;
    }
  }
}

function wholeOf({ key, headers, timestampMs, partition, offset }: PluginRecord, value: unknown): unknown {
  const named = Object.fromEntries(headers.map((header) => [`${header.name}`, textOrBytes(header.value)]));
  return { key: textOrBytes(key), value, headers: named, timestampMs, partition, offset };
}
