import { json } from "../../codecs/mod.ts";
import { produceAll, type QueueClient, type QueueRecord, readTopic, type ReadTopicOptions } from "../broker/mod.ts";
import type { Channel } from "../channel/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { isReplay, type Node, node } from "../runtime/mod.ts";
import { openQueue } from "./queue.ts";

/** What a source and a sink say of their topic. */
export interface KafkaNodeOptions {
  /** The queue: `kafka://HOST:PORT`, `memory://NAME`, or a client, which is left open. */
  readonly queue: string | QueueClient;
  /** The topic. @default {the name of the channel} */
  readonly topic?: string;
  /** The node's name. @default {`kafka-source TOPIC`, `kafka-sink TOPIC`} */
  readonly name?: string;
}

/** Options of {@linkcode kafkaSource}. */
export interface KafkaSourceOptions<T> extends KafkaNodeOptions, Omit<ReadTopicOptions, "signal"> {
  /** The value of a record; `undefined` leaves it out. @default {the channel's codec, or JSON; records without a value are left out} */
  readonly decode?: (record: QueueRecord) => T | undefined;
}

/** Options of {@linkcode kafkaSink}. */
export interface KafkaSinkOptions<T> extends KafkaNodeOptions {
  /** The key of a value's record; equal ones stay in order. @default {none} */
  readonly key?: (value: T) => string | Uint8Array | null;
  /** The value of a record. @default {the channel's codec, or JSON} */
  readonly encode?: (value: T) => Uint8Array | null;
}

/**
 * A node that publishes the records of a topic, all partitions of it. It has no inputs, so a replay takes its channel from
 * the recording and asks no broker.
 *
 * @example
 * ```ts
 * import { channel, kafkaSource, node, openQueue, run } from "tinman";
 *
 * await using queue = await openQueue("memory://weather");
 * await queue.produce("celsius", { value: new TextEncoder().encode("21.5") });
 * const celsius = channel<number>("celsius");
 * const printer = node({ in: { celsius } }, { celsius: (value) => console.log(value) });
 * await run([kafkaSource(celsius, { queue, untilEnd: true }), printer]); // 21.5
 * ```
 */
export function kafkaSource<T>(channel: Channel<T>, options: KafkaSourceOptions<T>): Node {
  const { topic = channel.name, name = `kafka-source ${topic}` } = options;
  const decode = options.decode ?? decoderOf(channel, topic);
  const { from = "earliest", group, untilEnd = false } = options;
  return node({ out: { values: channel }, name }, async ({ values, signal }) => {
    await using held = await hold(options.queue);
    for await (const { records } of readTopic(held.queue, topic, { from, group, untilEnd, signal })) {
      for (const record of records) {
        const value = decode(record);
        if (value !== undefined) await values.publish(value);
      }
    }
  });
}

/**
 * A node that puts what is published to a channel into a topic, in order; it takes more when the broker has acknowledged
 * it. A replay sends nothing.
 */
export function kafkaSink<T>(channel: Channel<T>, options: KafkaSinkOptions<T>): Node {
  const { topic = channel.name, name = `kafka-sink ${topic}`, key = () => null } = options;
  const codec = channel.codec ?? json<T>();
  const encode = options.encode ?? ((value: T) => codec.encode(value));
  const recordOf = (value: T, timestampMs: number) => {
    const of = key(value);
    return { key: typeof of === "string" ? new TextEncoder().encode(of) : of, value: encode(value), timestampMs };
  };
  // `node()` cannot see that an input of a type that is not known yet is an input.
  return node(
    { in: { values: channel as Channel<unknown> }, name },
    async ({ values, clock, hold: wait, ...context }) => {
      if (isReplay(context)) {
        for await (const _ of values);
        return;
      }
      await using held = await wait(hold(options.queue));
      for await (const first of values) {
        const batch = [first];
        while (batch.length < MAX_BATCH && values.ready) {
          const next = values.tryNext();
          if (next === undefined || next.done) break;
          batch.push(next.value);
        }
        const timestampMs = Number(clock.now() / 1_000_000n);
        const records = batch.map((value) => recordOf(value as T, timestampMs));
        await wait(produceAll(held.queue, { topic, records }));
      }
    },
  );
}

/** Most values that go in one request. */
const MAX_BATCH = 1000;

function decoderOf<T>({ codec = json<T>() }: Channel<T>, topic: string): (record: QueueRecord) => T | undefined {
  return ({ value, offset }) => {
    if (value === null) return undefined;
    try {
      return codec.decode(value);
    } catch (cause) {
      const message = `Cannot read the record at offset ${offset} of topic ${topic}: it is no ${codec.id}`;
      throw new TinmanError("CODEC", message, {
        codec: codec.id,
        direction: "decode",
        cause,
        hint: "give the channel the codec of the topic, or pass { decode }",
      });
    }
  };
}

/** A client that is closed in the end, if it was opened here. */
async function hold(queue: string | QueueClient): Promise<AsyncDisposable & { readonly queue: QueueClient }> {
  if (typeof queue !== "string") return { queue, [Symbol.asyncDispose]: () => Promise.resolve() };
  const opened = await openQueue(queue);
  return { queue: opened, [Symbol.asyncDispose]: () => opened.close() };
}
