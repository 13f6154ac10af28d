import assert from "node:assert/strict";
import fc from "fast-check";
import { createRandom } from "../../random/mod.ts";
import { startBroker, type TestClient } from "../_client_test.ts";
import { type Answered, type FetchedPartition, FetchSessions, type SessionRequest } from "./fetch_sessions.ts";
import { produceApi } from "../protocol/00_produce.ts";
import { fetchApi } from "../protocol/01_fetch.ts";
import type { Loose, RequestOf } from "../protocol/api.ts";
import { createTopicsApi } from "../protocol/19_create_topics.ts";
import { deleteRecordsApi } from "../protocol/21_delete_records.ts";
import { deleteTopicsApi } from "../protocol/20_delete_topics.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { readBatches } from "../protocol/record_batch.ts";
import { writeBatch } from "../protocol/records.ts";

const part = (partition: number, fetchOffset = 0, partitionMaxBytes = 2 ** 20) => ({
  partition,
  fetchOffset,
  partitionMaxBytes,
});

Deno.test("a fetch session gives only partitions with news: records, moved ends, errors", async () => {
  await using server = await startBroker();
  await using client = server.client();
  await createTopic(client, 3);
  const topics = [{ topic: "t", partitions: [part(0), part(1), part(2)] }];
  const first = await fetch(client, { sessionEpoch: 0, topics });
  assert.deepEqual([first.errorCode, indexes(first)], [0, [0, 1, 2]]);
  assert.ok(first.sessionId > 0);
  const { sessionId } = first;

  const none = await fetch(client, { sessionId, sessionEpoch: 1 });
  assert.deepEqual([none.errorCode, none.sessionId, none.topics], [0, sessionId, []]);
  await produce(client, 1, 2);
  assert.deepEqual(indexes(await fetch(client, { sessionId, sessionEpoch: 2 })), [1]);
  // It was not asked for more: the same records once more.
  assert.deepEqual(indexes(await fetch(client, { sessionId, sessionEpoch: 3 })), [1]);
  const moved = [{ topic: "t", partitions: [part(1, 2)] }];
  assert.deepEqual(indexes(await fetch(client, { sessionId, sessionEpoch: 4, topics: moved })), []);
  await client.ask(deleteRecordsApi, 2, {
    topics: [{ name: "t", partitions: [{ partitionIndex: 1, offset: 1 }] }],
  });
  assert.deepEqual(indexes(await fetch(client, { sessionId, sessionEpoch: 5 })), [1]);

  // Others go on with the session: it belongs to no connection.
  await using other = server.client();
  const outside = [{ topic: "t", partitions: [part(0, 99), part(7)] }];
  const failed = await fetch(other, { sessionId, sessionEpoch: 6, topics: outside });
  assert.deepEqual(errors(failed), [[0, ERROR.OFFSET_OUT_OF_RANGE], [7, ERROR.UNKNOWN_TOPIC_OR_PARTITION]]);
  const forgottenTopics = [{ topic: "t", partitions: [0] }];
  const again = await fetch(client, { sessionId, sessionEpoch: 7, forgottenTopics });
  assert.deepEqual(errors(again), [[7, ERROR.UNKNOWN_TOPIC_OR_PARTITION]]);
});

Deno.test("a fetch session ends by epoch -1, by a new one, and when nothing is left in it", async () => {
  await using server = await startBroker();
  await using client = server.client();
  await createTopic(client, 1);
  const topics = [{ topic: "t", partitions: [part(0)] }];
  const begin = async (sessionId = 0) => (await fetch(client, { sessionId, sessionEpoch: 0, topics })).sessionId;
  const isThere = async (sessionId: number) =>
    (await fetch(client, { sessionId, sessionEpoch: 99 })).errorCode === ERROR.INVALID_FETCH_SESSION_EPOCH;

  const one = await begin();
  assert.ok(await isThere(one));
  const two = await begin(one);
  assert.deepEqual([await isThere(one), await isThere(two)], [false, true]);
  // Without partitions nothing is waited for.
  const last = await fetch(client, { sessionId: two, sessionEpoch: -1, maxWaitMs: 60_000, minBytes: 1 });
  assert.deepEqual([last.sessionId, last.topics, await isThere(two)], [0, [], false]);
  const three = await begin();
  const forgottenTopics = [{ topic: "t", partitions: [0] }];
  const empty = await fetch(client, { sessionId: three, sessionEpoch: 1, forgottenTopics });
  assert.deepEqual([empty.errorCode, empty.sessionId, await isThere(three)], [0, 0, false]);
  const without = await fetch(client, { sessionEpoch: -1, topics });
  assert.deepEqual([without.sessionId, indexes(without)], [0, [0]]);
});

Deno.test("a fetch with a session that is not there, another epoch, or names in place of ids is refused", async () => {
  await using server = await startBroker();
  await using client = server.client();
  const topicId = await createTopic(client, 1);
  const byName = await fetch(client, { sessionEpoch: 0, topics: [{ topic: "t", partitions: [part(0)] }] });
  const byId = await fetch(client, { sessionEpoch: 0, topics: [{ topicId, partitions: [part(0)] }] }, 17);
  const refusals = [
    [await fetch(client, { sessionId: 0, sessionEpoch: 1 }), ERROR.FETCH_SESSION_ID_NOT_FOUND],
    [await fetch(client, { sessionId: 12345, sessionEpoch: 1 }), ERROR.FETCH_SESSION_ID_NOT_FOUND],
    [await fetch(client, { sessionId: byName.sessionId, sessionEpoch: 2 }), ERROR.INVALID_FETCH_SESSION_EPOCH],
    [await fetch(client, { sessionId: byName.sessionId, sessionEpoch: 1 }, 17), ERROR.FETCH_SESSION_TOPIC_ID_ERROR],
    [await fetch(client, { sessionId: byId.sessionId, sessionEpoch: 1 }, 12), ERROR.FETCH_SESSION_TOPIC_ID_ERROR],
  ] as const;
  for (const [answer, error] of refusals) assert.deepEqual([answer.errorCode, answer.topics], [error, []]);
  assert.equal((await fetch(client, { sessionId: byId.sessionId, sessionEpoch: 1 }, 17)).errorCode, 0);
  await client.ask(deleteTopicsApi, 6, { topics: [{ name: "t" }] });
  const gone = await fetch(client, { sessionId: byId.sessionId, sessionEpoch: 2 }, 17);
  assert.deepEqual(errors(gone), [[0, ERROR.UNKNOWN_TOPIC_ID]]);
});

Deno.test("a fetch in a session waits for records, and is refused when somebody else goes on meanwhile", async () => {
  await using server = await startBroker();
  await using client = server.client();
  await using other = server.client();
  await createTopic(client, 2);
  const topics = [{ topic: "t", partitions: [part(0), part(1)] }];
  const { sessionId } = await fetch(client, { sessionEpoch: 0, topics });
  const waiting = { sessionId, sessionEpoch: 1, maxWaitMs: 60_000, minBytes: 1, maxBytes: 2 ** 20 };
  const take = await client.send(fetchApi, 11, waiting);
  await produce(other, 1, 1);
  assert.deepEqual(indexes(await take()), [1]);
  const read = [{ topic: "t", partitions: [part(1, 1)] }];
  const second = await client.send(fetchApi, 11, { ...waiting, sessionEpoch: 2, topics: read });
  while ((await fetch(other, { sessionId, sessionEpoch: 3 })).errorCode !== 0);
  await produce(other, 0, 1);
  assert.equal((await second()).errorCode, ERROR.INVALID_FETCH_SESSION_EPOCH);
});

Deno.test("FetchSessions forgets the session that was used least recently, and keeps none that is too large", () => {
  const sessions = new FetchSessions({ random: createRandom("sessions"), maxSessions: 2, maxPartitions: 4 });
  const [a, b] = [open(sessions, ["a"]), open(sessions, ["b"])];
  assert.equal(typeof ask(sessions, { sessionId: a, sessionEpoch: 1 }), "object");
  const c = open(sessions, ["c"]);
  assert.equal(ask(sessions, { sessionId: b, sessionEpoch: 1 }), ERROR.FETCH_SESSION_ID_NOT_FOUND);
  assert.equal(typeof ask(sessions, { sessionId: a, sessionEpoch: 2 }), "object");
  assert.equal(open(sessions, ["1", "2", "3", "4", "5"]), 0);
  // Growing is counted too: it pushes the other one out, and then itself.
  assert.equal(typeof ask(sessions, { sessionId: a, sessionEpoch: 3, topics: named(["d", "e", "f"]) }), "object");
  assert.equal(ask(sessions, { sessionId: c, sessionEpoch: 1 }), ERROR.FETCH_SESSION_ID_NOT_FOUND);
  const more = ask(sessions, { sessionId: a, sessionEpoch: 4, topics: named(["g"]) });
  assert.deepEqual([more, sessions.size], [ERROR.FETCH_SESSION_ID_NOT_FOUND, 0]);
  assert.equal(open(sessions, ["n".repeat(250)]), 0);
  const full = open(sessions, ["1", "2", "3", "4"]);
  assert.ok(full > 0 && sessions.size === 1);
});

Deno.test("FetchSessions asks first for partitions whose turn has not come", () => {
  const sessions = new FetchSessions({ random: createRandom("turns") });
  const sessionId = open(sessions, ["a", "b", "c"]);
  const asked: string[] = [];
  for (let sessionEpoch = 1; sessionEpoch <= 6; sessionEpoch++) {
    const context = ask(sessions, { sessionId, sessionEpoch });
    if (typeof context === "number") throw new Error(`error ${context}`);
    const [first] = context.wanted;
    asked.push(first!.topic);
    context.finish(context.wanted.map((of) => answered(of, of === first ? 1 : 0)));
  }
  assert.deepEqual(asked, ["a", "b", "c", "a", "b", "c"]);
});

Deno.test("FetchSessions refuses an epoch that is below -1", () => {
  const sessions = new FetchSessions({ random: createRandom("below") });
  assert.equal(
    ask(sessions, { sessionId: open(sessions, ["a"]), sessionEpoch: -2 }),
    ERROR.INVALID_FETCH_SESSION_EPOCH,
  );
});

Deno.test("a fetch session gives the data that fetches without one give", async () => {
  const partition = fc.nat(2);
  const step = fc.oneof(
    fc.record({ kind: fc.constant("produce" as const), partition, count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant("forget" as const), partition }),
    fc.record({ kind: fc.constant("add" as const), partition }),
    fc.record({ kind: fc.constant("restart" as const) }),
    {
      arbitrary: fc.record({ kind: fc.constant("fetch" as const), maxBytes: fc.integer({ min: 1, max: 400 }) }),
      weight: 4,
    },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, byId) => {
      await using server = await startBroker();
      await using client = server.client();
      const topicId = await createTopic(client, 3);
      const reader = new SessionReader(client, byId ? { topicId } : { topic: "t" }, byId ? 17 : 11);
      for (const step of steps) {
        if (step.kind === "produce") await produce(client, step.partition, step.count);
        else if (step.kind === "forget") reader.wanted.delete(step.partition);
        else if (step.kind === "add") reader.wanted.add(step.partition);
        else if (step.kind === "restart") reader.sessionEpoch = 0;
        else await reader.fetch(step.maxBytes);
      }
      for (const each of [0, 1, 2]) reader.wanted.add(each);
      while (await reader.fetch(2 ** 20) > 0);
      const topics = [{ topic: "t", partitions: [part(0), part(1), part(2)] }];
      const full = (await fetch(client, { sessionEpoch: -1, topics })).topics[0]!.partitions;
      for (const { partition, highWatermark, records } of full) {
        assert.deepEqual(reader.read[partition], records!.toHex());
        assert.deepEqual(reader.ends[partition], highWatermark);
      }
    }),
    { numRuns: 60 },
  );
});

/** Reads as a client with sessions does: it says what has changed, and remembers what it was told. */
class SessionReader {
  readonly wanted = new Set([0, 1, 2]);
  /** What was read of each partition, in hexadecimal. */
  readonly read = ["", "", ""];
  /** The ends that were told. */
  readonly ends = [-1, -1, -1];
  sessionEpoch = 0;
  readonly #client: TestClient;
  readonly #topic: { readonly topic?: string; readonly topicId?: string };
  readonly #version: number;
  readonly #offsets = [0, 0, 0];
  readonly #sent = new Map<number, number>();
  #sessionId = 0;

  constructor(client: TestClient, topic: { readonly topic?: string; readonly topicId?: string }, version: number) {
    [this.#client, this.#topic, this.#version] = [client, topic, version];
  }

  /** The number of batches that came. */
  async fetch(maxBytes: number): Promise<number> {
    if (this.sessionEpoch === 0) this.#sent.clear();
    const changed = [...this.wanted].filter((each) => this.#sent.get(each) !== this.#offsets[each]);
    const forgotten = [...this.#sent.keys()].filter((each) => !this.wanted.has(each));
    for (const each of changed) this.#sent.set(each, this.#offsets[each]!);
    for (const each of forgotten) this.#sent.delete(each);
    const { sessionEpoch } = this;
    const answer = await fetch(this.#client, {
      sessionId: this.#sessionId,
      sessionEpoch,
      maxBytes,
      topics: [{ ...this.#topic, partitions: changed.map((each) => part(each, this.#offsets[each])) }],
      forgottenTopics: [{ ...this.#topic, partitions: forgotten }],
    }, this.#version);
    assert.equal(answer.errorCode, 0);
    if (sessionEpoch === 0) assert.deepEqual(new Set(indexes(answer)), this.wanted);
    this.#sessionId = answer.sessionId;
    this.sessionEpoch = answer.sessionId === 0 ? 0 : sessionEpoch + 1;
    let batches = 0;
    for (const { partition, errorCode, highWatermark, records } of answer.topics[0]?.partitions ?? []) {
      assert.equal(errorCode, 0);
      this.ends[partition] = highWatermark;
      for (const { baseOffset, lastOffsetDelta } of readBatches(records!)) {
        assert.equal(baseOffset, this.#offsets[partition]);
        this.#offsets[partition] = baseOffset + lastOffsetDelta + 1;
        batches++;
      }
      this.read[partition] += records!.toHex();
    }
    return batches;
  }
}

function open(sessions: FetchSessions, topics: readonly string[]): number {
  const context = ask(sessions, { sessionEpoch: 0, topics: named(topics) });
  if (typeof context === "number") throw new Error(`error ${context}`);
  const told = context.finish(context.wanted.map((of) => answered(of, 0)));
  if (typeof told === "number") throw new Error(`error ${told}`);
  return told.sessionId;
}

function ask(sessions: FetchSessions, request: Partial<SessionRequest>) {
  return sessions.begin({ sessionId: 0, sessionEpoch: 0, topics: [], forgottenTopics: [], ...request }, false);
}

function named(topics: readonly string[]): SessionRequest["topics"] {
  const rest = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, logStartOffset: -1, replicaDirectoryId: "" };
  return topics.map((topic) => ({ topic, topicId: "", partitions: [{ ...part(0), ...rest }] }));
}

function answered(of: FetchedPartition, length: number): Answered {
  return { of, answer: { errorCode: 0, highWatermark: 0, logStartOffset: 0, records: new Uint8Array(length) } };
}

type Fetch = Loose<RequestOf<typeof fetchApi>>;

function fetch(client: TestClient, request: Fetch, version = 11) {
  return client.ask(fetchApi, version, { maxWaitMs: 0, minBytes: 0, maxBytes: 2 ** 20, ...request });
}

type Fetched = Awaited<ReturnType<typeof fetch>>;

function indexes({ topics }: Fetched): number[] {
  return topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition));
}

function errors({ topics }: Fetched): [number, number][] {
  return topics.flatMap(({ partitions }) =>
    partitions.map(({ partition, errorCode }): [number, number] => [partition, errorCode])
  );
}

async function createTopic(client: TestClient, numPartitions: number): Promise<string> {
  const topics = [{ name: "t", numPartitions, replicationFactor: 1 }];
  return (await client.ask(createTopicsApi, 7, { topics })).topics[0]!.topicId;
}

async function produce(client: TestClient, index: number, count: number): Promise<void> {
  const value = new TextEncoder().encode("value");
  const records = writeBatch(Array.from({ length: count }, () => ({ value, key: null, headers: [], timestampMs: 5 })));
  const answer = await client.ask(produceApi, 7, {
    acks: -1,
    topics: [{ name: "t", partitions: [{ index, records }] }],
  });
  assert.equal(answer.topics[0]!.partitions[0]!.errorCode, 0);
}
