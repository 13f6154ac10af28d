import assert from "node:assert/strict";
import { VirtualClock } from "../../clock/mod.ts";
import { TinmanError } from "../../errors/mod.ts";
import { createRandom } from "../../random/mod.ts";
import { Cluster } from "../cluster.ts";
import type { Partition } from "../partition/partition.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { readBatch } from "../protocol/record_batch.ts";
import { writeBatch } from "../protocol/records.ts";
import { type FactKey, type Facts, forgetfulFacts } from "../storage/journal.ts";
import { Topic } from "../topic.ts";
import type { ProducerIdentity } from "./transactional_producer.ts";
import { Transactions, type TransactionsOptions } from "./transactions.ts";

Deno.test("Transactions: an end that the disk does not take is not acknowledged, and happens when it does", async () => {
  const { transactions, partition, disk, clock, committed } = open();
  const identity = begin(transactions, "tx");
  transactions.addPartitions("tx", identity, [{ topic: "t", index: 0 }]);
  transactions.addGroup("tx", identity, "g");
  transactions.commit("tx", "g", [{ topic: "t", index: 0, offset: 5, leaderEpoch: -1, metadata: null }]);
  write(partition, identity);
  disk.isFull = true;
  assert.equal(transactions.end("tx", identity, true), ERROR.CONCURRENT_TRANSACTIONS);
  // It is decided, so there is no way back; nobody sees it yet.
  assert.equal(transactions.end("tx", identity, false), ERROR.CONCURRENT_TRANSACTIONS);
  assert.equal(
    transactions.begin("tx", { timeoutMs: 1000, claim: undefined }).error,
    ERROR.CONCURRENT_TRANSACTIONS,
  );
  assert.deepEqual([partition.stableEnd, partition.log.next, committed.size], [0, 1, 0]);
  await clock.runTo(clock.now() + 5_000_000_000n);
  assert.equal(partition.stableEnd, 0);
  disk.isFull = false;
  await clock.runTo(clock.now() + 1_000_000_000n);
  assert.equal(transactions.end("tx", identity, true), ERROR.NONE);
  assert.deepEqual([partition.stableEnd, committed.get("g t/0")], [2, 5]);
  assert.equal(transactions.isPending("g", { topic: "t", index: 0 }), false);
});

Deno.test("Transactions: what the disk does not take was not promised, and may be asked again", () => {
  const { transactions, disk } = open();
  const identity = begin(transactions, "tx");
  disk.isFull = true;
  const partitions = [{ topic: "t", index: 0 }];
  assert.throws(() => transactions.addPartitions("tx", identity, partitions), /Cannot write/);
  assert.throws(() => transactions.begin("other", { timeoutMs: 1000, claim: undefined }), /Cannot write/);
  assert.equal(transactions.find("other"), undefined);
  disk.isFull = false;
  assert.equal(transactions.addPartitions("tx", identity, partitions), ERROR.NONE);
  assert.equal(transactions.end("tx", identity, true), ERROR.NONE);
});

Deno.test("Transactions that nobody knows of are given up when the broker starts", () => {
  const first = open();
  const identity = begin(first.transactions, "tx");
  first.transactions.addPartitions("tx", identity, [{ topic: "t", index: 0 }]);
  write(first.partition, identity);
  assert.equal(first.partition.stableEnd, 0);
  // Another one on the same partitions, whose facts were lost.
  const transactions = new Transactions(first);
  transactions.resume();
  assert.equal(first.partition.stableEnd, 2);
  assert.equal(first.partition.readCommitted(0, 1000).aborted.length, 1);
});

Deno.test("Transactions go on where they were when only what was kept is left", () => {
  const first = open();
  const identity = begin(first.transactions, "tx");
  first.transactions.addPartitions("tx", identity, [{ topic: "t", index: 0 }]);
  write(first.partition, identity);
  const { transactions } = open({ cluster: first.cluster, facts: first.disk });
  transactions.resume();
  assert.equal(first.partition.stableEnd, 0);
  assert.equal(transactions.end("tx", identity, true), ERROR.NONE);
  assert.deepEqual([first.partition.stableEnd, first.partition.readCommitted(0, 1000).aborted], [2, []]);
});

Deno.test("Transactions forgets the id that began least recently, never one whose transaction is open", () => {
  const { transactions, disk } = open({ maxIds: 2 });
  const busy = begin(transactions, "busy");
  transactions.addPartitions("busy", busy, [{ topic: "t", index: 0 }]);
  begin(transactions, "old");
  const last = begin(transactions, "new");
  assert.deepEqual([...transactions.all].map(({ id }) => id), ["busy", "new"]);
  assert.deepEqual([...disk.entries("transaction")].map(([[, id]]) => id), ["busy", "new"]);
  transactions.addPartitions("new", last, [{ topic: "t", index: 0 }]);
  const refused = transactions.begin("more", { timeoutMs: 1000, claim: undefined });
  assert.equal(refused.error, ERROR.COORDINATOR_NOT_AVAILABLE);
});

Deno.test("Transactions: when there are no epochs left, the number of a producer changes", () => {
  const { transactions, partition } = open({ facts: forgetfulFacts });
  let identity = begin(transactions, "tx");
  const { producerId } = identity;
  while (identity.epoch < 32_766) identity = begin(transactions, "tx");
  assert.equal(identity.producerId, producerId);
  transactions.addPartitions("tx", identity, [{ topic: "t", index: 0 }]);
  write(partition, identity);
  const next = begin(transactions, "tx");
  assert.deepEqual([next.producerId !== producerId, next.epoch, partition.stableEnd], [true, 0, 2]);
  transactions.addPartitions("tx", next, [{ topic: "t", index: 0 }]);
  write(partition, next);
  assert.equal(transactions.end("tx", next, true), ERROR.NONE);
  assert.deepEqual(partition.readCommitted(0, 1000).aborted, [{ producerId, firstOffset: 0 }]);
});

/** Facts in memory, on a disk that may be full. */
class Disk implements Facts {
  isFull = false;
  readonly #facts = new Map<string, unknown>();

  *entries(kind: string): Generator<readonly [FactKey, unknown], void> {
    for (const [key, value] of this.#facts) {
      const parsed = JSON.parse(key);
      if (parsed[0] === kind) yield [parsed, structuredClone(value)];
    }
  }

  get(key: FactKey): unknown {
    return this.#facts.get(JSON.stringify(key));
  }

  set(key: FactKey, value: unknown): void {
    if (this.isFull) {
      throw new TinmanError("WRITE_FAILED", "Cannot write: the disk is full", { path: "facts" });
    }
    this.#facts.set(JSON.stringify(key), JSON.parse(JSON.stringify(value)));
  }

  delete(key: FactKey): void {
    this.#facts.delete(JSON.stringify(key));
  }
}

function open(options: Partial<TransactionsOptions> = {}) {
  const clock = new VirtualClock(1_700_000_000_000_000_000n);
  const disk = new Disk();
  const cluster = options.cluster ?? new Cluster({ clock, random: createRandom("cluster") });
  const topic = cluster.findOrCreate("t", true);
  assert.ok(topic instanceof Topic);
  const committed = new Map<string, number>();
  const groups: TransactionsOptions["groups"] = {
    commit: (group, topic, index, { offset }) => void committed.set(`${group} ${topic}/${index}`, offset),
  };
  const transactions = new Transactions({ groups, facts: disk, ...options, cluster });
  return { transactions, partition: topic.partitions[0]!, disk, clock, groups, committed, cluster };
}

function begin(transactions: Transactions, id: string): ProducerIdentity {
  const { error, producerId, epoch } = transactions.begin(id, { timeoutMs: 60_000, claim: undefined });
  assert.equal(error, ERROR.NONE);
  return { producerId: producerId!, epoch: epoch! };
}

function write(partition: Partition, { producerId, epoch }: ProducerIdentity): void {
  const record = { key: null, value: new Uint8Array(), headers: [], timestampMs: 0 };
  const producer = { id: producerId, epoch, sequence: 0 };
  assert.equal(partition.append(readBatch(writeBatch([record], { transactional: true, producer }))).error, ERROR.NONE);
}
