import assert from "node:assert/strict";
import fc from "fast-check";
import { VirtualClock } from "../../clock/mod.ts";
import { createMemoryFiles } from "../../files/mod.ts";
import { startBroker, type TestBroker, type TestClient } from "../_client_test.ts";
import { fetchValues, TestProducer } from "./_producer_test.ts";
import { metadataApi } from "../protocol/03_metadata.ts";
import { offsetFetchApi } from "../protocol/09_offset_fetch.ts";
import { addOffsetsToTxnApi } from "../protocol/25_add_offsets_to_txn.ts";
import { txnOffsetCommitApi } from "../protocol/28_txn_offset_commit.ts";
import { ERROR } from "../protocol/error_codes.ts";

// Goal: who reads committed records sees exactly those, in order, at every point of time, whatever producers do.
// Method: random steps of producers, good ones, restarted ones and those that do not know yet that they were shut out,
// beside a model of what each answer has to be; after each step all partitions are read from the start, and by a reader
// that goes on where it was. The broker ends, well or not, and another
// one is started on its files.

const PARTITIONS = [0, 1, 2];
const TIMEOUT_MS = 1000;

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("begin"), id: fc.nat({ max: 2 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("add"), who: fc.nat(), partition: fc.nat({ max: 2 }) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("send"),
      who: fc.nat(),
      partition: fc.nat({ max: 2 }),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("again"), who: fc.nat(), partition: fc.nat({ max: 2 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("plain"), partition: fc.nat({ max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("commit"), who: fc.nat(), partition: fc.nat({ max: 2 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("end"), who: fc.nat(), committed: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass"), ms: fc.integer({ min: 1, max: TIMEOUT_MS }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart"), orderly: fc.boolean() }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

Deno.test("whatever producers do, committed records are seen, in order, and no others", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60, size: "max" }), async (steps) => {
      const world = await World.open();
      try {
        for (const each of steps) {
          await world.take(each as Step);
          await world.check();
        }
        await world.settle();
      } finally {
        await world.close();
      }
    }),
    { numRuns: 30 },
  );
});

/** A transaction as the model knows it. */
interface Transaction {
  state: "open" | "committed" | "aborted";
  readonly startedMs: number;
  readonly partitions: Set<number>;
  readonly commits: Map<number, number>;
}

interface Id {
  /** Who is the producer now; nobody when it was shut out. */
  current: TestProducer | undefined;
  transaction: Transaction | undefined;
  /** How the last one ended, since the producer began. */
  last: boolean | undefined;
}

class World {
  readonly #files = createMemoryFiles();
  #clock = new VirtualClock(1_700_000_000_000_000_000n);
  #server!: TestBroker;
  #client!: TestClient;
  readonly #ids: Id[] = [0, 1, 2].map(() => ({ current: undefined, transaction: undefined, last: undefined }));
  readonly #producers: { readonly producer: TestProducer; readonly id: Id; sent: Map<number, [string[], number]> }[] =
    [];
  readonly #logs: { readonly value: string; readonly of: Transaction | undefined }[][] = PARTITIONS.map(() => []);
  readonly #readers = PARTITIONS.map(() => ({ next: 0, seen: [] as string[] }));
  readonly #committed = new Map<number, number>();
  #plain!: TestProducer;
  #value = 0;
  #steps = 0;

  static async open(): Promise<World> {
    const world = new World();
    await world.#start();
    await world.#plain.begin();
    await world.#client.ask(metadataApi, 5, { topics: [{ name: "t" }], allowAutoTopicCreation: true });
    return world;
  }

  async #start(): Promise<void> {
    this.#server = await startBroker({
      clock: this.#clock,
      files: this.#files,
      data: "data",
      sync: "never",
      defaultPartitions: PARTITIONS.length,
    });
    this.#client = this.#server.client();
    this.#plain ??= new TestProducer(this.#client, null);
    for (const { producer } of [...this.#producers, { producer: this.#plain }]) producer.client = this.#client;
  }

  async take(given: Step): Promise<void> {
    const step = given as Record<string, unknown> & { kind: string; partition: number };
    const { partition } = step;
    if (step.kind === "begin") return await this.#begin(step.id as number);
    if (step.kind === "pass") return await this.#pass(step.ms as number);
    if (step.kind === "restart") return await this.#restart(step.orderly as boolean);
    if (step.kind === "plain") {
      const value = `plain ${this.#value++}`;
      assert.equal((await this.#plain.send("t", partition, [value])).errorCode, ERROR.NONE);
      this.#logs[partition]!.push({ value, of: undefined });
      return;
    }
    if (this.#producers.length === 0) return;
    const actor = this.#producers[(step.who as number) % this.#producers.length]!;
    const { producer, id } = actor;
    const isCurrent = id.current === producer;
    switch (step.kind) {
      case "add": {
        const [error] = await producer.add("t", [partition]);
        assert.equal(error, isCurrent ? ERROR.NONE : ERROR.PRODUCER_FENCED);
        if (isCurrent) this.#openOf(id).partitions.add(partition);
        return;
      }
      case "send": {
        const values = Array.from({ length: step.count as number }, () => `${producer.id} ${this.#value++}`);
        const sequence = producer.sequences.get(`t/${partition}`) ?? 0;
        const { errorCode } = await producer.send("t", partition, values);
        const isIn = id.transaction?.partitions.has(partition) === true;
        assert.equal(
          errorCode,
          !isCurrent ? ERROR.INVALID_PRODUCER_EPOCH : isIn ? ERROR.NONE : ERROR.INVALID_TXN_STATE,
        );
        if (errorCode !== ERROR.NONE) return;
        actor.sent.set(partition, [values, sequence]);
        for (const value of values) this.#logs[partition]!.push({ value, of: id.transaction });
        return;
      }
      case "again": {
        // The answer was lost, so it comes again: it is put down once, whatever happened since.
        const sent = actor.sent.get(partition);
        if (sent === undefined) return;
        const { errorCode } = await producer.send("t", partition, sent[0], { sequence: sent[1] });
        if (isCurrent) assert.equal(errorCode, ERROR.NONE);
        return;
      }
      case "commit":
        return await this.#commit(producer, id, partition);
      case "end": {
        const committed = step.committed as boolean;
        const error = await producer.end(committed);
        const expected = !isCurrent
          ? ERROR.PRODUCER_FENCED
          : id.transaction !== undefined || id.last === committed
          ? ERROR.NONE
          : ERROR.INVALID_TXN_STATE;
        assert.equal(error, expected);
        if (isCurrent && id.transaction !== undefined) this.#end(id, committed);
        return;
      }
    }
  }

  /** What is read now is what the model says. */
  async check(): Promise<void> {
    for (const partition of PARTITIONS) {
      const log = this.#logs[partition]!;
      const undecided = log.findIndex(({ of }) => of?.state === "open");
      const expected = log.slice(0, undecided === -1 ? undefined : undecided)
        .filter(({ of }) => of === undefined || of.state === "committed").map(({ value }) => value);
      assert.deepEqual((await fetchValues(this.#client, "t", { partition })).values, expected);
      const reader = this.#readers[partition]!;
      // One batch or a few, so that it stops between any two.
      const maxBytes = 1 + this.#steps++ % 6 * 75;
      const { values, next } = await fetchValues(this.#client, "t", { partition, offset: reader.next, maxBytes });
      reader.next = next;
      reader.seen.push(...values);
      assert.deepEqual(reader.seen, expected.slice(0, reader.seen.length));
      const all = (await fetchValues(this.#client, "t", { partition, committed: false })).values;
      assert.deepEqual(all, log.map(({ value }) => value));
    }
    await this.#checkCommitted();
  }

  /** All transactions end, and then all that is left is seen, by our own client as well. */
  async settle(): Promise<void> {
    await this.#pass(TIMEOUT_MS);
    await this.check();
    await using queue = await this.#server.broker.connect();
    for (const partition of PARTITIONS) {
      const reader = this.#readers[partition]!;
      const { high } = await fetchValues(this.#client, "t", { partition });
      while (reader.next < high) await this.check();
      const seen: string[] = [];
      for (let offset = 0;;) {
        const records = await queue.fetch("t", { partition, offset, maxRecords: 2, waitMs: 0 });
        if (records.length === 0) break;
        seen.push(...records.map(({ value }) => new TextDecoder().decode(value!)));
        offset = records.at(-1)!.offset + 1;
      }
      assert.deepEqual(seen, reader.seen);
    }
  }

  async close(): Promise<void> {
    await this.#client.link.close();
    await this.#server.broker.stop();
  }

  async #begin(index: number): Promise<void> {
    const id = this.#ids[index]!;
    const producer = new TestProducer(this.#client, `id ${index}`);
    assert.equal(await producer.begin({ timeoutMs: TIMEOUT_MS }), ERROR.NONE);
    if (id.transaction !== undefined) this.#end(id, false);
    [id.current, id.last] = [producer, undefined];
    this.#producers.push({ producer, id, sent: new Map() });
  }

  async #commit(producer: TestProducer, id: Id, partition: number): Promise<void> {
    const { producerId, epoch } = producer.identity;
    const names = { transactionalId: producer.id!, producerId, producerEpoch: epoch, groupId: "g" };
    const added = await this.#client.ask(addOffsetsToTxnApi, 3, names);
    const isCurrent = id.current === producer;
    assert.equal(added.errorCode, isCurrent ? ERROR.NONE : ERROR.PRODUCER_FENCED);
    const committedOffset = this.#value++;
    const topics = [{ name: "t", partitions: [{ partitionIndex: partition, committedOffset }] }];
    const answer = await this.#client.ask(txnOffsetCommitApi, 3, { ...names, topics });
    const error = answer.topics[0]!.partitions[0]!.errorCode;
    assert.equal(error, isCurrent ? ERROR.NONE : ERROR.INVALID_PRODUCER_EPOCH);
    if (isCurrent) this.#openOf(id).commits.set(partition, committedOffset);
  }

  async #checkCommitted(): Promise<void> {
    const topics = [{ name: "t", partitionIndexes: PARTITIONS }];
    const answer = await this.#client.ask(offsetFetchApi, 7, { groupId: "g", topics, requireStable: true });
    for (const { partitionIndex, committedOffset, errorCode } of answer.topics[0]!.partitions) {
      const isPending = this.#ids.some(({ transaction }) => transaction?.commits.has(partitionIndex));
      const expected = isPending
        ? [-1, ERROR.UNSTABLE_OFFSET_COMMIT]
        : [this.#committed.get(partitionIndex) ?? -1, ERROR.NONE];
      assert.deepEqual([committedOffset, errorCode], expected);
    }
  }

  async #pass(ms: number): Promise<void> {
    await this.#clock.runTo(this.#clock.now() + BigInt(ms * 1e6));
    for (const id of this.#ids) {
      if (id.transaction === undefined || this.#nowMs() - id.transaction.startedMs < TIMEOUT_MS) continue;
      this.#end(id, false);
      id.current = undefined;
    }
  }

  /** The process ends, or is gone from one moment to the next; another one finds its files. */
  async #restart(orderly: boolean): Promise<void> {
    await this.#client.link.close();
    if (orderly) await this.#server.broker.stop();
    this.#clock = new VirtualClock(this.#clock.now());
    await this.#start();
  }

  #openOf(id: Id): Transaction {
    return id.transaction ??= {
      state: "open",
      startedMs: this.#nowMs(),
      partitions: new Set(),
      commits: new Map(),
    };
  }

  #end(id: Id, committed: boolean): void {
    const transaction = id.transaction!;
    transaction.state = committed ? "committed" : "aborted";
    if (committed) { for (const [partition, offset] of transaction.commits) this.#committed.set(partition, offset); }
    [id.transaction, id.last] = [undefined, committed];
  }

  #nowMs(): number {
    return Number(this.#clock.now() / 1_000_000n);
  }
}
