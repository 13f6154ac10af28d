import { KafkaQueueClient, MemoryQueue, type QueueClient, type SaslCredentials } from "../broker/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { createWallClock, dialTcp, dialTls, secretBytes } from "../platform/mod.ts";

/** Queues in memory, by name: whoever opens the same address in this process gets the same queue. */
const inMemory = new Map<string, MemoryQueue>();

/**
 * A client for the queue at an address, so that a program changes where its records go by changing a text:
 * `memory://NAME` is in this process, as long as it lives; `kafka://HOST:PORT,HOST:PORT` is any Kafka.
 *
 * @example
 * ```ts
 * import { openQueue } from "tinman";
 *
 * await using queue = await openQueue("memory://readings");
 * await queue.produce("temperatures", { value: new TextEncoder().encode("21.5") });
 * console.log((await queue.fetch("temperatures")).length); // 1
 * ```
 * @throws {TinmanError} `CONFIG` for an address that it cannot read, `UNAVAILABLE` when no broker answers.
 */
export async function openQueue(url: string): Promise<QueueClient> {
  const [, scheme, rest] = /^(memory|kafka):\/\/([^/\s]+)\/?$/.exec(url) ?? [];
  if (scheme === "memory") {
    const queue = inMemory.get(rest!) ?? new MemoryQueue({ clock: createWallClock(), name: rest! });
    inMemory.set(rest!, queue);
    await queue.start();
    return await queue.connect();
  }
  if (scheme !== "kafka") throw unreadable(url);
  return await openKafka(rest!);
}

/** Options of {@linkcode openKafka}. */
export interface OpenKafkaOptions {
  /** Whether to speak TLS, and whom to trust besides those that this machine trusts, as PEM. @default {false} */
  readonly tls?: boolean | { readonly trusted: readonly string[] };
  /** How to log in. @default {not at all} */
  readonly sasl?: Omit<SaslCredentials, "randomBytes">;
}

/**
 * A client for the Kafka at `HOST:PORT,HOST:PORT`; the port is 9092 where none is named. It has answered once.
 *
 * @throws {TinmanError} `CONFIG` for addresses that it cannot read, `UNAVAILABLE` when no broker answers.
 */
export async function openKafka(addresses: string, options: OpenKafkaOptions = {}): Promise<KafkaQueueClient> {
  const { tls = false, sasl } = options;
  const bootstrap = addresses.split(",").map(readBroker);
  if (bootstrap.includes(undefined)) throw unreadable(addresses);
  const client = new KafkaQueueClient({
    bootstrap: bootstrap as { host: string; port: number }[],
    dial: tls === false ? dialTcp : dialTls(tls === true ? [] : tls.trusted),
    clock: createWallClock(),
    ...(sasl !== undefined && { sasl: { ...sasl, randomBytes: secretBytes } }),
  });
  try {
    await client.checkHealth();
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

function readBroker(text: string): { host: string; port: number } | undefined {
  const found = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[^\s:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text);
  if (found === null) return undefined;
  const port = Number(found.groups!.port ?? 9092);
  return port <= 65535 ? { host: found.groups!.six ?? found.groups!.host!, port } : undefined;
}

function unreadable(address: string): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot open queue ${JSON.stringify(address)}: the address cannot be read`, {
    hint: "memory://NAME, or kafka://HOST:PORT with more brokers behind commas",
  });
}
