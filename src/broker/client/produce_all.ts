import { isTinmanError } from "../../errors/mod.ts";
import { type NewRecord, type ProduceOptions, type QueueProducer, recordBytes } from "../queue.ts";

/** Bytes in one batch: well below what topics take that say nothing else (`max.message.bytes` is 1 MiB). */
const MAX_BATCH_BYTES = 512 * 1024;

/**
 * Adds records in their order, in as many batches as it takes; `onSent` hears how many of them are there. To one partition
 * they go even where the topic takes no batches of the usual length, record by record in the end.
 *
 * @throws {TinmanError} `TOO_LARGE` for a record that does not fit by itself: those before it are there.
 */
export async function produceAll(
  queue: QueueProducer,
  { topic, records, onSent = () => {}, ...options }: ProduceOptions & {
    readonly topic: string;
    readonly records: readonly NewRecord[];
    readonly onSent?: (count: number) => void;
  },
): Promise<void> {
  const send = async (batch: readonly NewRecord[]): Promise<void> => {
    try {
      await queue.produceBatch(topic, batch, options);
      onSent(batch.length);
    } catch (error) {
      // Of several partitions some may have taken theirs.
      if (batch.length === 1 || options.partition === undefined || !isTinmanError(error, "TOO_LARGE")) throw error;
      const half = batch.length >> 1;
      await send(batch.slice(0, half));
      await send(batch.slice(half));
    }
  };
  for (let at = 0; at < records.length;) {
    let [end, bytes] = [at + 1, recordBytes(records[at]!)];
    while (end < records.length && (bytes += recordBytes(records[end]!)) <= MAX_BATCH_BYTES) end++;
    await send(records.slice(at, end));
    at = end;
  }
}
