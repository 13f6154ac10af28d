import type { TestClient } from "../_client_test.ts";
import { produceApi } from "../protocol/00_produce.ts";
import { fetchApi } from "../protocol/01_fetch.ts";
import { initProducerIdApi } from "../protocol/22_init_producer_id.ts";
import { addPartitionsToTxnApi } from "../protocol/24_add_partitions_to_txn.ts";
import { endTxnApi } from "../protocol/26_end_txn.ts";
import { BATCH_HEADER, readBatches } from "../protocol/record_batch.ts";
import { readRecords, writeBatch } from "../protocol/records.ts";
import type { ProducerIdentity } from "./transactional_producer.ts";

const text = new TextEncoder();

/** A transactional producer that does what it is told, also what a good one would not do. */
export class TestProducer {
  client: TestClient;
  readonly id: string | null;
  identity: ProducerIdentity = { producerId: -1, epoch: -1 };
  /** The next sequence number, by `topic/partition`. */
  readonly sequences = new Map<string, number>();

  constructor(client: TestClient, id: string | null) {
    [this.client, this.id] = [client, id];
  }

  /** Begins, also anew. The error. */
  async begin({ timeoutMs = 60_000, version = 5, claim = { producerId: -1, epoch: -1 } } = {}): Promise<number> {
    const answer = await this.client.ask(initProducerIdApi, version, {
      transactionalId: this.id,
      transactionTimeoutMs: timeoutMs,
      producerId: claim.producerId,
      producerEpoch: claim.epoch,
    });
    if (answer.errorCode === 0) {
      this.identity = { producerId: answer.producerId, epoch: answer.producerEpoch };
      this.sequences.clear();
    }
    return answer.errorCode;
  }

  /** Takes partitions of a topic into the transaction. The errors. */
  async add(name: string, partitions: readonly number[], version = 3): Promise<number[]> {
    const answer = await this.client.ask(addPartitionsToTxnApi, version, {
      ...this.#named(),
      topics: [{ name, partitions }],
    });
    return answer.results.flatMap(({ results }) => results.map(({ errorCode }) => errorCode));
  }

  /** Writes records. The error, and the offset of the first. */
  async send(name: string, index: number, values: readonly string[], {
    transactional = this.id !== null,
    sequence = this.sequences.get(`${name}/${index}`) ?? 0,
    timestampMs = 5,
    identity = this.identity,
  } = {}): Promise<{ errorCode: number; baseOffset: number }> {
    const records = writeBatch(
      values.map((value) => ({ value: text.encode(value), key: null, headers: [], timestampMs })),
      { transactional, producer: { id: identity.producerId, epoch: identity.epoch, sequence } },
    );
    const answer = await this.client.ask(produceApi, 9, {
      transactionalId: transactional ? this.id : null,
      acks: -1,
      timeoutMs: 1000,
      topics: [{ name, partitions: [{ index, records }] }],
    });
    const { errorCode, baseOffset } = answer.topics[0]!.partitions[0]!;
    if (errorCode === 0) this.sequences.set(`${name}/${index}`, sequence + values.length);
    return { errorCode, baseOffset };
  }

  /** Ends the transaction. The error. */
  async end(committed: boolean, version = 4): Promise<number> {
    return (await this.client.ask(endTxnApi, version, { ...this.#named(), committed })).errorCode;
  }

  #named() {
    return { transactionalId: this.id ?? "", producerId: this.identity.producerId, producerEpoch: this.identity.epoch };
  }
}

/** What a client makes of a fetch with this isolation: the values that it would see. */
export async function fetchValues(
  client: TestClient,
  topic: string,
  { partition = 0, offset = 0, committed = true, maxBytes = 2 ** 20 } = {},
): Promise<{ values: string[]; next: number; stable: number; high: number }> {
  const partitions = [{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes }];
  const isolationLevel = committed ? 1 : 0;
  const wanted = { maxWaitMs: 0, minBytes: 0, maxBytes, isolationLevel, topics: [{ topic, partitions }] };
  const answer = await client.ask(fetchApi, 11, wanted);
  const found = answer.topics[0]!.partitions[0]!;
  if (found.errorCode !== 0) throw new Error(`error ${found.errorCode}`);
  // As the Java client does it: a transaction is left out from its first offset to the next marker of its producer.
  const aborted = [...found.abortedTransactions ?? []].sort((a, b) => a.firstOffset - b.firstOffset);
  const left = new Set<number>();
  const values: string[] = [];
  let next = offset;
  for (const batch of readBatches(found.records!)) {
    const last = batch.baseOffset + batch.lastOffsetDelta;
    next = last + 1;
    while (aborted[0] !== undefined && aborted[0].firstOffset <= last) left.add(aborted.shift()!.producerId);
    const isControl = (batch.attributes & 0x20) !== 0;
    if (isControl) left.delete(batch.producerId);
    if (isControl || (batch.attributes & 0x10) !== 0 && left.has(batch.producerId)) continue;
    for (const record of readRecords(batch, batch.bytes.subarray(BATCH_HEADER))) {
      if (record.offset >= offset) values.push(new TextDecoder().decode(record.value!));
    }
  }
  return { values, next, stable: found.lastStableOffset, high: found.highWatermark };
}
