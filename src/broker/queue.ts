/** A header of a record: a name that may occur more than once, and bytes. */
export interface RecordHeader {
  /** Its name. */
  readonly name: string;
  /** Its bytes, or none. */
  readonly value: Uint8Array | null;
}

/** A record as it is handed over. Its bytes are not to be changed afterwards. */
export interface NewRecord {
  /** The content; `null` says that what the key names is gone. */
  readonly value: Uint8Array | null;
  /** Records with equal keys go to one partition, in order. @default {null} */
  readonly key?: Uint8Array | null;
  /** Names and bytes beside the content. @default {[]} */
  readonly headers?: readonly RecordHeader[];
  /** Milliseconds since 1970. @default {the time at which it is taken in} */
  readonly timestampMs?: number;
}

/** A record as it lies in a partition. Its bytes are not to be changed. */
export interface QueueRecord extends Required<NewRecord> {
  /** Its place in the partition: 0, 1, 2 … without end; a place is never used twice. */
  readonly offset: number;
}

/** Where a record was put. */
export interface RecordPosition {
  /** From 0 up. */
  readonly partition: number;
  /** Its place there. */
  readonly offset: number;
}

/** Which partition is meant. */
export interface PartitionOptions {
  /** From 0 up. @default {0} */
  readonly partition?: number | undefined;
}

/** Options of {@linkcode QueueProducer.produce}. */
export interface ProduceOptions {
  /** From 0 up. @default {what the key says; without a key all in turn} */
  readonly partition?: number | undefined;
}

/** Options of {@linkcode QueueConsumer.fetch}. */
export interface FetchOptions extends PartitionOptions {
  /** Where to begin. @default {"earliest"} */
  readonly offset?: number | "earliest" | "latest";
  /** Most records to give. @default {100} */
  readonly maxRecords?: number;
  /** Most bytes of keys, values and headers to give; the first record comes whatever its size. @default {1048576} */
  readonly maxBytes?: number;
  /** How long to wait for the first record, in milliseconds; 0 looks once. @default {5000} */
  readonly waitMs?: number;
  /** Ends the wait by rejecting with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Whoever adds records. */
export interface QueueProducer {
  /**
   * Adds a record; resolves when it is kept as safely as the broker promises. A topic that is not there is made, unless
   * the broker says otherwise.
   *
   * @throws {TinmanError} `NOT_FOUND` for a partition or topic, `TOO_LARGE`, `UNAVAILABLE`, `CLOSED`.
   */
  produce(topic: string, record: NewRecord, options?: ProduceOptions): Promise<RecordPosition>;
  /** Adds several: all of them that go to one partition, or none of these. Positions in the order of the records. */
  produceBatch(topic: string, records: readonly NewRecord[], options?: ProduceOptions): Promise<RecordPosition[]>;
}

/** First and next offset of a partition. */
export interface OffsetRange {
  /** Of the oldest record that is kept; what the next will get when there is none. */
  readonly earliest: number;
  /** What the next record will get. */
  readonly latest: number;
}

/** Whoever reads records, and remembers how far it came. */
export interface QueueConsumer {
  /**
   * Records from an offset on, in order; waits until there is one. An empty list says that none came in time, and nothing
   * else: whatever goes wrong throws.
   *
   * @throws {TinmanError} `NOT_FOUND` for topic or partition, `OUT_OF_RANGE` for an offset that is not kept (any more),
   * `UNAVAILABLE`, `CLOSED`.
   */
  fetch(topic: string, options?: FetchOptions): Promise<QueueRecord[]>;
  /** First and next offset. @throws {TinmanError} `NOT_FOUND`. */
  offsets(topic: string, options?: PartitionOptions): Promise<OffsetRange>;
  /** The first offset whose record is of `timestampMs` or later; none if there is none. @throws {TinmanError} `NOT_FOUND`. */
  offsetAt(topic: string, timestampMs: number, options?: PartitionOptions): Promise<number | undefined>;
  /**
   * Remembers for a group where to go on: the offset after the last record that is done with. All clients see it. It may
   * go back.
   *
   * @throws {TinmanError} `NOT_FOUND` for topic or partition.
   */
  commit(group: string, topic: string, offset: number, options?: PartitionOptions): Promise<void>;
  /** Where a group goes on; none if it never said. @throws {TinmanError} `NOT_FOUND`. */
  committed(group: string, topic: string, options?: PartitionOptions): Promise<number | undefined>;
}

/** A topic, as it is listed. */
export interface TopicInfo {
  /** 1 to 249 letters of ASCII, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** How many partitions it has. */
  readonly partitions: number;
}

/** Whoever makes and removes topics. */
export interface QueueAdmin {
  /**
   * Makes a topic; says whether it was not there. One that is there is left as it is.
   *
   * @throws {TypeError} For a name that cannot be one. @throws {TinmanError} `EXISTS` when it has other partitions.
   */
  createTopic(topic: string, options?: { /** @default {1} */ readonly partitions?: number }): Promise<boolean>;
  /** Removes a topic with its records and what groups remember of it; says whether it was there. */
  deleteTopic(topic: string): Promise<boolean>;
  /** Removes records before an offset; returns the first offset that is left. @throws {TinmanError} `NOT_FOUND`, `OUT_OF_RANGE`. */
  deleteRecords(topic: string, before: number, options?: PartitionOptions): Promise<number>;
  /** All topics, by name. */
  topics(): Promise<TopicInfo[]>;
  /** Resolves when the broker answers. @throws {TinmanError} `UNAVAILABLE` with the reason, `CLOSED`. */
  checkHealth(): Promise<void>;
}

/** Everything a program does with a queue. Ask for the part that you need. */
export interface QueueClient extends QueueProducer, QueueConsumer, QueueAdmin, AsyncDisposable {
  /** Ends waits with `CLOSED` and lets go. Twice is fine. */
  close(): Promise<void>;
}

/** Whoever serves clients. */
export interface QueueBroker extends AsyncDisposable {
  /** Where clients find it. */
  readonly url: string;
  /** Whether it serves. */
  readonly isRunning: boolean;
  /** Serves from here on; when it resolves, clients can connect. Twice is fine. */
  start(): Promise<void>;
  /** Answers what is under way, then serves nobody any more. Twice is fine. */
  stop(): Promise<void>;
  /** A client of its own. @throws {TinmanError} `UNAVAILABLE` when it does not run. */
  connect(): Promise<QueueClient>;
}

const TOPIC = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

/** Whether a topic can have this name. */
export function isTopicName(topic: string): boolean {
  return TOPIC.test(topic);
}

/** Throws a TypeError for a name that no topic can have. */
export function checkTopicName(topic: string): void {
  if (isTopicName(topic)) return;
  const shown = JSON.stringify(String(topic).slice(0, 300));
  throw new TypeError(`Cannot name a topic ${shown}: expected 1 to 249 of a-z A-Z 0-9 . _ -`);
}

/** Bytes of keys, values and headers. */
export function recordBytes({ key, value, headers = [] }: NewRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const header of headers) bytes += header.name.length + (header.value?.length ?? 0);
  return bytes;
}

/** Throws a RangeError for a number that no offset is. */
export function checkOffset(offset: number, doing: string): void {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new RangeError(`Cannot ${doing} offset ${offset}: expected a whole number from 0 up`);
  }
}

/** Throws a TypeError for what is no record. */
export function checkRecord({ value, key, timestampMs = 0 }: NewRecord): void {
  for (const [name, bytes] of [["value", value], ["key", key ?? null]] as const) {
    if (bytes !== null && !(bytes instanceof Uint8Array)) {
      throw new TypeError(`Cannot produce a record: its ${name} is ${typeof bytes}, expected bytes or null`);
    }
  }
  if (!Number.isSafeInteger(timestampMs)) {
    throw new TypeError(`Cannot produce a record: its timestampMs is ${timestampMs}, expected a whole number`);
  }
}
