import type { BrokerEvent } from "../../broker/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import { defineCommand } from "../command.ts";
import type { Output } from "../output.ts";
import { clean } from "../style.ts";

/** `tinman broker start` */
export const brokerStart = defineCommand({
  name: "broker start",
  summary: "Serve stock Kafka clients, with all records in memory",
  about:
    "It is ready when the address is printed, and serves until Ctrl-C. What it has of Kafka and what it has not is\n" +
    "of Kafka and what it has not. Nothing is on disk yet: it is empty when it starts.",
  args: [],
  flags: {
    listen: {
      type: "string",
      value: "HOST:PORT",
      default: "127.0.0.1:9092",
      summary: "Where to listen; port 0 takes one that is free",
    },
    partitions: { type: "number", value: "N", default: "1", summary: "Partitions of topics that say nothing of it" },
    "no-create": { type: "boolean", summary: "Do not make topics because somebody asks for them" },
  },
  examples: [
    ["tinman broker start", "then: kcat -b 127.0.0.1:9092 -P -t readings"],
    ["tinman broker start --listen 127.0.0.1:0 --json", "for a program: prints the address as JSON"],
  ],
  exits: { 4: "the port is not allowed", 7: "the port is taken", 130: "ended by Ctrl-C", 143: "ended by SIGTERM" },
  json: "object",
  async run({ flags, io, out, settings }) {
    const { host, port } = readAddress(flags.listen ?? "127.0.0.1:9092");
    const ended = Promise.withResolvers<number>();
    await using broker = await io.openBroker({
      host,
      port,
      defaultPartitions: flags.partitions ?? 1,
      autoCreate: !flags["no-create"],
      onEvent: (event) => {
        tell(event, out);
        if (event.kind === "fatal") ended.reject(event.error);
      },
    });
    using _signals = io.environment.onSignals?.((signal) => ended.resolve(signal === "SIGTERM" ? 143 : 130)) ??
      { [Symbol.dispose]() {} };
    if (settings.json) out.json({ v: 1, url: broker.url, bootstrap: broker.bootstrap });
    else out.line(broker.bootstrap);
    out.flush();
    return await ended.promise;
  },
});

function tell(event: BrokerEvent, out: Output): void {
  if (event.kind === "error") {
    const { message } = event.error instanceof Error ? event.error : { message: String(event.error) };
    out.note(`${clean(event.client)}: ${clean(message)}`);
  } else if (event.kind === "stopped") out.note("stopped");
}

function readAddress(text: string): { host: string; port: number } {
  const found = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[^\s:[\]]+)):(?<port>\d{1,5})$/.exec(text);
  const { six, host, port } = found?.groups ?? {};
  if (found !== null && Number(port) <= 65535) return { host: six ?? host!, port: Number(port) };
  throw new TinmanError("USAGE", `Cannot read --listen ${JSON.stringify(text)}: expected HOST:PORT`, {
    argument: "--listen",
    hint: "such as 127.0.0.1:9092, or [::1]:9092; port 0 takes one that is free",
  });
}
