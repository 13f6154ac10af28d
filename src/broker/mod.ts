/**
 * Queues of records in topics and partitions: small contracts, and a queue in memory that keeps them.
 *
 * @module
 */
export {
  type BrokerEvent,
  EmbeddedBroker,
  type EmbeddedBrokerOptions,
  type Listen,
  type Listener,
} from "./embedded_broker.ts";
export type { Intercept, Intervention, SeenRequest } from "./intercept.ts";
export { type ClusterInfo, type GroupInfo, type GroupOffset, KafkaAdmin, type TopicSetting } from "./kafka_admin.ts";
export { type KafkaClientOptions, KafkaQueueClient } from "./kafka_client.ts";
export type { BrokerAddress, Dial } from "./kafka_pool.ts";
export { MECHANISMS, type SaslMechanism, type Users } from "./sasl.ts";
export type { SaslCredentials } from "./sasl_client.ts";
export { MemoryQueue, type MemoryQueueOptions } from "./memory_queue.ts";
export { partitionOf } from "./partitioner.ts";
export { readTopic, type ReadTopicOptions, type TopicBatch } from "./read_topic.ts";
export type {
  FetchOptions,
  NewRecord,
  OffsetRange,
  PartitionOptions,
  ProduceOptions,
  QueueAdmin,
  QueueBroker,
  QueueClient,
  QueueConsumer,
  QueueProducer,
  QueueRecord,
  RecordHeader,
  RecordPosition,
  TopicInfo,
} from "./queue.ts";
export {
  type RecordedPartition,
  recordTopics,
  type RecordTopicsOptions,
  type RecordTopicsReport,
} from "./recording/record_topics.ts";
export { sendChannels, type SendChannelsOptions, type SentChannel } from "./recording/send_channels.ts";
export type { KeepOptions } from "./kept.ts";
export type { StorageDamage, SyncPolicy } from "./storage/broker_storage.ts";
