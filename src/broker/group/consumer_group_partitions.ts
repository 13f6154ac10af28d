/** A partition of a topic, as something that can lie in sets: the id of the topic, a colon, the number. */
export type PartitionKey = `${string}:${number}`;

/** Partitions. */
export type Partitions = ReadonlySet<PartitionKey>;

/** None. */
export const NO_PARTITIONS: Partitions = new Set();

/** Partitions of one topic, as they lie on the wire. */
export interface TopicPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

/** Reads what lies on the wire; nothing where it says nothing. */
export function readPartitions(topics: readonly TopicPartitions[] | null): Partitions | undefined {
  return topics === null
    ? undefined
    : new Set(topics.flatMap(({ topicId, partitions }) => partitions.map((i): PartitionKey => `${topicId}:${i}`)));
}

/** What lies on the wire: by topic, in order. */
export function listPartitions(partitions: Partitions): TopicPartitions[] {
  const byTopic = Map.groupBy(partitions, topicOf);
  return [...byTopic].map(([topicId, keys]) => ({ topicId, partitions: keys.map(indexOf).sort((a, b) => a - b) }));
}

/** The id of its topic. */
export function topicOf(key: PartitionKey): string {
  return key.slice(0, key.lastIndexOf(":"));
}

/** Its number. */
export function indexOf(key: PartitionKey): number {
  return Number(key.slice(key.lastIndexOf(":") + 1));
}
