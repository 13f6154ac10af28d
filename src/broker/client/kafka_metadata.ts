import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import type { KafkaConnection } from "./kafka_connection.ts";
import { brokerError, isPassing } from "./kafka_errors.ts";
import type { BrokerAddress, KafkaPool } from "./kafka_pool.ts";
import { metadataApi } from "../protocol/03_metadata.ts";
import { findCoordinatorApi } from "../protocol/10_find_coordinator.ts";
import { ERROR } from "../protocol/error_codes.ts";

/** What {@linkcode KafkaMetadata} needs. */
export interface MetadataOptions {
  /** Brokers to begin with, one of which has to be there. */
  readonly bootstrap: readonly BrokerAddress[];
  /** Waits between two attempts. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** How often something that may pass is asked again, and how long between, doubled each time. */
const [ATTEMPTS, FIRST_WAIT_MS] = [6, 50];

/** A topic as its brokers know it. */
export interface KnownTopic {
  readonly name: string;
  /** Who leads each partition, by number. */
  readonly leaders: readonly (BrokerAddress | undefined)[];
}

/** Who leads what in a cluster, as far as it was asked for; and has them answer. */
export class KafkaMetadata {
  readonly #pool: KafkaPool;
  readonly #options: MetadataOptions;
  readonly #topics = new Map<string, KnownTopic>();
  readonly #coordinators = new Map<string, BrokerAddress>();
  #brokers: readonly BrokerAddress[];
  #controller: BrokerAddress | undefined;

  /** Knows nothing but where to begin. */
  constructor(pool: KafkaPool, options: MetadataOptions) {
    [this.#pool, this.#options, this.#brokers] = [pool, options, options.bootstrap];
  }

  /** All topics, by name. */
  async topics(): Promise<KnownTopic[]> {
    const found = await this.#ask(null, false);
    return found.filter(({ error }) => error === ERROR.NONE).map(({ topic }) => topic);
  }

  /** A topic; asked for when it is not known. @throws {TinmanError} `NOT_FOUND` when it is not there. */
  async topic(name: string, { mayCreate = false } = {}): Promise<KnownTopic> {
    const known = this.#topics.get(name);
    if (known !== undefined) return known;
    return await this.#retry(async () => {
      const [found] = await this.#ask([name], mayCreate);
      const error = found?.error ?? ERROR.UNKNOWN_TOPIC_OR_PARTITION;
      if (error !== ERROR.NONE) throw brokerError(error, `use topic ${name}`);
      return found!.topic;
    });
  }

  /** Who leads a partition. @throws {TinmanError} `NOT_FOUND`. */
  async leader(name: string, partition: number, options?: { mayCreate?: boolean }): Promise<BrokerAddress> {
    const { leaders } = await this.topic(name, options);
    if (partition >= leaders.length || partition < 0) {
      throw new TinmanError(
        "NOT_FOUND",
        `Cannot use partition ${partition} of ${name}: it has ${leaders.length}, from 0`,
        { kind: "partition", id: `${name}/${partition}` },
      );
    }
    const leader = leaders[partition];
    if (leader !== undefined) return leader;
    this.forget(name);
    throw brokerError(5, `find who leads ${name}/${partition}`);
  }

  /** Asks anew next time. */
  forget(topic?: string, group?: string): void {
    if (topic !== undefined) this.#topics.delete(topic);
    if (group !== undefined) this.#coordinators.delete(group);
  }

  /** Has any broker that can be reached answer. @throws {TinmanError} `UNAVAILABLE` when none can. */
  async any<T>(use: (connection: KafkaConnection) => Promise<T>): Promise<T> {
    let last: unknown;
    for (const address of [...this.#brokers, ...this.#options.bootstrap]) {
      try {
        return await this.#pool.with(address, use);
      } catch (error) {
        if (!isTinmanError(error, "UNAVAILABLE")) throw error;
        last = error;
      }
    }
    throw last;
  }

  /**
   * Has the controller answer, who alone makes and deletes topics where there is ZooKeeper; any broker where nobody says
   * who that is. @throws {TinmanError} `UNAVAILABLE`
   */
  async controller<T>(use: (connection: KafkaConnection) => Promise<T>): Promise<T> {
    this.#controller = undefined;
    await this.#ask([], false);
    return await (this.#controller === undefined ? this.any(use) : this.#pool.with(this.#controller, use));
  }

  /**
   * Has whoever leads a partition answer; finds out anew who does and asks again, where that may help. For `signal` see
   * {@linkcode KafkaPool.with}.
   */
  leading<T>(
    { topic, partition, signal }: {
      readonly topic: string;
      readonly partition: number;
      readonly signal?: AbortSignal | undefined;
    },
    use: (connection: KafkaConnection) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    return this.#retry(async () => {
      const leader = await this.leader(topic, partition);
      try {
        return await this.#pool.with(leader, use, signal);
      } catch (error) {
        this.forget(topic);
        throw error;
      }
    });
  }

  /** The same with whoever keeps the commits of a group. */
  coordinating<T>(group: string, use: (connection: KafkaConnection) => Promise<T>): Promise<T> {
    return this.#retry(async () => {
      const coordinator = await this.#coordinator(group);
      try {
        return await this.#pool.with(coordinator, use);
      } catch (error) {
        this.forget(undefined, group);
        throw error;
      }
    });
  }

  /** Has every broker of the cluster answer. @throws {TinmanError} `UNAVAILABLE` when one cannot be reached. */
  async each<T>(use: (connection: KafkaConnection) => Promise<T>): Promise<T[]> {
    await this.#ask([], false);
    return await Promise.all(this.#brokers.map((address) => this.#pool.with(address, use)));
  }

  /** Who keeps the commits of a group. */
  async #coordinator(group: string): Promise<BrokerAddress> {
    const known = this.#coordinators.get(group);
    if (known !== undefined) return known;
    return await this.#retry(() =>
      this.any(async (connection) => {
        const answer = await connection.ask(findCoordinatorApi, { key: group, keyType: 0, coordinatorKeys: [group] });
        const found = answer.coordinators[0] ?? answer;
        if (found.errorCode !== ERROR.NONE) throw brokerError(found.errorCode, `find who serves group ${group}`);
        const address = { host: found.host, port: found.port };
        this.#coordinators.set(group, address);
        return address;
      })
    );
  }

  /** Does something again that failed in a way that passes, a few times. */
  async #retry<T>(attempt: () => Promise<T>): Promise<T> {
    for (let n = 1;; n++) {
      try {
        return await attempt();
      } catch (error) {
        if (n >= ATTEMPTS || !isTinmanError(error, "UNAVAILABLE")) throw error;
        await this.#options.sleep(FIRST_WAIT_MS * 2 ** (n - 1));
      }
    }
  }

  #ask(names: readonly string[] | null, mayCreate: boolean): Promise<{ topic: KnownTopic; error: number }[]> {
    return this.any(async (connection) => {
      const version = connection.versionOf(metadataApi);
      const topics = names?.map((name) => ({ name })) ?? (version === 0 ? [] : null);
      const answer = await connection.ask(metadataApi, { topics, allowAutoTopicCreation: mayCreate }, version);
      const brokers = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
      if (brokers.size > 0) this.#brokers = [...brokers.values()];
      this.#controller = brokers.get(answer.controllerId);
      return answer.topics.map(({ name, errorCode, partitions }) => {
        const leaders: (BrokerAddress | undefined)[] = [];
        for (const { partitionIndex, leaderId } of partitions) leaders[partitionIndex] = brokers.get(leaderId);
        const topic = { name: name!, leaders };
        if (errorCode === ERROR.NONE && !leaders.includes(undefined)) this.#topics.set(topic.name, topic);
        return { topic, error: isPassing(errorCode) ? 5 : errorCode };
      });
    });
  }
}
