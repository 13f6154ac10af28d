import assert from "node:assert/strict";
import { TinmanError } from "../../errors/mod.ts";
import { produceAll } from "./produce_all.ts";
import type { NewRecord, QueueProducer } from "../queue.ts";

/** A topic that takes batches of so many bytes, and what it was given. */
function create(maxBytes: number) {
  const batches: number[][] = [];
  const queue: Pick<QueueProducer, "produceBatch"> = {
    produceBatch(_topic, records) {
      const sizes = records.map(({ value }) => value!.length);
      if (sizes.reduce((sum, size) => sum + size) > maxBytes) {
        return Promise.reject(new TinmanError("TOO_LARGE", "Cannot", { limit: maxBytes, actual: NaN }));
      }
      batches.push(sizes);
      return Promise.resolve([]);
    },
  };
  return { batches, queue: queue as QueueProducer };
}

const ofSizes = (...sizes: number[]): NewRecord[] => sizes.map((size) => ({ value: new Uint8Array(size) }));

Deno.test("produceAll() sends in order, half a MiB at a time, and a larger record by itself", async () => {
  const { batches, queue } = create(2 ** 20);
  const k = 1024;
  let sent = 0;
  const records = ofSizes(300 * k, 200 * k, 100 * k, 900 * k, 1, 2);
  await produceAll(queue, { topic: "t", records, onSent: (count) => sent += count });
  assert.deepEqual(batches, [[300 * k, 200 * k], [100 * k], [900 * k], [1, 2]]);
  assert.equal(sent, 6);
  await produceAll(queue, { topic: "t", records: [] });
  assert.equal(batches.length, 4);
});

Deno.test("produceAll() to one partition goes on in smaller batches where the topic takes no larger ones", async () => {
  const { batches, queue } = create(10);
  await produceAll(queue, { topic: "t", partition: 0, records: ofSizes(4, 4, 4, 9, 1, 1) });
  assert.deepEqual(batches.flat(), [4, 4, 4, 9, 1, 1]);
  const sent: number[] = [];
  const records = ofSizes(1, 2, 11, 3);
  const sending = produceAll(queue, { topic: "t", partition: 0, records, onSent: (count) => sent.push(count) });
  await assert.rejects(sending, { code: "TOO_LARGE" });
  assert.deepEqual(sent, [2]);
  // What went to some of several partitions must not go there twice.
  const before = batches.length;
  await assert.rejects(produceAll(queue, { topic: "t", records: ofSizes(6, 6) }), { code: "TOO_LARGE" });
  assert.equal(batches.length, before);
});
