import type { PluginContext, PluginNewRecord, PluginProducer } from "tinman/plugin";
import { bytesOf, encode, failure, type Format } from "./format.ts";

/** What the node is configured with. */
interface SinkConfig {
  readonly to: string;
  readonly format?: Format;
  readonly key?: string;
  readonly records?: boolean;
}

/** Sends each message to a topic; it ends when the broker has all of them. */
export async function sink({ config, produce, in: { values } }: PluginContext): Promise<void> {
  if (values === undefined) throw failure("CONFIG", 'Cannot send: the input "values" is not connected');
  const settings = config as unknown as SinkConfig;
  const outbox = new Outbox(await produce(settings.to));
  // A broker that refuses is heard of though no message comes any more.
  await Promise.race([outbox.failed, sendAll()]);

  async function sendAll(): Promise<void> {
    for await (const value of values!) await outbox.add(toRecord(value, settings));
    await outbox.drained();
  }
}

/** Messages that wait while others are on their way. */
const [MAX_WAITING, MAX_BYTES] = [1000, 2 ** 20];

class Outbox {
  readonly #topic: PluginProducer;
  readonly #failure = Promise.withResolvers<never>();
  #waiting: PluginNewRecord[] = [];
  #bytes = 0;
  #sending: Promise<void> | undefined;
  /** Rejects with what the broker said. */
  readonly failed: Promise<never> = this.#failure.promise;

  constructor(topic: PluginProducer) {
    this.#topic = topic;
    this.failed.catch(() => {});
  }

  /** Resolves when there is room for another. */
  async add(record: PluginNewRecord): Promise<void> {
    this.#waiting.push(record);
    this.#bytes += (record.value?.length ?? 0) + (record.key?.length ?? 0);
    this.#sending ??= this.#send();
    while (this.#waiting.length >= MAX_WAITING || this.#bytes >= MAX_BYTES) await this.#sending;
  }

  /** Resolves when the broker has all of them. */
  async drained(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending;
  }

  /** Sends what waits, in one go. */
  async #send(): Promise<void> {
    // What comes in a row goes together.
    await undefined;
    const records = this.#waiting;
    [this.#waiting, this.#bytes] = [[], 0];
    try {
      await this.#topic.send(records);
      this.#sending = this.#waiting.length > 0 ? this.#send() : undefined;
    } catch (error) {
      this.#failure.reject(error);
      // Nothing goes on behind what failed.
      await this.failed;
    }
  }
}

function toRecord(
  value: unknown,
  { format = "json", key = "", records: isWhole = false }: SinkConfig,
): PluginNewRecord {
  if (!isWhole) return { value: encode(value, format), key: bytesOf(fieldOf(value, key), `field "${key}"`) };
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw failure("CODEC", "Cannot send a message: it is no { key, value, headers, timestampMs }");
  }
  const { value: content, key: own, headers = {}, timestampMs } = value as Readonly<Record<string, unknown>>;
  return {
    value: content === null || content === undefined ? null : encode(content, format),
    key: bytesOf(own, "key"),
    headers: Object.entries(headers as object).map(([name, each]) => ({
      name,
      value: bytesOf(each, `header ${name}`),
    })),
    ...(timestampMs !== undefined && { timestampMs: timestampMs as number }),
  };
}

function fieldOf(value: unknown, name: string): unknown {
  const has = name !== "" && typeof value === "object" && value !== null && Object.hasOwn(value, name);
  return has ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
