import type { Clock } from "../../clock/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import type { MemoryPartition } from "./memory_partition.ts";
import type { MemoryTopics } from "./memory_topics.ts";
import { partitionOf } from "../client/partitioner.ts";
import {
  checkOffset,
  checkRecord,
  type FetchOptions,
  type NewRecord,
  type OffsetRange,
  type PartitionOptions,
  type ProduceOptions,
  type QueueClient,
  type QueueRecord,
  recordBytes,
  type RecordPosition,
  type TopicInfo,
} from "../queue.ts";

/** What a client knows of its queue. */
export interface MemoryClientOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly autoCreate: boolean;
  readonly nowMs: () => number;
  readonly onClose: () => void;
}

/** A client of a queue in memory; the calls do what the contract says. */
export class MemoryClient implements QueueClient {
  readonly #topics: MemoryTopics;
  readonly #options: MemoryClientOptions;
  readonly #closing = new AbortController();
  /** The next partition for records without a key, by topic. */
  readonly #turns = new Map<string, number>();

  /** Use `connect()` of the queue. */
  constructor(topics: MemoryTopics, options: MemoryClientOptions) {
    [this.#topics, this.#options] = [topics, options];
  }

  /** {@linkcode QueueClient.produce} */
  async produce(topic: string, record: NewRecord, options?: ProduceOptions): Promise<RecordPosition> {
    return (await this.produceBatch(topic, [record], options))[0]!;
  }

  /** {@linkcode QueueClient.produceBatch} */
  produceBatch(
    topic: string,
    records: readonly NewRecord[],
    options: ProduceOptions = {},
  ): Promise<RecordPosition[]> {
    return this.#answer(() => {
      if (this.#options.autoCreate && !this.#topics.has(topic)) this.#topics.create(topic, 1);
      const all = this.#topics.partitions(topic);
      const { partition } = options;
      if (partition !== undefined) this.#topics.partition(topic, partition);
      records.forEach(checkRecord);
      this.#topics.reserve(records.reduce((sum, record) => sum + recordBytes(record), 0), topic);
      const written = new Set<MemoryPartition>();
      const positions = records.map((record) => {
        const chosen = partition ?? this.#choose(topic, record, all.length);
        const { value, key = null, headers = [], timestampMs = this.#options.nowMs() } = record;
        written.add(all[chosen]!);
        return { partition: chosen, offset: all[chosen]!.append({ value, key, headers, timestampMs }) };
      });
      for (const each of written) each.wake();
      return positions;
    });
  }

  /** {@linkcode QueueClient.fetch} */
  async fetch(topic: string, options: FetchOptions = {}): Promise<QueueRecord[]> {
    const { partition = 0, offset = "earliest", maxRecords = 100, maxBytes = 2 ** 20, waitMs = 5000, signal } = options;
    this.#check();
    signal?.throwIfAborted();
    const source = this.#topics.partition(topic, partition);
    const from = typeof offset === "number" ? offset : source.range[offset];
    const found = source.read(from, { maxRecords, maxBytes });
    if (found.length > 0 || !(waitMs > 0)) return found;
    await this.#appended(source, waitMs, signal);
    this.#check();
    // It may have been deleted meanwhile.
    return this.#topics.partition(topic, partition).read(from, { maxRecords, maxBytes });
  }

  /** {@linkcode QueueClient.offsets} */
  offsets(topic: string, { partition = 0 }: PartitionOptions = {}): Promise<OffsetRange> {
    return this.#answer(() => this.#topics.partition(topic, partition).range);
  }

  /** {@linkcode QueueClient.offsetAt} */
  offsetAt(
    topic: string,
    timestampMs: number,
    { partition = 0 }: PartitionOptions = {},
  ): Promise<number | undefined> {
    return this.#answer(() => this.#topics.partition(topic, partition).offsetAt(timestampMs));
  }

  /** {@linkcode QueueClient.commit} */
  commit(group: string, topic: string, offset: number, { partition = 0 }: PartitionOptions = {}): Promise<void> {
    return this.#answer(() => {
      checkOffset(offset, "commit");
      if (group === "") throw new TypeError("Cannot commit for a group without a name");
      this.#topics.partition(topic, partition);
      this.#topics.commits.set(group, topic, partition, offset);
    });
  }

  /** {@linkcode QueueClient.committed} */
  committed(group: string, topic: string, { partition = 0 }: PartitionOptions = {}): Promise<number | undefined> {
    return this.#answer(() => {
      this.#topics.partition(topic, partition);
      return this.#topics.commits.of(topic, partition).get(group);
    });
  }

  /** {@linkcode QueueClient.createTopic} */
  createTopic(topic: string, { partitions = 1 }: { readonly partitions?: number } = {}): Promise<boolean> {
    return this.#answer(() => this.#topics.create(topic, partitions));
  }

  /** {@linkcode QueueClient.deleteTopic} */
  deleteTopic(topic: string): Promise<boolean> {
    return this.#answer(() => this.#topics.remove(topic));
  }

  /** {@linkcode QueueClient.deleteRecords} */
  deleteRecords(topic: string, before: number, { partition = 0 }: PartitionOptions = {}): Promise<number> {
    return this.#answer(() => {
      checkOffset(before, "delete records before");
      return this.#topics.cut(this.#topics.partition(topic, partition), before);
    });
  }

  /** {@linkcode QueueClient.topics} */
  topics(): Promise<TopicInfo[]> {
    const describe = (name: string) => ({ name, partitions: this.#topics.partitions(name).length });
    return this.#answer(() => this.#topics.names().map(describe));
  }

  /** {@linkcode QueueClient.checkHealth} */
  checkHealth(): Promise<void> {
    return this.#answer(() => {});
  }

  /** {@linkcode QueueClient.close} */
  close(): Promise<void> {
    this.#closing.abort(closed(this.#options.url));
    this.#options.onClose();
    return Promise.resolve();
  }

  /** Same as {@linkcode MemoryClient.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What the contract promises comes as a promise, also when it is there at once. */
  #answer<T>(look: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#check();
      resolve(look());
    });
  }

  #check(): void {
    this.#closing.signal.throwIfAborted();
  }

  #choose(topic: string, { key }: NewRecord, partitions: number): number {
    if (key !== null && key !== undefined) return partitionOf(key, partitions);
    const turn = this.#turns.get(topic) ?? 0;
    this.#turns.set(topic, (turn + 1) % partitions);
    return turn % partitions;
  }

  /** Waits until a record came, for so long at most. */
  #appended(partition: MemoryPartition, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#options;
    const ends = [this.#closing.signal, ...signal ? [signal] : []];
    return new Promise((resolve, reject) => {
      const done = () => {
        takeBack();
        forget();
        for (const end of ends) end.removeEventListener("abort", aborted);
        const reason = ends.find(({ aborted }) => aborted)?.reason;
        if (reason === undefined) resolve();
        else reject(reason);
      };
      const aborted = () => done();
      const forget = partition.onAppend(done);
      const takeBack = clock.at(clock.elapsedNs() + Math.round(waitMs * 1e6), done);
      for (const end of ends) end.addEventListener("abort", aborted, { once: true });
    });
  }
}

function closed(url: string): TinmanError<"CLOSED"> {
  return new TinmanError("CLOSED", `Cannot use a client of ${url}: it was closed`, {});
}
