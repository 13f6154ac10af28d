import type { KafkaQueueClient } from "../broker/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Context } from "./command.ts";
import type { Flag } from "./flags.ts";

/** Which Kafka is meant: ours, or any other. */
export const bootstrapFlag = {
  type: "string",
  short: "b",
  value: "HOST:PORT",
  default: "127.0.0.1:9092",
  summary: "The brokers, with commas between them (TINMAN_BOOTSTRAP counts too)",
} as const satisfies Flag;

/** What commands that ask a broker exit with. */
export const brokerExits: Readonly<Record<number, string>> = {
  3: "there is no such topic, partition, group or offset",
  7: "no broker answers",
};

/** Connects to the brokers that were named. @throws {TinmanError} `UNAVAILABLE` with what to do. */
export async function openBrokers(
  { flags, io }: Pick<Context<{ readonly bootstrap: string | undefined }>, "flags" | "io">,
): Promise<KafkaQueueClient> {
  return await io.openKafka(flags.bootstrap ?? io.env("TINMAN_BOOTSTRAP") ?? bootstrapFlag.default);
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

/** A whole number from 0 up. */
export function readWhole(text: string, what: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new TinmanError("USAGE", `Cannot read ${what} ${JSON.stringify(text)}: expected a whole number from 0 up`, {
    argument: what,
  });
}
