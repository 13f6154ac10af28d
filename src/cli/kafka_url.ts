import type { KafkaQueueClient } from "../broker/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Io } from "./io.ts";

/** What `kafka://…` names. */
export interface KafkaUrl {
  readonly tls: boolean;
  readonly user: string | undefined;
  /** `HOST:PORT,HOST:PORT` */
  readonly brokers: string;
  /** What stands behind them. */
  readonly path: string;
}

/** How a Kafka is named in one word, for the help. */
export const kafkaUrlHelp =
  "kafka://[USER@]HOST:PORT[,HOST:PORT]; kafka+tls:// speaks TLS, the password of USER is in TINMAN_PASSWORD";

/** Whether a text is meant to be the address of a Kafka. */
export function isKafkaUrl(text: string): boolean {
  return /^kafka(\+tls)?:\/\//.test(text);
}

/** Reads the address of a Kafka. @throws {TinmanError} `USAGE` */
export function readKafkaUrl(text: string, argument: string): KafkaUrl {
  const found = /^kafka(?<tls>\+tls)?:\/\/(?:(?<user>[^@/\s]+)@)?(?<brokers>[^@/\s]+)(?:\/(?<path>[^\s]*))?$/.exec(
    text,
  );
  if (found === null) {
    throw new TinmanError("USAGE", `Cannot read ${argument} ${JSON.stringify(text)}: expected ${kafkaUrlHelp}`, {
      argument,
    });
  }
  const { tls, user, brokers, path = "" } = found.groups!;
  return { tls: tls !== undefined, user, brokers: brokers!, path };
}

/** Connects. @throws {TinmanError} `UNAVAILABLE`, `DENIED`, `USAGE` where there is no password. */
export async function openKafkaUrl({ tls, user, brokers }: KafkaUrl, io: Io): Promise<KafkaQueueClient> {
  const password = io.env("TINMAN_PASSWORD");
  if (user !== undefined && password === undefined) {
    throw new TinmanError("USAGE", `Cannot log in as ${user}: there is no password`, {
      argument: "kafka://USER@…",
      hint: "set the variable TINMAN_PASSWORD; a password in a command line is seen by others",
    });
  }
  const sasl = user === undefined ? {} : { sasl: { user, password: password!, mechanism: "SCRAM-SHA-256" as const } };
  return await io.openKafka(brokers, { tls, ...sasl });
}
