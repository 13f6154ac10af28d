import { sendChannels } from "../broker/mod.ts";
import type { Recording } from "../log/mod.ts";
import type { Context } from "./command.ts";
import { openKafkaUrl, readKafkaUrl } from "./kafka_url.ts";
import { count } from "./output.ts";
import { chooseChannels } from "./recordings.ts";
import { clean } from "./style.ts";

/** Options of {@linkcode replayToKafka}. */
export interface ReplayToKafkaOptions {
  readonly url: string;
  /** Patterns; none: all. */
  readonly channels: readonly string[];
  readonly range: { readonly fromNs?: bigint; readonly toNs?: bigint };
  readonly speed: number | "max";
}

/** `tinman replay RECORDING --to kafka://…` */
export async function replayToKafka(
  recording: Recording,
  { io, out, settings }: Pick<Context, "io" | "out" | "settings">,
  { url, channels, range, speed }: ReplayToKafkaOptions,
): Promise<number> {
  const address = readKafkaUrl(url, "--to");
  const asked = new AbortController();
  let signalled: string | undefined;
  using _signals = io.environment.onSignals?.((signal) => {
    signalled = signal;
    asked.abort();
  }) ?? { [Symbol.dispose]() {} };
  await using client = await openKafkaUrl(address, io);
  const sent = await sendChannels(client, recording, {
    channels: chooseChannels(recording, channels).map(({ name }) => name),
    ...range,
    speed,
    prefix: address.path,
    clock: io.environment.clock,
    signal: asked.signal,
    // What was recorded is older than what topics keep, and a frame may be larger than what they take.
    createTopic: (topic, partitions) =>
      client.admin.createTopic(topic, {
        partitions,
        settings: { "retention.ms": "-1", "max.message.bytes": `${100 * 2 ** 20}` },
      }),
    onProgress: (records) => {
      if (io.stderr.isTerminal) out.live(count(records, "record"));
    },
  });
  out.settle();
  if (settings.json) out.json({ v: 1, channels: sent });
  else {
    const rows = sent.map(({ channel, topic, partition, records }) => [
      clean(channel),
      clean(topic),
      `${partition}`,
      records.toLocaleString("en-US"),
    ]);
    out.table(["channel", "topic", "partition", "records"], rows, { right: ["partition", "records"] });
  }
  if (signalled === undefined) return 0;
  return signalled === "SIGTERM" ? 143 : 130;
}
