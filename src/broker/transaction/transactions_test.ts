import assert from "node:assert/strict";
import { startBroker, type TestBroker } from "../_client_test.ts";
import { fetchValues, TestProducer } from "./_producer_test.ts";
import { fetchApi } from "../protocol/01_fetch.ts";
import { listOffsetsApi } from "../protocol/02_list_offsets.ts";
import { metadataApi } from "../protocol/03_metadata.ts";
import { offsetFetchApi } from "../protocol/09_offset_fetch.ts";
import { createPartitionsApi } from "../protocol/37_create_partitions.ts";
import { addOffsetsToTxnApi } from "../protocol/25_add_offsets_to_txn.ts";
import { txnOffsetCommitApi } from "../protocol/28_txn_offset_commit.ts";
import { describeProducersApi } from "../protocol/61_describe_producers.ts";
import { describeTransactionsApi } from "../protocol/65_describe_transactions.ts";
import { listTransactionsApi } from "../protocol/66_list_transactions.ts";
import { ERROR } from "../protocol/error_codes.ts";

Deno.test("records of a transaction are seen when it commits, never when it is given up", async () => {
  await using server = await startBroker({ defaultPartitions: 2 });
  await using client = await clientOf(server);
  const producer = new TestProducer(client, "tx");
  assert.equal(await producer.begin(), ERROR.NONE);
  assert.deepEqual(await producer.add("t", [0, 1]), [0, 0]);
  await producer.send("t", 0, ["a", "b"]);
  assert.deepEqual(await fetchValues(client, "t"), { values: [], next: 0, stable: 0, high: 2 });
  assert.deepEqual((await fetchValues(client, "t", { committed: false })).values, ["a", "b"]);
  assert.equal(await producer.end(true), ERROR.NONE);
  assert.deepEqual(await fetchValues(client, "t"), { values: ["a", "b"], next: 3, stable: 3, high: 3 });
  // A marker lies in each partition that was named, written to or not.
  assert.equal((await fetchValues(client, "t", { partition: 1 })).high, 1);

  await producer.add("t", [0]);
  await producer.send("t", 0, ["c"]);
  assert.equal(await producer.end(false), ERROR.NONE);
  assert.deepEqual(await fetchValues(client, "t"), { values: ["a", "b"], next: 5, stable: 5, high: 5 });
  assert.deepEqual((await fetchValues(client, "t", { committed: false })).values, ["a", "b", "c"]);
  // In the middle of it, too.
  assert.deepEqual((await fetchValues(client, "t", { offset: 3 })).values, []);
});

Deno.test("what is not of the transaction waits behind its first record, and is never shown early", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  const [one, two] = [new TestProducer(client, "one"), new TestProducer(client, "two")];
  const plain = new TestProducer(client, null);
  for (const each of [one, two, plain]) await each.begin();
  await plain.send("t", 0, ["before"]);
  await one.add("t", [0]);
  await two.add("t", [0]);
  await one.send("t", 0, ["one"]);
  await plain.send("t", 0, ["between"]);
  await two.send("t", 0, ["two"]);
  assert.deepEqual((await fetchValues(client, "t")).values, ["before"]);
  await two.end(true);
  assert.deepEqual((await fetchValues(client, "t")).values, ["before"]);
  assert.deepEqual((await fetchValues(client, "t", { offset: 2 })).values, []);
  await one.end(false);
  assert.deepEqual((await fetchValues(client, "t")).values, ["before", "between", "two"]);
});

Deno.test("a fetch of committed records wakes when the transaction ends, not when it is written to", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  await using reader = server.client();
  const producer = new TestProducer(client, "tx");
  await producer.begin();
  await producer.add("t", [0]);
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
  const wanted = { maxWaitMs: 60_000, minBytes: 1, maxBytes: 1000, isolationLevel: 1 };
  let answered = false;
  const waiting = (await reader.send(fetchApi, 11, { ...wanted, topics: [{ topic: "t", partitions }] }))();
  void waiting.then(() => answered = true);
  await producer.send("t", 0, ["a"]);
  await producer.send("t", 0, ["b"]);
  assert.equal(answered, false);
  await producer.end(true);
  assert.equal((await waiting).topics[0]!.partitions[0]!.lastStableOffset, 3);
});

Deno.test("ListOffsets for committed records ends where what is decided ends", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  const producer = new TestProducer(client, "tx");
  const plain = new TestProducer(client, null);
  for (const each of [producer, plain]) await each.begin();
  await plain.send("t", 0, ["old"], { timestampMs: 100 });
  await producer.add("t", [0]);
  await producer.send("t", 0, ["new"], { timestampMs: 200 });
  const find = async (timestamp: number, isolationLevel: number) => {
    const topics = [{ name: "t", partitions: [{ index: 0, timestamp }] }];
    return (await client.ask(listOffsetsApi, 7, { replicaId: -1, isolationLevel, topics })).topics[0]!.partitions[0]!;
  };
  const offsets = async (timestamp: number) => [(await find(timestamp, 0)).offset, (await find(timestamp, 1)).offset];
  assert.deepEqual([await offsets(-1), await offsets(-2), await offsets(200), await offsets(-3)], [
    [2, 1],
    [0, 0],
    [1, -1],
    [1, 0],
  ]);
  await producer.end(true);
  assert.deepEqual([await offsets(-1), await offsets(200)], [[3, 3], [1, 1]]);
});

Deno.test("ListOffsets knows the times that mean something else since the versions that brought them, and no others", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  const producer = new TestProducer(client, null);
  await producer.begin();
  await producer.send("t", 0, ["a"], { timestampMs: 100 });
  const find = async (version: number, timestamp: number) => {
    const topics = [{ name: "t", partitions: [{ index: 0, timestamp }] }];
    const answer = await client.ask(listOffsetsApi, version, { replicaId: -1, isolationLevel: 0, topics });
    const { errorCode, offset } = answer.topics[0]!.partitions[0]!;
    return [errorCode, offset];
  };
  const expected = [[-1, 1, 1], [-2, 1, 0], [-3, 7, 0], [-4, 8, 0], [-5, 9, -1], [-6, 10, 0]] as const;
  for (const [time, since, offset] of expected) {
    for (const version of [1, 6, 7, 8, 9]) {
      // There are no tiers: nothing was moved to one (-5).
      const wanted = version >= since ? [ERROR.NONE, offset] : [ERROR.UNSUPPORTED_VERSION, -1];
      assert.deepEqual(await find(version, time), wanted, `${time} in version ${version}`);
    }
  }
});

Deno.test("a producer that begins anew shuts out the one before, and gives up what it left open", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  const zombie = new TestProducer(client, "tx");
  await zombie.begin();
  await zombie.add("t", [0]);
  await zombie.send("t", 0, ["lost"]);
  const next = new TestProducer(client, "tx");
  assert.equal(await next.begin(), ERROR.NONE);
  assert.equal(next.identity.producerId, zombie.identity.producerId);
  assert.ok(next.identity.epoch > zombie.identity.epoch);
  assert.deepEqual((await fetchValues(client, "t")).values, []);
  // It is told before anything else that its epoch is over, each request in the words of its version.
  assert.equal((await zombie.send("t", 0, ["x"])).errorCode, ERROR.INVALID_PRODUCER_EPOCH);
  assert.deepEqual(await zombie.add("t", [0]), [ERROR.PRODUCER_FENCED]);
  assert.deepEqual(await zombie.add("t", [0], 1), [ERROR.INVALID_PRODUCER_EPOCH]);
  assert.deepEqual([await zombie.end(true), await zombie.end(true, 1)], [
    ERROR.PRODUCER_FENCED,
    ERROR.INVALID_PRODUCER_EPOCH,
  ]);
  assert.deepEqual(
    [await zombie.begin({ claim: zombie.identity }), await zombie.begin({ claim: zombie.identity, version: 3 })],
    [ERROR.PRODUCER_FENCED, ERROR.INVALID_PRODUCER_EPOCH],
  );
  // Also where the new one has not been yet, and is at work.
  await next.add("t", [0]);
  assert.equal((await zombie.send("t", 0, ["x"])).errorCode, ERROR.INVALID_PRODUCER_EPOCH);
  await next.send("t", 0, ["kept"]);
  await next.end(true);
  assert.deepEqual((await fetchValues(client, "t")).values, ["kept"]);
});

Deno.test("a producer that says who it is begins anew once, however often it asks", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  const producer = new TestProducer(client, "tx");
  // Who says 0 and 0 says that it has none.
  assert.equal(await producer.begin({ claim: { producerId: 0, epoch: 0 } }), ERROR.NONE);
  assert.equal(await producer.begin({ claim: { producerId: 0, epoch: 0 } }), ERROR.NONE);
  const before = producer.identity;
  await producer.begin({ claim: before });
  const after = producer.identity;
  assert.deepEqual(after, { ...before, epoch: before.epoch + 1 });
  await producer.begin({ claim: before });
  assert.deepEqual(producer.identity, after);
  // What it was under another name is nothing here, and does not make it the producer that is here.
  const stranger = new TestProducer(client, "other");
  assert.equal(await stranger.begin({ claim: after }), ERROR.NONE);
  assert.equal(await stranger.begin({ claim: after }), ERROR.PRODUCER_FENCED);
  // A live transaction of its own is given up.
  await producer.add("t", [0]);
  await producer.send("t", 0, ["lost"]);
  assert.equal(await producer.begin({ claim: after }), ERROR.NONE);
  assert.deepEqual([producer.identity.epoch > after.epoch, (await fetchValues(client, "t")).stable], [true, 2]);
});

Deno.test("a transaction that is open for too long is given up, and its producer shut out", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  const producer = new TestProducer(client, "tx");
  const idle = server.clock.pending;
  await producer.begin({ timeoutMs: 5000 });
  await producer.add("t", [0]);
  await producer.send("t", 0, ["late"]);
  await pass(server, 4999);
  await producer.send("t", 0, ["in time"]);
  assert.equal((await fetchValues(client, "t")).stable, 0);
  await pass(server, 1);
  assert.deepEqual(await fetchValues(client, "t"), { values: [], next: 3, stable: 3, high: 3 });
  assert.equal((await producer.send("t", 0, ["x"])).errorCode, ERROR.INVALID_PRODUCER_EPOCH);
  assert.equal(await producer.end(true), ERROR.PRODUCER_FENCED);
  // The time of the next one begins with it.
  await producer.begin({ timeoutMs: 5000 });
  await pass(server, 10_000);
  await producer.add("t", [0]);
  await producer.send("t", 0, ["kept"]);
  await pass(server, 4999);
  assert.equal(await producer.end(true), ERROR.NONE);
  assert.deepEqual([(await fetchValues(client, "t")).values, server.clock.pending], [["kept"], idle]);
  for (const timeoutMs of [0, -1, 900_001]) {
    assert.equal(await producer.begin({ timeoutMs }), ERROR.INVALID_TRANSACTION_TIMEOUT);
  }
});

Deno.test("requests that do not fit are refused, and nothing is written", async () => {
  await using server = await startBroker({ defaultPartitions: 2 });
  await using client = await clientOf(server);
  const producer = new TestProducer(client, "tx");
  const nobody = new TestProducer(client, "nobody");
  nobody.identity = { producerId: 7, epoch: 0 };
  assert.deepEqual(
    [await nobody.add("t", [0]), await nobody.end(true), (await nobody.send("t", 0, ["x"])).errorCode],
    [[ERROR.INVALID_PRODUCER_ID_MAPPING], ERROR.INVALID_PRODUCER_ID_MAPPING, ERROR.INVALID_PRODUCER_ID_MAPPING],
  );
  await producer.begin();
  // Before it has begun, and where it was not named.
  assert.equal(await producer.end(true), ERROR.INVALID_TXN_STATE);
  assert.equal((await producer.send("t", 0, ["x"])).errorCode, ERROR.INVALID_TXN_STATE);
  await producer.add("t", [0]);
  assert.equal((await producer.send("t", 1, ["x"])).errorCode, ERROR.INVALID_TXN_STATE);
  assert.deepEqual(await producer.add("t", [1, 9]), [ERROR.OPERATION_NOT_ATTEMPTED, ERROR.UNKNOWN_TOPIC_OR_PARTITION]);
  // As no part of a transaction that is open here, and as part of one without its name.
  await producer.send("t", 0, ["a"]);
  assert.equal((await producer.send("t", 0, ["x"], { transactional: false })).errorCode, ERROR.INVALID_TXN_STATE);
  const nameless = new TestProducer(client, null);
  await nameless.begin();
  const refused = await nameless.send("t", 0, ["x"], { transactional: true });
  assert.equal(refused.errorCode, ERROR.TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
  // Ended once, it is ended; the other end is not possible any more.
  assert.deepEqual([await producer.end(true), await producer.end(true)], [ERROR.NONE, ERROR.NONE]);
  assert.equal(await producer.end(false), ERROR.INVALID_TXN_STATE);
  assert.deepEqual((await fetchValues(client, "t")).values, ["a"]);
  assert.equal(await new TestProducer(client, "").begin(), ERROR.INVALID_REQUEST);
});

Deno.test("offsets of a transaction count when it commits; until then they are not stable", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  const producer = new TestProducer(client, "tx");
  await producer.begin();
  const names = () => ({
    transactionalId: "tx",
    producerId: producer.identity.producerId,
    producerEpoch: producer.identity.epoch,
    groupId: "g",
  });
  const commit = async (committedOffset: number, version = 4) => {
    const topics = [{ name: "t", partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: "m" }] }];
    const answer = await client.ask(txnOffsetCommitApi, version, { ...names(), topics });
    return answer.topics[0]!.partitions[0]!.errorCode;
  };
  const committed = async (requireStable: boolean) => {
    const topics = [{ name: "t", partitionIndexes: [0] }];
    const answer = await client.ask(offsetFetchApi, 8, { groups: [{ groupId: "g", topics }], requireStable });
    const { committedOffset, errorCode } = answer.groups[0]!.topics[0]!.partitions[0]!;
    return [committedOffset, errorCode];
  };
  assert.equal(await commit(5), ERROR.INVALID_TXN_STATE);
  const add = () => client.ask(addOffsetsToTxnApi, 3, names());
  assert.equal((await add()).errorCode, ERROR.NONE);
  assert.equal(await commit(5), ERROR.NONE);
  assert.equal(await commit(6, 2), ERROR.NONE);
  assert.deepEqual(await committed(false), [-1, ERROR.NONE]);
  assert.deepEqual(await committed(true), [-1, ERROR.UNSTABLE_OFFSET_COMMIT]);
  await producer.end(true);
  assert.deepEqual([await committed(true), await committed(false)], [[6, ERROR.NONE], [6, ERROR.NONE]]);
  await add();
  await commit(9);
  await producer.end(false);
  assert.deepEqual(await committed(true), [6, ERROR.NONE]);
  // Of a producer that was shut out.
  await add();
  await commit(9);
  await new TestProducer(client, "tx").begin();
  assert.deepEqual([await commit(9), await committed(true)], [ERROR.INVALID_PRODUCER_EPOCH, [6, ERROR.NONE]]);
});

Deno.test("topics may come and go while a transaction is open", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  const producer = new TestProducer(client, "tx");
  await producer.begin();
  const grown = [{ name: "t", count: 2, assignments: null }];
  await client.ask(createPartitionsApi, 2, { topics: grown, timeoutMs: 0 });
  await client.ask(metadataApi, 5, { topics: [{ name: "gone" }], allowAutoTopicCreation: true });
  await producer.add("t", [1]);
  await producer.add("gone", [0]);
  await producer.send("t", 1, ["a"]);
  await producer.send("gone", 0, ["a"]);
  await using queue = await server.broker.connect();
  await queue.deleteTopic("gone");
  assert.equal(await producer.end(true), ERROR.NONE);
  assert.deepEqual((await fetchValues(client, "t", { partition: 1 })).values, ["a"]);
});

Deno.test("tools see transactions and producers", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  const [open, done] = [new TestProducer(client, "open"), new TestProducer(client, "done")];
  for (const each of [open, done]) {
    await each.begin({ timeoutMs: 30_000 });
    await each.add("t", [0]);
    await each.send("t", 0, ["a", "b"]);
  }
  await done.end(true);
  await pass(server, 1000);
  const list = async (filter: object) => {
    const { transactionStates, unknownStateFilters } = await client.ask(listTransactionsApi, 1, filter);
    return [transactionStates.map(({ transactionalId }) => transactionalId), unknownStateFilters];
  };
  assert.deepEqual(await list({}), [["open", "done"], []]);
  assert.deepEqual(await list({ stateFilters: ["CompleteCommit", "Nonsense"] }), [["done"], ["Nonsense"]]);
  assert.deepEqual(await list({ producerIdFilters: [open.identity.producerId] }), [["open"], []]);
  assert.deepEqual([await list({ durationFilter: 999 }), await list({ durationFilter: 1000 })], [[["open"], []], [
    [],
    [],
  ]]);
  const described = await client.ask(describeTransactionsApi, 0, { transactionalIds: ["open", "nobody"] });
  assert.deepEqual(described.transactionStates[0], {
    errorCode: ERROR.NONE,
    transactionalId: "open",
    transactionState: "Ongoing",
    transactionTimeoutMs: 30_000,
    transactionStartTimeMs: 1_700_000_000_000,
    producerId: open.identity.producerId,
    producerEpoch: 0,
    topics: [{ topic: "t", partitions: [0] }],
  });
  assert.equal(described.transactionStates[1]!.errorCode, ERROR.TRANSACTIONAL_ID_NOT_FOUND);
  const topics = [{ name: "t", partitionIndexes: [0, 5] }];
  const producers = (await client.ask(describeProducersApi, 0, { topics })).topics[0]!.partitions;
  assert.equal(producers[1]!.errorCode, ERROR.UNKNOWN_TOPIC_OR_PARTITION);
  assert.deepEqual(
    producers[0]!.activeProducers.map(({ lastSequence, coordinatorEpoch, currentTxnStartOffset }) => [
      lastSequence,
      coordinatorEpoch,
      currentTxnStartOffset,
    ]),
    [[1, -1, 0], [1, 0, -1]],
  );
});

Deno.test("KafkaQueueClient sees committed records only, however much was given up between them", async () => {
  await using server = await startBroker();
  await using client = await clientOf(server);
  const producer = new TestProducer(client, "tx");
  await producer.begin();
  const value = "x".repeat(500);
  for (let i = 0; i < 40; i++) {
    await producer.add("t", [0]);
    for (let j = 0; j < 5; j++) await producer.send("t", 0, [`${i} ${value}`]);
    await producer.end(i % 20 === 19);
  }
  await using queue = await server.broker.connect();
  const seen: string[] = [];
  // A fetch takes less than lies between the records that are to be seen, and no time passes.
  for (let offset = 0;;) {
    const records = await queue.fetch("t", { offset, maxBytes: 2000, waitMs: 0 });
    if (records.length === 0) break;
    seen.push(...records.map(({ value }) => new TextDecoder().decode(value!).split(" ")[0]!));
    offset = records.at(-1)!.offset + 1;
  }
  assert.deepEqual(seen, [..."19 ".repeat(5).trim().split(" "), ..."39 ".repeat(5).trim().split(" ")]);
});

Deno.test("a broker that is stopped and started goes on with open transactions", async () => {
  const server = await startBroker();
  const client = await clientOf(server);
  const idle = server.clock.pending;
  const producer = new TestProducer(client, "tx");
  await producer.begin({ timeoutMs: 5000 });
  await producer.add("t", [0]);
  await producer.send("t", 0, ["late"]);
  await server.broker.stop();
  assert.equal(server.clock.pending, 0);
  await server.broker.start();
  assert.equal(server.clock.pending, idle + 1);
  await pass(server, 5000);
  await using queue = await server.broker.connect();
  assert.deepEqual(await queue.fetch("t", { offset: 0, waitMs: 0 }), []);
  assert.equal(server.clock.pending, idle);
  await client.link.close();
  await server.broker.stop();
});

async function clientOf(server: TestBroker) {
  const client = server.client();
  await client.ask(metadataApi, 5, { topics: [{ name: "t" }], allowAutoTopicCreation: true });
  return client;
}

async function pass({ clock }: TestBroker, ms: number): Promise<void> {
  await clock.runTo(clock.now() + BigInt(ms * 1e6));
}
