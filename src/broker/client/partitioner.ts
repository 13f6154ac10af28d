import type { NewRecord } from "../queue.ts";

/** Chooses partitions for records that do not say one: by their key, and those without a key in turn. */
export class Partitioner {
  /** The next partition, by topic. */
  readonly #turns = new Map<string, number>();

  /** The partition for a record of a topic that has so many. */
  choose(topic: string, { key }: Pick<NewRecord, "key">, partitions: number): number {
    if (key !== null && key !== undefined) return partitionOf(key, partitions);
    const turn = this.#turns.get(topic) ?? 0;
    this.#turns.set(topic, (turn + 1) % partitions);
    return turn % partitions;
  }
}

/**
 * The partition for a key: as Kafka's own clients choose it, so that they and tinman agree. MurmurHash2 (Appleby, 2008)
 * with the seed of Kafka, made positive by clearing the sign.
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** MurmurHash2 of 32 bits with the seed that Kafka's clients use. */
export function murmur2(bytes: Uint8Array): number {
  const m = 0x5bd1e995;
  const { length } = bytes;
  let hash = 0x9747b28c ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let k = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24;
    k = Math.imul(k, m);
    k ^= k >>> 24;
    hash = Math.imul(hash, m) ^ Math.imul(k, m);
  }
  if (at < length) {
    for (let i = length - 1; i >= at; i--) hash ^= bytes[i]! << (i - at) * 8;
    hash = Math.imul(hash, m);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, m);
  return hash ^ hash >>> 15;
}
