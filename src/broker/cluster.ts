import type { Clock } from "../clock/mod.ts";
import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Random } from "../random/mod.ts";
import { PartitionLog } from "./partition/partition_log.ts";
import { ERROR, type ErrorNumber } from "./protocol/error_codes.ts";
import { isTopicName } from "./queue.ts";
import type { RecordedTopic } from "./recording/recorded_topics.ts";
import { findSettingProblem } from "./topic_config.ts";
import { type BrokerStorage, createMemoryStorage, type KeptTopic } from "./storage/broker_storage.ts";
import { Topic, type TopicStorage } from "./topic.ts";

/** Options of {@linkcode Cluster}. */
export interface ClusterOptions {
  /** Time of records, and of what ends. */
  readonly clock: Clock;
  /** Makes ids. */
  readonly random: Random;
  /** Partitions of topics that say nothing of it. @default {1} */
  readonly defaultPartitions?: number;
  /** Whether topics are made when somebody asks for them. @default {true} */
  readonly autoCreate?: boolean;
  /** Most topics. @default {10000} */
  readonly maxTopics?: number;
  /** Where all is kept. @default {in memory} */
  readonly storage?: BrokerStorage;
  /** Topics that are read-only, and not in the storage. @default {none} */
  readonly recorded?: readonly RecordedTopic[];
}

/** 0 is what @platformatic/kafka gives when it has none. */
const FIRST_PRODUCER_ID = 1;
/** Numbers of producers that are taken from the storage at once. */
const PRODUCER_IDS = 1000;

/** Most partitions of one topic. */
export const MAX_PARTITIONS = 10_000;

/** A refusal: which error, and why. */
export interface Refusal {
  readonly error: ErrorNumber;
  readonly message: string;
}

/** All topics of a broker. It is a cluster of one. */
export class Cluster {
  /** What clients know it by. */
  readonly id: string;
  /** The number of the only broker. */
  readonly nodeId = 1;
  readonly #options: Required<ClusterOptions>;
  readonly #topics = new Map<string, Topic>();
  readonly #byId = new Map<string, Topic>();
  readonly #topicStorage: TopicStorage;
  #producerId: number;
  /** Numbers below this one may be given out. */
  #producerIdEnd: number;

  /** With the topics that are in its storage. */
  constructor(options: ClusterOptions) {
    const storage = options.storage ?? createMemoryStorage();
    this.#options = { defaultPartitions: 1, autoCreate: true, maxTopics: 10_000, recorded: [], ...options, storage };
    const { facts } = storage;
    const known = facts.get(["cluster"]);
    this.id = typeof known === "string" ? known : options.random.bytes(16).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
    if (known !== this.id) facts.set(["cluster"], this.id);
    this.#producerId = this.#producerIdEnd = Number(facts.get(["producers"]) ?? FIRST_PRODUCER_ID);
    this.#topicStorage = {
      openLog: (topic, partition) => storage.openLog(topic, partition, { limits: () => topic.limits }),
      keep: ({ name, id }, { partitions, settings }) =>
        facts.set(["topic", name], { id, partitions, settings: [...settings] } satisfies KeptTopic),
    };
    for (const [[, name, id]] of [...facts.entries("removed")]) this.#finishRemoval({ name: `${name}`, id: `${id}` });
    for (const [[, name], value] of facts.entries("topic")) {
      const { id, partitions, settings } = value as KeptTopic;
      this.#add(new Topic(`${name}`, { id, partitions, settings: new Map(settings), storage: this.#topicStorage }));
    }
    for (const topic of this.#options.recorded) this.#addRecorded(topic);
  }

  /** Where records are kept, as tools are told. */
  get location(): string {
    return this.#options.storage.location;
  }

  /** Whether topics are made when somebody asks for them. */
  get autoCreate(): boolean {
    return this.#options.autoCreate;
  }

  /** Partitions of topics that say nothing of it. */
  get defaultPartitions(): number {
    return this.#options.defaultPartitions;
  }

  /** The time. */
  get clock(): Clock {
    return this.#options.clock;
  }

  /** All topics, by name. */
  get topics(): readonly Topic[] {
    return [...this.#topics.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** The topic with this name. */
  topic(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** The topic with this id. */
  topicById(id: string): Topic | undefined {
    return this.#byId.get(id);
  }

  /** A number for a producer that nobody had. @throws {TinmanError} `WRITE_FAILED` */
  nextProducerId(): number {
    if (this.#producerId === this.#producerIdEnd) {
      this.#options.storage.facts.set(["producers"], this.#producerIdEnd + PRODUCER_IDS);
      this.#producerIdEnd += PRODUCER_IDS;
    }
    return this.#producerId++;
  }

  /** The topic with this name; made when it is not there and that is allowed. */
  findOrCreate(name: string, mayCreate: boolean): Topic | Refusal {
    const found = this.#topics.get(name);
    if (found !== undefined) return found;
    if (!isTopicName(name)) return refuseName(name);
    if (mayCreate && this.#options.autoCreate) return this.create(name);
    return { error: ERROR.UNKNOWN_TOPIC_OR_PARTITION, message: `there is no topic ${name}` };
  }

  /** Makes a topic, or only says whether it could be made. */
  create(name: string, options: {
    /** -1: the default. @default {-1} */
    readonly partitions?: number;
    readonly settings?: ReadonlyMap<string, string>;
    /** @default {false} */
    readonly onlyCheck?: boolean;
  } = {}): Topic | Refusal {
    const { partitions: asked = -1, settings = new Map(), onlyCheck = false } = options;
    const partitions = asked === -1 ? this.#options.defaultPartitions : asked;
    if (!isTopicName(name)) return refuseName(name);
    if (this.#topics.has(name)) return { error: ERROR.TOPIC_ALREADY_EXISTS, message: `topic ${name} is there already` };
    if (!(partitions >= 1 && partitions <= MAX_PARTITIONS)) {
      return { error: ERROR.INVALID_PARTITIONS, message: `${partitions} partitions, expected 1 to ${MAX_PARTITIONS}` };
    }
    for (const [setting, value] of settings) {
      const message = findSettingProblem(setting, value);
      if (message !== undefined) return { error: ERROR.INVALID_CONFIG, message };
    }
    const { maxTopics, random } = this.#options;
    if (this.#topics.size >= maxTopics) {
      return { error: ERROR.POLICY_VIOLATION, message: `there are ${maxTopics} topics, which is the limit` };
    }
    const id = random.bytes(16).toHex();
    if (onlyCheck) return new Topic(name, { id, partitions, settings, storage: forgetfulTopics });
    const storage = this.#topicStorage;
    try {
      storage.keep({ name, id }, { partitions, settings });
    } catch (error) {
      if (!isTinmanError(error, "WRITE_FAILED")) throw error;
      return { error: ERROR.KAFKA_STORAGE_ERROR, message: error.message };
    }
    const topic = new Topic(name, { id, partitions, settings, storage });
    this.#add(topic);
    return topic;
  }

  /** Removes a topic; says whether it was there. @throws {TinmanError} `WRITE_FAILED`; then it may be there still. */
  delete(topic: Topic): boolean {
    // A removal that is begun is finished, if need be when the storage is opened the next time.
    if (this.#byId.has(topic.id)) this.#options.storage.facts.set(["removed", topic.name, topic.id], true);
    this.#byId.delete(topic.id);
    const wasThere = this.#topics.delete(topic.name);
    if (wasThere) this.#finishRemoval(topic);
    for (const { log } of topic.partitions) log.wake();
    return wasThere;
  }

  /** Throws away what the settings of topics say. While it compacts, others get their turn. */
  async clean(signal: AbortSignal): Promise<void> {
    const nowMs = Number(this.clock.now() / 1_000_000n);
    for (const { partitions } of this.#topics.values()) for (const { log } of partitions) log.retain(nowMs);
    for (const { log } of this.topics.flatMap(({ partitions }) => partitions)) {
      if (!(log instanceof PartitionLog)) continue;
      for (const _ of log.compact(nowMs)) await this.clock.sleep(1, { signal });
    }
  }

  #add(topic: Topic): void {
    this.#topics.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
  }

  #addRecorded({ name, id, settings, log, from }: RecordedTopic): void {
    if (this.#topics.has(name)) {
      throw new TinmanError("EXISTS", `Cannot serve channel ${name} of ${from}: there is a topic of that name`, {
        path: from,
        hint: "keep recordings and topics apart: another --data, or none",
      });
    }
    const readOnly = `topic ${name} is a channel of the recording ${from}, which is read-only`;
    const storage = { readOnly, openLog: () => log, keep() {} };
    this.#add(new Topic(name, { id, partitions: 1, settings, storage }));
  }

  #finishRemoval({ name, id }: { readonly name: string; readonly id: string }): void {
    const { facts } = this.#options.storage;
    try {
      const kept = facts.get(["topic", name]) as KeptTopic | undefined;
      if (kept?.id === id) facts.delete(["topic", name]);
      this.#options.storage.removeTopic({ name, id });
      facts.delete(["removed", name, id]);
    } catch (error) {
      if (!isTinmanError(error, "WRITE_FAILED")) throw error;
    }
  }
}

const forgetfulTopics: TopicStorage = { openLog: () => new PartitionLog(), keep: () => {} };

function refuseName(name: string): Refusal {
  return { error: ERROR.INVALID_TOPIC, message: `${JSON.stringify(name)} cannot be the name of a topic` };
}
