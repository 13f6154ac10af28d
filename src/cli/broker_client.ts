import { isTopicName, type KafkaQueueClient, MECHANISMS, type SaslMechanism } from "../broker/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import type { Context } from "./command.ts";
import type { Flags, FlagValues } from "./flags.ts";

/** Which Kafka is meant, ours or any other, and how to get in. */
export const brokerFlags = {
  bootstrap: {
    type: "string",
    short: "b",
    value: "HOST:PORT",
    default: "127.0.0.1:9092",
    summary: "The brokers, with commas between them (TINMAN_BOOTSTRAP counts too)",
  },
  user: { type: "string", value: "NAME", summary: "Log in as this user; the password is in TINMAN_PASSWORD" },
  mechanism: {
    type: "string",
    value: "NAME",
    choices: MECHANISMS,
    default: "SCRAM-SHA-256",
    summary: "How to log in",
  },
  tls: { type: "boolean", summary: "Speak TLS" },
  ca: { type: "string", value: "FILE", summary: "Speak TLS, and trust this certificate, too" },
} as const satisfies Flags;

/** What the flags have become. */
export type BrokerFlags = FlagValues<typeof brokerFlags>;

/** What commands that ask a broker exit with. */
export const brokerExits: Readonly<Record<number, string>> = {
  3: "there is no such topic, partition, group or offset",
  7: "no broker answers",
};

/** Connects to the brokers that were named. @throws {TinmanError} `UNAVAILABLE`, `DENIED`, with what to do. */
export async function openBrokers(
  { flags, io, path }: Pick<Context<BrokerFlags>, "flags" | "io" | "path">,
): Promise<KafkaQueueClient> {
  const { bootstrap = io.env("TINMAN_BOOTSTRAP") ?? brokerFlags.bootstrap.default, user, mechanism, tls, ca } = flags;
  const password = io.env("TINMAN_PASSWORD");
  if (user !== undefined && password === undefined) {
    throw new TinmanError("USAGE", `Cannot log in as ${user}: there is no password`, {
      argument: "--user",
      hint: "set the variable TINMAN_PASSWORD; a password in a command line is seen by others",
    });
  }
  const trusted = ca === undefined ? undefined : { trusted: [readText(io.files, path(ca))] };
  return await io.openKafka(bootstrap, {
    tls: trusted ?? tls,
    ...(user !== undefined &&
      { sasl: { user, password: password!, mechanism: mechanism as SaslMechanism | undefined ?? "SCRAM-SHA-256" } }),
  });
}

/** The partitions of a topic. @throws {TinmanError} `NOT_FOUND` with a hint. */
export async function partitionsOf(client: KafkaQueueClient, topic: string): Promise<number[]> {
  const found = (await client.topics()).find(({ name }) => name === topic);
  if (found !== undefined) return Array.from({ length: found.partitions }, (_, i) => i);
  throw new TinmanError("NOT_FOUND", `Cannot use topic ${topic}: it is not there`, {
    kind: "topic",
    id: topic,
    hint: "tinman broker topics lists them, tinman broker create makes one",
  });
}

/** Longest file of users, certificates or keys. */
const MAX_BYTES = 2 ** 20;

/** The text of a small file. @throws {TinmanError} `NOT_FOUND`, `TOO_LARGE` */
export function readText(files: Files, path: string): string {
  return new TextDecoder().decode(readFile(files, path, MAX_BYTES));
}

/** The name of a topic, as it stands in a command line. @throws {TinmanError} `USAGE` where no topic can have it. */
export function readTopicName(text: string, argument = "TOPIC"): string {
  if (isTopicName(text)) return text;
  const shown = JSON.stringify(text.slice(0, 300));
  throw new TinmanError("USAGE", `Cannot use ${shown} as a topic: expected 1 to 249 of a-z A-Z 0-9 . _ -`, {
    argument,
  });
}

/** The name of a group, as it stands in a command line. @throws {TinmanError} `USAGE` */
export function readGroupName(text: string): string {
  if (text !== "") return text;
  throw new TinmanError("USAGE", "Cannot use a group without a name", { argument: "GROUP" });
}

/**
 * The offset that `where` means in a partition, which may lie outside of what it keeps: `beginning`, `end`, an offset, `-N`
 * (the last N) or `s@MS` (a time).
 *
 * @throws {TinmanError} `USAGE`
 */
export async function findPlace(
  client: KafkaQueueClient,
  { topic, partition, where, flag }: {
    readonly topic: string;
    readonly partition: number;
    readonly where: string;
    readonly flag: string;
  },
): Promise<number> {
  const [, sign, digits] = /^(s@|-|)(\d{1,15})$/.exec(where) ?? [];
  if (sign === "") return Number(digits);
  const { earliest, latest } = await client.offsets(topic, { partition });
  if (where === "beginning" || where === "earliest") return earliest;
  if (where === "end" || where === "latest") return latest;
  if (sign === "-") return Math.max(earliest, latest - Number(digits));
  if (sign === "s@") return await client.offsetAt(topic, Number(digits), { partition }) ?? latest;
  const expected = "expected beginning, end, an offset, -N (the last N) or s@MS (a time)";
  throw new TinmanError("USAGE", `Cannot read ${flag} ${JSON.stringify(where)}: ${expected}`, { argument: flag });
}

/** A setting of a topic, `NAME=VALUE`. @throws {TinmanError} `USAGE` */
export function readSetting(text: string): [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined) return [name, value!];
  throw new TinmanError("USAGE", `Cannot read --set ${JSON.stringify(text)}: expected NAME=VALUE`, {
    argument: "--set",
  });
}
