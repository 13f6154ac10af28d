import { TinmanError } from "../../errors/mod.ts";
import { MemoryCommits } from "./memory_commits.ts";
import { MemoryPartition } from "./memory_partition.ts";
import { checkTopicName } from "../queue.ts";

/** What the topics of one queue may hold. */
export interface TopicLimits {
  /** What errors call the queue. */
  readonly url: string;
  /** Most bytes of all records. */
  readonly maxBytes: number;
  /** Most topics. */
  readonly maxTopics: number;
}

/** Most partitions of one topic. */
const MAX_PARTITIONS = 10_000;

/** The topics of one queue in memory, and what groups remember of them. */
export class MemoryTopics {
  /** How far groups came. */
  readonly commits = new MemoryCommits();
  readonly #limits: TopicLimits;
  readonly #topics = new Map<string, readonly MemoryPartition[]>();
  #bytes = 0;

  /** None yet. */
  constructor(limits: TopicLimits) {
    this.#limits = limits;
  }

  /** All names, in order. */
  names(): string[] {
    return [...this.#topics.keys()].sort();
  }

  /** Whether there is one. */
  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  /** @throws {TinmanError} `NOT_FOUND` */
  partitions(topic: string): readonly MemoryPartition[] {
    checkTopicName(topic);
    const partitions = this.#topics.get(topic);
    if (partitions !== undefined) return partitions;
    throw new TinmanError("NOT_FOUND", `Cannot use topic ${topic}: it is not there`, { kind: "topic", id: topic });
  }

  /** @throws {TinmanError} `NOT_FOUND` */
  partition(topic: string, index: number): MemoryPartition {
    const all = this.partitions(topic);
    const found = all[index];
    if (found !== undefined) return found;
    const message = `Cannot use partition ${index} of ${topic}: it has ${all.length}, from 0`;
    throw new TinmanError("NOT_FOUND", message, { kind: "partition", id: `${topic}/${index}` });
  }

  /** Says whether it was not there. */
  create(topic: string, partitions: number): boolean {
    checkTopicName(topic);
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
      throw new RangeError(
        `Cannot create topic ${topic} with ${partitions} partitions: expected 1 to ${MAX_PARTITIONS}`,
      );
    }
    const there = this.#topics.get(topic);
    if (there?.length === partitions) return false;
    if (there !== undefined) {
      throw new TinmanError(
        "EXISTS",
        `Cannot create topic ${topic} with ${partitions} partitions: it has ${there.length}`,
        {
          path: topic,
        },
      );
    }
    const { maxTopics } = this.#limits;
    if (this.#topics.size >= maxTopics) {
      throw new TinmanError("TOO_LARGE", `Cannot create topic ${topic}: there are ${maxTopics} already`, {
        limit: maxTopics,
        actual: maxTopics + 1,
      });
    }
    this.#topics.set(topic, Array.from({ length: partitions }, (_, i) => new MemoryPartition(`${topic}/${i}`)));
    return true;
  }

  /** Removes a topic and all that is known of it; says whether it was there. */
  remove(topic: string): boolean {
    const partitions = this.#topics.get(topic) ?? [];
    this.commits.forget(topic);
    const isThere = this.#topics.delete(topic);
    for (const partition of partitions) {
      this.#bytes -= partition.bytes;
      partition.wake();
    }
    return isThere;
  }

  /** Makes room for so many bytes more. @throws {TinmanError} `TOO_LARGE` */
  reserve(bytes: number, topic: string): void {
    const { maxBytes, url } = this.#limits;
    if (this.#bytes + bytes > maxBytes) {
      throw new TinmanError("TOO_LARGE", `Cannot add ${bytes} bytes to ${topic}: ${url} holds ${this.#bytes}`, {
        limit: maxBytes,
        actual: this.#bytes + bytes,
        hint: "collect() what all groups are done with, deleteRecords(), or raise maxBytes",
      });
    }
    this.#bytes += bytes;
  }

  /** Removes what lies before an offset; returns the first that is left. */
  cut(partition: MemoryPartition, before: number): number {
    const { bytes } = partition;
    const earliest = partition.deleteBefore(before);
    this.#bytes -= bytes - partition.bytes;
    return earliest;
  }

  /** Removes what all groups that committed are done with; says how many records that were. */
  collect(): number {
    let removed = 0;
    for (const [topic, partitions] of this.#topics) {
      partitions.forEach((partition, index) => {
        const done = Math.min(...this.commits.of(topic, index).values());
        const { earliest, latest } = partition.range;
        if (done > earliest && done < Infinity) removed += this.cut(partition, Math.min(done, latest)) - earliest;
      });
    }
    return removed;
  }
}
