import { recordTopics, type RecordTopicsReport } from "../../broker/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import { brokerExits } from "../broker_client.ts";
import { defineCommand } from "../command.ts";
import { compressFlag, readCompress } from "../compress_flag.ts";
import { kafkaUrlHelp, openKafkaUrl, readKafkaUrl } from "../kafka_url.ts";
import { count } from "../output.ts";
import { RECORDINGS } from "../recordings.ts";
import { clean } from "../style.ts";
import { version } from "../version.ts";

/** `tinman record` */
export const record = defineCommand({
  name: "record",
  summary: "Record topics of a Kafka, until Ctrl-C or to their end",
  about:
    "Each partition becomes a channel, each record a frame: its value byte for byte, with its time; keys, headers and\n" +
    "offsets are noted beside them. Run again, it goes on in a new recording below DIR where those that are there end, so\n" +
    "that together they have each record once. How values are encoded is taken from tinman-codec headers, or from --codec.\n" +
    "A crash costs a quarter of a second at most; after a power cut run it again: it records what is gone.\n" +
    "What nodes publish is recorded by `tinman run --record`.",
  args: [],
  flags: {
    from: { type: "string", value: "URL", summary: `${kafkaUrlHelp}; behind it /TOPIC[,TOPIC]` },
    out: {
      type: "string",
      short: "o",
      value: "DIR",
      default: RECORDINGS,
      summary: "Record into a new folder below DIR, or into one file: run.mcap",
    },
    compress: compressFlag,
    end: { type: "boolean", short: "e", summary: "Stop at the end that the topics have now" },
    codec: {
      type: "string",
      value: "NAME",
      choices: ["bytes", "text", "json", "msgpack"],
      default: "bytes",
      summary: "How values are encoded that do not say it",
    },
  },
  examples: [
    ["tinman record --from kafka://127.0.0.1:9092/readings --codec json", `until Ctrl-C, into ./${RECORDINGS}`],
    ["tinman record --from kafka://127.0.0.1:9092/gps,imu --end --out runs", "what is there now; again, what is new"],
  ],
  exits: { ...brokerExits, 130: "ended by Ctrl-C", 143: "ended by SIGTERM" },
  json: "object",
  async run({ flags, io, out, path, settings }) {
    if (flags.from === undefined) {
      throw new TinmanError("USAGE", "Cannot record: --from is missing", {
        argument: "--from",
        hint: "tinman record --from kafka://127.0.0.1:9092/TOPIC; nodes are recorded by tinman run FILE --record",
      });
    }
    const compress = readCompress(flags.compress, { place: flags.out ?? true, fix: "--out run.mcap --compress" });
    const url = readKafkaUrl(flags.from, "--from");
    const topics = [...new Set(url.path.split(",").filter((topic) => topic !== ""))];
    if (topics.length === 0) {
      throw new TinmanError("USAGE", `Cannot record from ${flags.from}: it names no topic`, {
        argument: "--from",
        hint: `${flags.from.replace(/\/$/, "")}/TOPIC`,
      });
    }
    const asked = new AbortController();
    let signalled: string | undefined;
    using _signals = io.environment.onSignals?.((signal) => {
      signalled = signal;
      asked.abort();
    }) ?? { [Symbol.dispose]() {} };
    await using client = await openKafkaUrl(url, io);
    const report = await recordTopics(client, {
      topics,
      files: io.files,
      folder: path(flags.out ?? RECORDINGS),
      clock: io.environment.clock,
      tool: `tinman ${version}`,
      untilEnd: flags.end,
      ...compress,
      codec: { codec: flags.codec ?? "bytes", version: 1 },
      signal: asked.signal,
    });
    if (settings.json) out.json({ v: 1, ...report });
    out.note(summary(report));
    for (const { channel, folder, frames } of report.repeated) {
      const what = `the last ${count(frames, "frame")} of ${clean(channel)} in ${clean(folder)}`;
      out.note(`${what} have no note of their offsets, as after a power cut: they were recorded again`);
    }
    if (signalled === undefined) return 0;
    return signalled === "SIGTERM" ? 143 : 130;
  },
});

function summary({ folder, partitions }: RecordTopicsReport): string {
  if (folder === undefined) return "nothing to record: there is nothing new";
  const frames = partitions.reduce((sum, { frames }) => sum + frames, 0);
  return `recorded ${count(frames, "record")} of ${count(partitions.length, "partition")} to ${clean(folder)}`;
}
