import type { BrokerEvent } from "../../broker/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import type { Files } from "../../files/mod.ts";
import { type BrokerSource, openBrokerSource } from "../../inspector/mod.ts";
import { parseJsonc } from "../../jsonc/mod.ts";
import { readText } from "../broker_client.ts";
import { type Context, defineCommand } from "../command.ts";
import { inspectFlags, readInspectFlags } from "../inspect_flags.ts";
import { count, type Output } from "../output.ts";
import { findRecordingFolder } from "../recordings.ts";
import { openInspector } from "../run_inspector.ts";
import { clean } from "../style.ts";

/** `tinman broker start` */
export const brokerStart = defineCommand({
  name: "broker start",
  summary: "Serve stock Kafka clients, from memory or from a folder",
  about:
    "It is ready when the address is printed, and serves until Ctrl-C. What it has of Kafka and what it has not is\n" +
    "in src/broker/SUPPORTED.md. With --data all is there again after a restart, also after a crash.",
  args: [],
  flags: {
    listen: {
      type: "string",
      value: "HOST:PORT",
      default: "127.0.0.1:9092",
      summary: "Where to listen; port 0 takes one that is free",
    },
    advertise: {
      type: "string",
      value: "HOST:PORT",
      summary: "What clients are told to connect to, where they see another address; port 0: the one it listens on",
    },
    data: {
      type: "string",
      value: "DIR|memory://",
      default: "memory://",
      summary: "The folder where topics and offsets are kept",
    },
    recording: {
      type: "string",
      value: "DIR",
      summary: "Serve the channels of a recording, too, each as a topic that is read-only",
    },
    sync: {
      type: "string",
      value: "always|never|MS",
      default: "250",
      summary: "When records are on the disk: before they are acknowledged, when the system likes, or so much later",
    },
    partitions: { type: "number", value: "N", default: "1", summary: "Partitions of topics that say nothing of it" },
    clients: { type: "number", value: "N", default: "1000", summary: "Most clients at once; more are turned away" },
    "group-session": {
      type: "number",
      value: "MS",
      default: "45000",
      summary:
        "A consumer of a KIP-848 group that says nothing for so long is gone; it is to speak nine times as often",
    },
    "max-transaction": {
      type: "number",
      value: "MS",
      default: "900000",
      summary: "The longest transaction.timeout.ms that a producer may ask for",
    },
    users: { type: "string", value: "FILE", summary: 'Have clients log in: a JSON file { "name": "password" }' },
    cert: { type: "string", value: "FILE", summary: "Speak TLS with this certificate (PEM); needs --key" },
    key: { type: "string", value: "FILE", summary: "The key of the certificate (PEM)" },
    ...inspectFlags,
    "no-create": { type: "boolean", summary: "Do not make topics because somebody asks for them" },
  },
  examples: [
    ["tinman broker start", "then: kcat -b 127.0.0.1:9092 -P -t readings"],
    ["tinman broker start --data topics", "all is there again after a restart"],
    ["tinman broker start --recording latest", "a recording for Kafka clients: kcat -b 127.0.0.1:9092 -C -t gps"],
    ["tinman broker start --listen 127.0.0.1:0 --json", "for a program: prints the address as JSON"],
    ["tinman broker start --listen 0.0.0.0:9092 --advertise 192.168.1.7:9092", "for other machines"],
  ],
  exits: {
    4: "the port is not allowed",
    7: "the port or the folder is taken",
    130: "ended by Ctrl-C",
    143: "ended by SIGTERM",
  },
  json: "object",
  async run(context) {
    const { flags, io, out, path, settings } = context;
    const { host, port } = readAddress(flags.listen ?? "127.0.0.1:9092", "--listen");
    const advertised = flags.advertise === undefined ? undefined : readAddress(flags.advertise, "--advertise");
    if (advertised === undefined && ["0.0.0.0", "::"].includes(host)) {
      const fix = "--advertise HOST:0 names an address that they reach";
      out.note(out.paintError("yellow", `warning: clients on other machines are told to connect to ${host}; ${fix}`));
    }
    const wish = readInspectFlags(flags);
    const ended = Promise.withResolvers<number>();
    let source: BrokerSource | undefined;
    await using broker = await io.openBroker({
      host,
      port,
      ...(advertised !== undefined && {
        advertised: { host: advertised.host, ...(advertised.port > 0 && { port: advertised.port }) },
      }),
      data: flags.data ?? "memory://",
      ...(flags.recording !== undefined && { recording: findRecordingFolder(flags.recording, context) }),
      sync: readSync(flags.sync ?? "250"),
      defaultPartitions: flags.partitions ?? 1,
      maxConnections: flags.clients ?? 1000,
      ...readGroupSession(flags["group-session"] ?? 45_000),
      maxTransactionMs: readMs(flags["max-transaction"] ?? 900_000, "--max-transaction"),
      autoCreate: !flags["no-create"],
      ...(flags.users !== undefined && { users: readUsers(path(flags.users), io.files) }),
      ...readTls(flags, (file) => readText(io.files, path(file))),
      onEvent: (event) => {
        tell(event, out);
        if (event.kind === "error" || event.kind === "damage") source?.warn(warningOf(event));
        if (event.kind === "fatal") ended.reject(event.error);
      },
    });
    await using inspecting = new AsyncDisposableStack();
    if (wish !== undefined) {
      const client = inspecting.use(await broker.connect());
      source = inspecting.use(openBrokerSource(client, { name: broker.bootstrap, clock: io.environment.clock }));
      inspecting.use(await openInspector(context as Context, { sources: [source], ...wish }));
    }
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
  } else if (event.kind === "damage") {
    const { path, at, bytes, what, isCut } = event;
    const done = isCut ? "they were cut off" : "they are passed over";
    out.note(`${clean(path)}: ${bytes} bytes at ${at} are ${what}; ${done}`);
  } else if (event.kind === "recording") {
    for (const problem of event.problems) out.note(out.paintError("yellow", `warning: ${clean(problem)}`));
    for (const { topic, channel } of event.topics) {
      if (topic !== channel) out.note(`channel ${clean(channel)} is topic ${topic}`);
    }
    out.note(`serving ${count(event.topics.length, "channel")} of ${clean(event.folder)}, read-only`);
  } else if (event.kind === "stopped") out.note("stopped");
}

/** What the page says of an event. */
function warningOf(event: Extract<BrokerEvent, { kind: "error" | "damage" }>): Parameters<BrokerSource["warn"]>[0] {
  if (event.kind === "damage") {
    return { level: "warn", node: "", message: `${event.path}: ${event.bytes} bytes at ${event.at} are ${event.what}` };
  }
  const message = event.error instanceof Error ? event.error.message : String(event.error);
  return { level: "error", node: event.client, message };
}

function readSync(text: string): "always" | "never" | { everyMs: number } {
  if (text === "always" || text === "never") return text;
  if (/^[1-9]\d{0,8}$/.test(text)) return { everyMs: Number(text) };
  throw new TinmanError("USAGE", `Cannot read --sync ${JSON.stringify(text)}: expected always, never or milliseconds`, {
    argument: "--sync",
  });
}

function readGroupSession(ms: number): { groupSessionMs: number; groupHeartbeatMs: number } {
  const groupSessionMs = readMs(ms, "--group-session");
  return { groupSessionMs, groupHeartbeatMs: Math.ceil(groupSessionMs / 9) };
}

function readMs(ms: number, argument: string): number {
  if (Number.isInteger(ms) && ms > 0 && ms < 2 ** 31) return ms;
  throw new TinmanError("USAGE", `Cannot read ${argument} ${ms}: expected milliseconds from 1 to 2147483647`, {
    argument,
  });
}

function readUsers(path: string, files: Files): Record<string, string> {
  const { value } = parseJsonc(readText(files, path), { path });
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const users = isObject ? Object.entries(value) : [];
  if (
    users.length > 0 &&
    users.every(([name, password]) => name !== "" && typeof password === "string" && password !== "")
  ) {
    return Object.fromEntries(users);
  }
  throw new TinmanError("CONFIG", `Cannot read users from ${path}: expected { "name": "password", … }`, { path });
}

function readTls(
  { cert, key }: { readonly cert: string | undefined; readonly key: string | undefined },
  read: (file: string) => string,
): { tls?: { cert: string; key: string } } {
  if (cert === undefined && key === undefined) return {};
  if (cert !== undefined && key !== undefined) return { tls: { cert: read(cert), key: read(key) } };
  throw new TinmanError("USAGE", "Cannot speak TLS: --cert and --key go together", { argument: "--cert" });
}

function readAddress(text: string, argument: string): { host: string; port: number } {
  const found = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[^\s:[\]]+)):(?<port>\d{1,5})$/.exec(text);
  const { six, host, port } = found?.groups ?? {};
  if (found !== null && Number(port) <= 65535) return { host: six ?? host!, port: Number(port) };
  throw new TinmanError("USAGE", `Cannot read ${argument} ${JSON.stringify(text)}: expected HOST:PORT`, {
    argument,
    hint: "such as 127.0.0.1:9092, or [::1]:9092; port 0 takes one that is free",
  });
}
