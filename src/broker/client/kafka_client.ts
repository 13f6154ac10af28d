import type { Clock } from "../../clock/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import { KafkaAdmin } from "./kafka_admin.ts";
import { brokerError } from "./kafka_errors.ts";
import { fetchRecords } from "./kafka_fetch.ts";
import { KafkaMetadata } from "./kafka_metadata.ts";
import { type BrokerAddress, type Dial, KafkaPool } from "./kafka_pool.ts";
import { Partitioner } from "./partitioner.ts";
import { produceApi } from "../protocol/00_produce.ts";
import type { SaslCredentials } from "./sasl_client.ts";
import { listOffsetsApi } from "../protocol/02_list_offsets.ts";
import { offsetCommitApi } from "../protocol/08_offset_commit.ts";
import { offsetFetchApi } from "../protocol/09_offset_fetch.ts";
import { apiVersionsApi } from "../protocol/18_api_versions.ts";
import { createTopicsApi } from "../protocol/19_create_topics.ts";
import { deleteTopicsApi } from "../protocol/20_delete_topics.ts";
import { deleteRecordsApi } from "../protocol/21_delete_records.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { writeBatch } from "../protocol/records.ts";
import {
  checkOffset,
  checkRecord,
  checkTopicName,
  type FetchOptions,
  type NewRecord,
  type OffsetRange,
  type PartitionOptions,
  type ProduceOptions,
  type QueueClient,
  type QueueRecord,
  type RecordPosition,
  type TopicInfo,
} from "../queue.ts";

/** Options of {@linkcode KafkaQueueClient}. */
export interface KafkaClientOptions {
  /** Brokers to begin with, one of which has to be there. */
  readonly bootstrap: readonly BrokerAddress[];
  /** How links are opened. */
  readonly dial: Dial;
  /** Gives records their time, and ends waits. */
  readonly clock: Clock;
  /** What it calls itself. @default {"tinman"} */
  readonly clientId?: string;
  /** How it logs in. @default {it does not} */
  readonly sasl?: SaslCredentials;
  /** How long brokers may take over a request, in milliseconds. @default {30000} */
  readonly requestTimeoutMs?: number;
}

/** Times that ask for something else. */
const [LATEST, EARLIEST] = [-1, -2];

/**
 * A queue client for any Kafka: it speaks the protocol over links that are passed in. It is for records and offsets of
 * partitions; it is no member of groups, and commits as somebody outside of them.
 */
export class KafkaQueueClient implements QueueClient {
  readonly #options: KafkaClientOptions & Required<Pick<KafkaClientOptions, "clientId" | "requestTimeoutMs">>;
  readonly #pool: KafkaPool;
  readonly #metadata: KafkaMetadata;
  /** What tools ask besides. */
  readonly admin: KafkaAdmin;
  readonly #partitioner = new Partitioner();

  /** Connects when it is first asked for something. */
  constructor(options: KafkaClientOptions) {
    this.#options = { clientId: "tinman", requestTimeoutMs: 30_000, ...options };
    const { dial, clientId, sasl, clock, bootstrap } = this.#options;
    this.#pool = new KafkaPool(dial, { clientId, sasl });
    this.#metadata = new KafkaMetadata(this.#pool, { bootstrap, sleep: (ms) => clock.sleep(ms) });
    this.admin = new KafkaAdmin(this.#metadata);
  }

  /** {@linkcode QueueClient.produce} */
  async produce(topic: string, record: NewRecord, options?: ProduceOptions): Promise<RecordPosition> {
    return (await this.produceBatch(topic, [record], options))[0]!;
  }

  /** {@linkcode QueueClient.produceBatch} */
  async produceBatch(
    topic: string,
    records: readonly NewRecord[],
    { partition }: ProduceOptions = {},
  ): Promise<RecordPosition[]> {
    checkTopicName(topic);
    records.forEach(checkRecord);
    const { leaders } = await this.#metadata.topic(topic, { mayCreate: true });
    if (partition !== undefined) await this.#metadata.leader(topic, partition);
    const nowMs = Number(this.#options.clock.now() / 1_000_000n);
    const chosen = records.map((record) => partition ?? this.#partitioner.choose(topic, record, leaders.length));
    const offsets = new Map<number, number>();
    await Promise.all([...new Set(chosen)].map(async (index) => {
      const own = records.filter((_, i) => chosen[i] === index);
      offsets.set(index, await this.#append(topic, index, own.map((record) => complete(record, nowMs))));
    }));
    return chosen.map((index) => {
      const offset = offsets.get(index)!;
      offsets.set(index, offset + 1);
      return { partition: index, offset };
    });
  }

  /** {@linkcode QueueClient.fetch} */
  async fetch(topic: string, options: FetchOptions = {}): Promise<QueueRecord[]> {
    const { partition = 0, offset: from = "earliest", maxRecords = 100, maxBytes = 2 ** 20, waitMs = 5000, signal } =
      options;
    checkTopicName(topic);
    const { clock } = this.#options;
    const deadlineNs = clock.elapsedNs() + Math.max(0, waitMs) * 1e6;
    let offset = typeof from === "number" ? from : (await this.offsets(topic, { partition }))[from];
    for (;;) {
      const leftMs = Math.max(0, Math.ceil((deadlineNs - clock.elapsedNs()) / 1e6));
      const where = {
        topic,
        partition,
        offset,
        maxBytes,
        maxRecords,
        waitMs: Math.min(leftMs, this.#options.requestTimeoutMs),
      };
      const found = await this.#metadata.leading(
        { topic, partition, signal },
        (connection) => fetchRecords(connection, where),
      );
      if (found === "out of range") {
        const range = await this.offsets(topic, { partition });
        const message =
          `Cannot use offset ${offset} of ${topic}/${partition}: it keeps ${range.earliest} to ${range.latest}`;
        throw new TinmanError("OUT_OF_RANGE", message, { offset, ...range });
      }
      if (found.records.length > 0) return [...found.records];
      if (found.next === offset && leftMs === 0) return [];
      offset = found.next;
    }
  }

  /** {@linkcode QueueClient.offsets} */
  async offsets(topic: string, { partition = 0 }: PartitionOptions = {}): Promise<OffsetRange> {
    const earliest = (await this.#offsetOf(topic, partition, EARLIEST))!;
    return { earliest, latest: (await this.#offsetOf(topic, partition, LATEST))! };
  }

  /** {@linkcode QueueClient.offsetAt} */
  async offsetAt(
    topic: string,
    timestampMs: number,
    { partition = 0 }: PartitionOptions = {},
  ): Promise<number | undefined> {
    return await this.#offsetOf(topic, partition, Math.max(0, timestampMs));
  }

  /** {@linkcode QueueClient.commit} */
  async commit(group: string, topic: string, offset: number, { partition = 0 }: PartitionOptions = {}): Promise<void> {
    checkOffset(offset, "commit");
    if (group === "") throw new TypeError("Cannot commit for a group without a name");
    await this.#metadata.leader(topic, partition);
    const partitions = [{ partitionIndex: partition, committedOffset: offset, committedMetadata: "" }];
    const request = { groupId: group, topics: [{ name: topic, partitions }] };
    await this.#metadata.coordinating(group, async (connection) => {
      const answer = await connection.ask(offsetCommitApi, request);
      const { errorCode } = answer.topics[0]!.partitions[0]!;
      if (errorCode !== ERROR.NONE) throw brokerError(errorCode, `commit for group ${group} in ${topic}/${partition}`);
    });
  }

  /** {@linkcode QueueClient.committed} */
  async committed(group: string, topic: string, { partition = 0 }: PartitionOptions = {}): Promise<number | undefined> {
    await this.#metadata.leader(topic, partition);
    const topics = [{ name: topic, partitionIndexes: [partition] }];
    return await this.#metadata.coordinating(group, async (connection) => {
      const answer = await connection.ask(offsetFetchApi, {
        groupId: group,
        topics,
        groups: [{ groupId: group, topics }],
      });
      const found = answer.groups[0] ?? answer;
      const of = found.topics[0]?.partitions[0];
      const errorCode = found.errorCode || (of?.errorCode ?? ERROR.NONE);
      if (errorCode !== ERROR.NONE) {
        throw brokerError(errorCode, `read what group ${group} committed in ${topic}/${partition}`);
      }
      return of === undefined || of.committedOffset === -1 ? undefined : of.committedOffset;
    });
  }

  /** {@linkcode QueueClient.createTopic} */
  async createTopic(topic: string, { partitions = 1 }: { readonly partitions?: number } = {}): Promise<boolean> {
    checkTopicName(topic);
    const asked = { name: topic, numPartitions: partitions, replicationFactor: -1 };
    const answer = await this.#metadata.controller((connection) => {
      // A default of the broker can be asked for from version 4 on.
      const replicationFactor = connection.versionOf(createTopicsApi) >= 4 ? -1 : 1;
      return connection.ask(createTopicsApi, {
        topics: [{ ...asked, replicationFactor }],
        timeoutMs: this.#options.requestTimeoutMs,
      });
    });
    const { errorCode, errorMessage } = answer.topics[0]!;
    this.#metadata.forget(topic);
    if (errorCode === ERROR.NONE) return true;
    if (errorCode !== ERROR.TOPIC_ALREADY_EXISTS) throw brokerError(errorCode, `create topic ${topic}`, errorMessage);
    const { leaders } = await this.#metadata.topic(topic);
    if (leaders.length === partitions) return false;
    const message = `Cannot create topic ${topic} with ${partitions} partitions: it has ${leaders.length}`;
    throw new TinmanError("EXISTS", message, { path: topic });
  }

  /** {@linkcode QueueClient.deleteTopic} */
  async deleteTopic(topic: string): Promise<boolean> {
    checkTopicName(topic);
    const answer = await this.#metadata.controller((connection) =>
      connection.ask(deleteTopicsApi, {
        topics: [{ name: topic }],
        topicNames: [topic],
        timeoutMs: this.#options.requestTimeoutMs,
      })
    );
    this.#metadata.forget(topic);
    const { errorCode, errorMessage } = answer.responses[0]!;
    if (errorCode === ERROR.UNKNOWN_TOPIC_OR_PARTITION) return false;
    if (errorCode !== ERROR.NONE) throw brokerError(errorCode, `delete topic ${topic}`, errorMessage);
    return true;
  }

  /** {@linkcode QueueClient.deleteRecords} */
  async deleteRecords(topic: string, before: number, { partition = 0 }: PartitionOptions = {}): Promise<number> {
    checkOffset(before, "delete records before");
    const topics = [{ name: topic, partitions: [{ partitionIndex: partition, offset: before }] }];
    const answer = await this.#metadata.leading(
      { topic, partition },
      (connection) => connection.ask(deleteRecordsApi, { topics, timeoutMs: this.#options.requestTimeoutMs }),
    );
    const { errorCode, lowWatermark } = answer.topics[0]!.partitions[0]!;
    if (errorCode === ERROR.OFFSET_OUT_OF_RANGE) {
      const range = await this.offsets(topic, { partition });
      const message =
        `Cannot delete before ${before} of ${topic}/${partition}: it keeps ${range.earliest} to ${range.latest}`;
      throw new TinmanError("OUT_OF_RANGE", message, { offset: before, ...range });
    }
    if (errorCode !== ERROR.NONE) throw brokerError(errorCode, `delete records of ${topic}/${partition}`);
    return lowWatermark;
  }

  /** {@linkcode QueueClient.topics} */
  async topics(): Promise<TopicInfo[]> {
    const found = (await this.#metadata.topics()).map(({ name, leaders }) => ({ name, partitions: leaders.length }));
    return found.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** {@linkcode QueueClient.checkHealth} */
  async checkHealth(): Promise<void> {
    await this.#metadata.any((connection) => connection.ask(apiVersionsApi, {}, 0));
  }

  /** {@linkcode QueueClient.close} */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Same as {@linkcode KafkaQueueClient.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Puts records down in one partition; gives the offset of the first. */
  async #append(topic: string, partition: number, records: readonly Required<NewRecord>[]): Promise<number> {
    const topics = [{ name: topic, partitions: [{ index: partition, records: writeBatch(records) }] }];
    return await this.#metadata.leading({ topic, partition }, async (connection) => {
      const answer = await connection.ask(produceApi, { acks: -1, timeoutMs: this.#options.requestTimeoutMs, topics });
      const { errorCode, errorMessage, baseOffset } = answer.topics[0]!.partitions[0]!;
      if (errorCode !== ERROR.NONE) throw brokerError(errorCode, `produce to ${topic}/${partition}`, errorMessage);
      return baseOffset;
    });
  }

  async #offsetOf(topic: string, partition: number, timestamp: number): Promise<number | undefined> {
    checkTopicName(topic);
    const topics = [{ name: topic, partitions: [{ index: partition, timestamp }] }];
    return await this.#metadata.leading({ topic, partition }, async (connection) => {
      const answer = await connection.ask(listOffsetsApi, { replicaId: -1, topics });
      const { errorCode, offset } = answer.topics[0]!.partitions[0]!;
      if (errorCode !== ERROR.NONE) throw brokerError(errorCode, `list offsets of ${topic}/${partition}`);
      return offset === -1 ? undefined : offset;
    });
  }
}

function complete({ value, key = null, headers = [], timestampMs }: NewRecord, nowMs: number): Required<NewRecord> {
  return { value, key, headers, timestampMs: timestampMs ?? nowMs };
}
