import { TinmanError } from "../../errors/mod.ts";
import { brokerError } from "./kafka_errors.ts";
import type { KafkaMetadata } from "./kafka_metadata.ts";
import { metadataApi } from "../protocol/03_metadata.ts";
import { createTopicsApi } from "../protocol/19_create_topics.ts";
import { describeClusterApi } from "../protocol/60_describe_cluster.ts";
import { describeLogDirsApi } from "../protocol/35_describe_log_dirs.ts";
import { describeConfigsApi } from "../protocol/32_describe_configs.ts";
import { describeGroupsApi } from "../protocol/15_describe_groups.ts";
import { consumerGroupDescribeApi } from "../protocol/69_consumer_group_describe.ts";
import { incrementalAlterConfigsApi } from "../protocol/44_incremental_alter_configs.ts";
import { listGroupsApi } from "../protocol/16_list_groups.ts";
import { offsetFetchApi } from "../protocol/09_offset_fetch.ts";
import { ERROR } from "../protocol/error_codes.ts";

/** A cluster, as it describes itself. */
export interface ClusterInfo {
  /** What it calls itself. */
  readonly id: string;
  /** The broker that is its controller. */
  readonly controller: number;
  /** All of them. */
  readonly brokers: readonly { readonly id: number; readonly host: string; readonly port: number }[];
}

/** A group, as it is listed. */
export interface GroupInfo {
  /** Its name. */
  readonly id: string;
  /** Such as `Stable` or `Empty`; empty where the broker is too old to say. */
  readonly state: string;
  /** How its members share partitions; empty while nobody is in it. */
  readonly protocol: string;
  /** Who is in it. */
  readonly members: readonly { readonly id: string; readonly client: string; readonly host: string }[];
}

/** What a group committed for a partition. */
export interface GroupOffset {
  /** The topic. */
  readonly topic: string;
  /** From 0 up. */
  readonly partition: number;
  /** Where the group goes on. */
  readonly offset: number;
}

/** A setting of a topic. */
export interface TopicSetting {
  /** As Kafka names it. */
  readonly name: string;
  /** Its value; `null` where the broker does not show it. */
  readonly value: string | null;
  /** Whether nobody set it for this topic. */
  readonly isDefault: boolean;
}

/** What tools ask of any Kafka, besides what a queue has: clusters, groups, settings. */
export class KafkaAdmin {
  readonly #metadata: KafkaMetadata;

  /** Use `KafkaQueueClient.admin`. */
  constructor(metadata: KafkaMetadata) {
    this.#metadata = metadata;
  }

  /** The cluster and its brokers. */
  async cluster(): Promise<ClusterInfo> {
    return await this.#metadata.any(async (connection) => {
      if (!connection.serves(describeClusterApi)) {
        // Kafka before 2.8 says it with its topics.
        const { clusterId, controllerId, brokers } = await connection.ask(metadataApi, { topics: [] });
        const all = brokers.map(({ nodeId, host, port }) => ({ id: nodeId, host, port }));
        return { id: clusterId ?? "", controller: controllerId, brokers: all };
      }
      const { errorCode, errorMessage, ...answer } = await connection.ask(describeClusterApi, {});
      if (errorCode !== ERROR.NONE) throw brokerError(errorCode, "describe the cluster", errorMessage);
      const brokers = answer.brokers.map(({ brokerId, host, port }) => ({ id: brokerId, host, port }));
      return { id: answer.clusterId, controller: answer.controllerId, brokers };
    });
  }

  /** Makes a topic with settings. @throws {TinmanError} `EXISTS`, `BROKER` with what the broker says. */
  async createTopic(
    name: string,
    { partitions = -1, settings = {} }: {
      readonly partitions?: number;
      readonly settings?: Readonly<Record<string, string>>;
    },
  ): Promise<void> {
    const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const answer = await this.#metadata.controller((connection) => {
      const canDefault = connection.versionOf(createTopicsApi) >= 4;
      const numPartitions = partitions === -1 && !canDefault ? 1 : partitions;
      const topic = { name, numPartitions, replicationFactor: canDefault ? -1 : 1, configs };
      return connection.ask(createTopicsApi, { topics: [topic], timeoutMs: 30_000 });
    });
    const { errorCode, errorMessage } = answer.topics[0]!;
    this.#metadata.forget(name);
    if (errorCode !== ERROR.NONE) throw brokerError(errorCode, `create topic ${name}`, errorMessage);
  }

  /** The settings of a topic. @throws {TinmanError} `NOT_FOUND` */
  async settings(topic: string): Promise<TopicSetting[]> {
    const resources = [{ resourceType: 2, resourceName: topic, configurationKeys: null }];
    const answer = await this.#metadata.any((connection) => connection.ask(describeConfigsApi, { resources }));
    const { errorCode, errorMessage, configs } = answer.results[0]!;
    if (errorCode !== ERROR.NONE) throw brokerError(errorCode, `describe topic ${topic}`, errorMessage);
    return configs.map(({ name, value, configSource }) => ({ name, value, isDefault: configSource !== 1 }));
  }

  /** Changes settings of a topic; `null` takes one back. @throws {TinmanError} `NOT_FOUND`, `CONFIG` with what the broker says. */
  async configure(topic: string, settings: Readonly<Record<string, string | null>>): Promise<void> {
    const configs = Object.entries(settings).map(([name, value]) => ({
      ...{ name, value, configOperation: value === null ? /* delete */ 1 : /* set */ 0 },
    }));
    const resources = [{ resourceType: 2, resourceName: topic, configs }];
    const answer = await this.#metadata.any((connection) => connection.ask(incrementalAlterConfigsApi, { resources }));
    const { errorCode, errorMessage } = answer.responses[0]!;
    if (errorCode !== ERROR.NONE) throw brokerError(errorCode, `configure topic ${topic}`, errorMessage);
  }

  /** Bytes that partitions take, by topic, each in the order of its partitions. Replicas of one are not added up. */
  async sizes(): Promise<ReadonlyMap<string, readonly number[]>> {
    const sizes = new Map<string, number[]>();
    for (const { results } of await this.#metadata.each((link) => link.ask(describeLogDirsApi, { topics: null }))) {
      for (const { name, partitions } of results.flatMap(({ topics }) => topics)) {
        const of = sizes.get(name) ?? [];
        sizes.set(name, of);
        for (const { partitionIndex, partitionSize } of partitions) {
          of[partitionIndex] = Math.max(of[partitionIndex] ?? 0, partitionSize);
        }
      }
    }
    return sizes;
  }

  /** All groups of all brokers, by name. */
  async groups(): Promise<string[]> {
    const found = await this.#metadata.each((connection) => connection.ask(listGroupsApi, {}));
    for (const { errorCode } of found) if (errorCode !== ERROR.NONE) throw brokerError(errorCode, "list groups");
    return [...new Set(found.flatMap(({ groups }) => groups.map(({ groupId }) => groupId)))].sort();
  }

  /** A group and its members. @throws {TinmanError} `NOT_FOUND` */
  async group(id: string): Promise<GroupInfo> {
    const answer = await this.#metadata.coordinating(
      id,
      (connection) => connection.ask(describeGroupsApi, { groups: [id] }),
    );
    const { errorCode, groupState, protocolData, members } = answer.groups[0]!;
    if (errorCode !== ERROR.NONE) throw brokerError(errorCode, `describe group ${id}`);
    if (groupState === "Dead") return await this.#consumerGroup(id);
    const all = members.map(({ memberId, clientId, clientHost }) => ({
      id: memberId,
      client: clientId,
      host: clientHost,
    }));
    return { id, state: groupState, protocol: protocolData, members: all };
  }

  /** A group of KIP-848, which DescribeGroups calls dead. @throws {TinmanError} `NOT_FOUND` */
  async #consumerGroup(id: string): Promise<GroupInfo> {
    const found = await this.#metadata.coordinating(id, async (connection) => {
      if (!connection.serves(consumerGroupDescribeApi)) return undefined;
      const answer = await connection.ask(consumerGroupDescribeApi, { groupIds: [id] });
      return answer.groups.find(({ errorCode }) => errorCode === ERROR.NONE);
    });
    if (found === undefined) {
      throw new TinmanError("NOT_FOUND", `Cannot describe group ${id}: nobody is in it, and it never committed`, {
        kind: "group",
        id,
      });
    }
    const { groupState: state, assignorName: protocol } = found;
    const members = found.members.map(({ memberId, clientId, clientHost }) => ({
      id: memberId,
      client: clientId,
      host: clientHost,
    }));
    return { id, state, protocol, members };
  }

  /** All that a group committed, by topic and partition. */
  async groupOffsets(group: string): Promise<GroupOffset[]> {
    return await this.#metadata.coordinating(group, async (connection) => {
      const request = { groupId: group, topics: null, groups: [{ groupId: group, topics: null }] };
      const answer = await connection.ask(offsetFetchApi, request);
      const found = answer.groups[0] ?? answer;
      if (found.errorCode !== ERROR.NONE) throw brokerError(found.errorCode, `read what group ${group} committed`);
      return found.topics
        .flatMap(({ name, partitions }) =>
          partitions.map(({ partitionIndex, committedOffset }) => ({
            topic: name,
            partition: partitionIndex,
            offset: committedOffset,
          }))
        )
        .filter(({ offset }) => offset >= 0)
        .sort((a, b) => a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1);
    });
  }
}
