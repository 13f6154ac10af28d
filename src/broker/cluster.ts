import type { Clock } from "../clock/mod.ts";
import type { Random } from "../random/mod.ts";
import { ERROR, type ErrorNumber } from "./protocol/error_codes.ts";
import { isTopicName } from "./queue.ts";
import { findSettingProblem } from "./topic_config.ts";
import { Topic } from "./topic.ts";

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
}

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
  #producerIds = 0;

  /** Without topics. */
  constructor(options: ClusterOptions) {
    this.#options = { defaultPartitions: 1, autoCreate: true, maxTopics: 10_000, ...options };
    this.id = options.random.bytes(16).toBase64({ alphabet: "base64url", omitPadding: true });
  }

  /** Where records are kept, as tools are told. */
  readonly location = "memory://";

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

  /** A number for a producer that nobody had. */
  nextProducerId(): number {
    return this.#producerIds++;
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
    const topic = new Topic(name, { id: random.bytes(16).toHex(), partitions, settings });
    if (onlyCheck) return topic;
    this.#topics.set(name, topic);
    this.#byId.set(topic.id, topic);
    return topic;
  }

  /** Removes a topic; says whether it was there. */
  delete(topic: Topic): boolean {
    this.#byId.delete(topic.id);
    const wasThere = this.#topics.delete(topic.name);
    for (const { log } of topic.partitions) log.wake();
    return wasThere;
  }
}

function refuseName(name: string): Refusal {
  return { error: ERROR.INVALID_TOPIC, message: `${JSON.stringify(name)} cannot be the name of a topic` };
}
