import { TinmanError } from "../../errors/mod.ts";
import type { QueueAdmin, QueueConsumer, QueueRecord } from "../queue.ts";

/** Options of {@linkcode readTopic}. */
export interface ReadTopicOptions {
  /** Where to begin, unless the group has committed. @default {"earliest"} */
  readonly from?: "earliest" | "latest";
  /** Remembers how far it came under this name. @default {nothing is remembered} */
  readonly group?: string | undefined;
  /** Ends at the end that the topic has when it starts. @default {false: it waits for more} */
  readonly untilEnd?: boolean;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** Records of one partition, in order. */
export interface TopicBatch {
  /** Which, from 0 up. */
  readonly partition: number;
  /** One at least. */
  readonly records: readonly QueueRecord[];
}

/** Most records at a time. */
const MAX_RECORDS = 1000;
/** Most bytes that are fetched ahead, for all partitions together. */
const MAX_BYTES = 2 ** 24;

/**
 * The records of all partitions of a topic, as they come. Whoever asks for the next batch is done with the one before,
 * which is committed then: some may come twice, none is lost.
 *
 * @throws {TinmanError} `NOT_FOUND`, and whatever {@linkcode QueueConsumer.fetch} throws.
 */
export async function* readTopic(
  queue: QueueConsumer & Pick<QueueAdmin, "topics">,
  topic: string,
  options: ReadTopicOptions = {},
): AsyncGenerator<TopicBatch, void, undefined> {
  const { group, untilEnd = false, signal } = options;
  const found = (await queue.topics()).find((each) => each.name === topic);
  if (found === undefined) {
    throw new TinmanError("NOT_FOUND", `Cannot read topic ${topic}: it is not there`, { kind: "topic", id: topic });
  }
  const over = new AbortController();
  const end = () => over.abort();
  signal?.addEventListener("abort", end, { once: true });
  if (signal?.aborted) end();
  const maxBytes = Math.min(2 ** 20, Math.max(2 ** 16, Math.floor(MAX_BYTES / found.partitions)));
  const coming = new Map<Cursor, Promise<Fetched>>();
  const fetch = (cursor: Cursor) => {
    if (cursor.offset >= cursor.end || over.signal.aborted) return;
    const { partition, offset } = cursor;
    const waitMs = untilEnd ? 0 : 5000;
    const where = { partition, offset, maxRecords: MAX_RECORDS, maxBytes, waitMs, signal: over.signal };
    const fetching = queue.fetch(topic, where).then((records) => ({ cursor, records }));
    // It may fail while somebody is at work on another batch.
    fetching.catch(() => {});
    coming.set(cursor, fetching);
  };
  try {
    const partitions = Array.from({ length: found.partitions }, (_, partition) => partition);
    const cursors = await Promise.all(partitions.map((partition) => openCursor(queue, { topic, partition, options })));
    cursors.forEach(fetch);
    while (coming.size > 0) {
      const { cursor, records } = await Promise.race(coming.values());
      coming.delete(cursor);
      const { partition } = cursor;
      const own = records.filter(({ offset }) => offset < cursor.end);
      if (own.length > 0) yield { partition, records: own };
      // What is left at the end, such as marks of transactions, has no records.
      if (records.length > 0) cursor.offset = Math.min(records.at(-1)!.offset + 1, cursor.end);
      else if (untilEnd) cursor.offset = cursor.end;
      if (group !== undefined && own.length > 0) await queue.commit(group, topic, cursor.offset, { partition });
      fetch(cursor);
    }
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    end();
    signal?.removeEventListener("abort", end);
  }
}

/** How far a partition was read. */
interface Cursor {
  readonly partition: number;
  offset: number;
  readonly end: number;
}

interface Fetched {
  readonly cursor: Cursor;
  readonly records: readonly QueueRecord[];
}

async function openCursor(
  queue: QueueConsumer,
  { topic, partition, options }: {
    readonly topic: string;
    readonly partition: number;
    readonly options: ReadTopicOptions;
  },
): Promise<Cursor> {
  const { from = "earliest", group, untilEnd = false } = options;
  const range = await queue.offsets(topic, { partition });
  const committed = group === undefined ? undefined : await queue.committed(group, topic, { partition });
  // What was removed since the group was here, nobody can read any more.
  const offset = Math.max(committed ?? range[from], range.earliest);
  return { partition, offset, end: untilEnd ? range.latest : Infinity };
}
