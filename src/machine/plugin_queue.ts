import { produceAll, readTopic } from "../broker/mod.ts";
import type { HeldQueue, QueueUse } from "../plugin/mod.ts";
import { openQueue } from "./queue.ts";

/** Opens a topic for a plugin: the client stays on this side of the border. */
export async function openPluginQueue({ queue: url, topic, options, signal }: QueueUse): Promise<HeldQueue> {
  const queue = await openQueue(url);
  const over = new AbortController();
  const batches = readTopic(queue, topic, { ...options, signal: AbortSignal.any([signal, over.signal]) });
  return {
    async read() {
      const { value, done } = await batches.next();
      if (done) return null;
      return value.records.map((record) => ({ ...record, partition: value.partition }));
    },
    send: (records) => produceAll(queue, { topic, records }),
    async close() {
      over.abort();
      await batches.return().catch(() => {});
      await queue.close();
    },
  };
}
