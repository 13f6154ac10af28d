/**
 * Queues of records in topics and partitions: small contracts, and a queue in memory that keeps them.
 *
 * @module
 */
export { MemoryQueue, type MemoryQueueOptions } from "./memory_queue.ts";
export { partitionOf } from "./partitioner.ts";
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
