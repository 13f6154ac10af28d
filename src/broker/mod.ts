/**
 * Queues of records in topics and partitions: small contracts, and a queue in memory that keeps them.
 *
 * @module
 */
export { EmbeddedBroker } from "./embedded_broker.ts";
export type { BrokerEvent, EmbeddedBrokerOptions, Listen, Listener } from "./embedded_broker_options.ts";
export type { Intercept, Intervention, SeenRequest } from "./connection/intercept.ts";
export {
  type ClusterInfo,
  type GroupInfo,
  type GroupOffset,
  KafkaAdmin,
  type TopicSetting,
} from "./client/kafka_admin.ts";
export { type KafkaClientOptions, KafkaQueueClient } from "./client/kafka_client.ts";
export type { BrokerAddress, Dial } from "./client/kafka_pool.ts";
export { MECHANISMS, type SaslMechanism, type Users } from "./connection/sasl.ts";
export type { SaslCredentials } from "./client/sasl_client.ts";
export { MemoryQueue, type MemoryQueueOptions } from "./memory/memory_queue.ts";
export { partitionOf } from "./client/partitioner.ts";
export { produceAll } from "./client/produce_all.ts";
export { readTopic, type ReadTopicOptions, type TopicBatch } from "./client/read_topic.ts";
export {
  type FetchOptions,
  isTopicName,
  type NewRecord,
  type OffsetRange,
  type PartitionOptions,
  type ProduceOptions,
  type QueueAdmin,
  type QueueBroker,
  type QueueClient,
  type QueueConsumer,
  type QueueProducer,
  type QueueRecord,
  type RecordHeader,
  type RecordPosition,
  type TopicInfo,
} from "./queue.ts";
export {
  type RecordedPartition,
  recordTopics,
  type RecordTopicsOptions,
  type RecordTopicsReport,
} from "./recording/record_topics.ts";
export type { RepeatedFrames } from "./recording/record_progress.ts";
export { sendChannels, type SendChannelsOptions, type SentChannel } from "./recording/send_channels.ts";
export type { KeepOptions } from "./kept.ts";
export type { StorageDamage, SyncPolicy } from "./storage/broker_storage.ts";
