import type { KafkaQueueClient, QueueClient, QueueRecord } from "../../broker/mod.ts";
import type { Clock } from "../../clock/mod.ts";
import {
  type Observed,
  type ObservedChannel,
  type ObservedWarning,
  type Tail,
  TailBuffer,
  type TailOptions,
} from "../../telemetry/mod.ts";
import { brokerParts } from "./broker_parts.ts";

/** Options of {@linkcode openBrokerSource}. */
export interface BrokerSourceOptions {
  /** Where the broker is. */
  readonly name: string;
  /** Paces the looks. */
  readonly clock: Clock;
}

/** A broker, as the inspector sees it. */
export interface BrokerSource extends Observed, AsyncDisposable {
  /** Something that a person should know. */
  warn(warning: Omit<ObservedWarning, "timeNs">): void;
}

const LOOK_MS = 1000;
const MAX_WARNINGS = 200;
/** Partitions that are asked for at each look; those of more topics are not counted. */
const MAX_PARTITIONS = 500;

/** Topics as channels, through a client like any other; the client stays the caller's. */
export function openBrokerSource(client: KafkaQueueClient, { name, clock }: BrokerSourceOptions): BrokerSource {
  const ended = new AbortController();
  const startedNs = clock.now();
  const warnings: ObservedWarning[] = [];
  let channels: readonly ObservedChannel[] = [];
  let isAway = false;
  const warn = (warning: Omit<ObservedWarning, "timeNs">) => {
    warnings.push({ timeNs: clock.now(), ...warning });
    if (warnings.length > MAX_WARNINGS) warnings.shift();
  };
  const looking = (async () => {
    for (;;) {
      try {
        channels = await readTopics(client);
        isAway = false;
      } catch (error) {
        if (!isAway && !ended.signal.aborted) warn({ level: "error", node: "", message: messageOf(error) });
        isAway = true;
      }
      await clock.sleep(LOOK_MS, { signal: ended.signal });
    }
  })().catch(() => {});
  return {
    ...{ name, kind: "broker", startedNs, warn },
    look: () => ({
      ...{ phase: ended.signal.aborted ? "ended" : isAway ? "failed" : "running", timeNs: clock.now() },
      ...{ nodes: [], edges: [], channels, warnings },
    }),
    decode: (_, data) => readRecord(data),
    broker: brokerParts(client, clock),
    tail: (topic, options) => follow(client, topic, options),
    async [Symbol.asyncDispose]() {
      ended.abort();
      await looking;
    },
  };
}

async function readTopics(client: QueueClient): Promise<ObservedChannel[]> {
  let left = MAX_PARTITIONS;
  const counted = (await client.topics()).filter(({ partitions }) => (left -= partitions) >= 0);
  return await Promise.all(counted.map(async ({ name, partitions }) => {
    const all = Array.from({ length: partitions }, (_, partition) => client.offsets(name, { partition }));
    const count = (await Promise.all(all)).reduce((sum, { latest }) => sum + latest, 0);
    return { name, count, drops: 0, isRecorded: false };
  }));
}

/** The records that come to a topic from now on. */
function follow(client: QueueClient, topic: string, options: TailOptions = {}): Tail {
  const ended = new AbortController();
  const { match } = options;
  let timeNs = 0n;
  const tail = new TailBuffer<Uint8Array>({
    ...options,
    ...(match !== undefined && { match: (data) => match(readRecord(data as Uint8Array)) }),
    encode: (data) => data,
    now: () => timeNs,
    onClose: () => ended.abort(),
  });
  const read = async (partition: number, isOne: boolean) => {
    let { latest: offset } = await client.offsets(topic, { partition });
    while (!ended.signal.aborted) {
      const records = await client.fetch(topic, { partition, offset, signal: ended.signal });
      for (const record of records) {
        timeNs = BigInt(record.timestampMs) * 1_000_000n;
        // The records of several partitions are numbered as they come.
        tail.offer(bytesOf(record), isOne ? record.offset : tail.seen);
        offset = record.offset + 1;
      }
    }
  };
  void (async () => {
    const found = (await client.topics()).find(({ name }) => name === topic);
    const partitions = found?.partitions ?? 0;
    await Promise.all(Array.from({ length: partitions }, (_, partition) => read(partition, partitions === 1)));
  })().catch(() => tail[Symbol.dispose]());
  return tail;
}

function bytesOf({ value }: QueueRecord): Uint8Array {
  return value ?? new Uint8Array(0);
}

/** A value that nobody has described: JSON, text, or bytes. */
function readRecord(data: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  } catch {
    return data;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
