import assert from "node:assert/strict";
import type { NewRecord, QueueBroker, QueueClient, QueueRecord } from "../broker/mod.ts";
import { type ErrorCode, isTinmanError } from "../errors/mod.ts";
import type { TestFunction } from "./clock_suite.ts";

/** Options of {@linkcode testQueue}. */
export interface QueueSuiteOptions {
  /** What the names of the tests begin with. */
  readonly name: string;
  /** `Deno.test`, or the same of another runner. */
  readonly test: TestFunction;
  /** A broker that is not running, with nothing in it; stopped and disposed after the test. */
  open(): QueueBroker | Promise<QueueBroker>;
  /** Lets time pass while something waits for it. @default {real time passes by itself} */
  readonly pass?: (broker: QueueBroker, ms: number) => Promise<void>;
}

/** What every queue promises its clients, as tests. */
export function testQueue(options: QueueSuiteOptions): void {
  const { pass = () => Promise.resolve() } = options;
  const test = (promise: string, run: (client: QueueClient, broker: QueueBroker) => Promise<void>) =>
    options.test(`${options.name}: ${promise}`, async () => {
      await using broker = await options.open();
      await broker.start();
      await using client = await broker.connect();
      await run(client, broker);
    });
  const fetchNow = (client: QueueClient, topic: string, offset = 0) => client.fetch(topic, { offset, waitMs: 0 });

  test("a record comes back as it was given, with its place and a time", async (client) => {
    const record: Required<NewRecord> = {
      key: encode("k"),
      value: encode("v"),
      headers: [{ name: "a", value: encode("1") }, { name: "a", value: null }],
      timestampMs: 1_700_000_000_123,
    };
    assert.deepEqual(await client.produce("t", record), { partition: 0, offset: 0 });
    assert.deepEqual(await fetchNow(client, "t"), [{ ...record, offset: 0 }]);
    await client.produce("t", { value: null });
    const [second] = await fetchNow(client, "t", 1);
    assert.deepEqual([second!.key, second!.value, second!.headers], [null, null, []]);
    assert.ok(Number.isInteger(second!.timestampMs));
  });

  test("places in a partition follow each other, whoever produces", async (client, broker) => {
    await using other = await broker.connect();
    const put = (from: QueueClient, text: string) => from.produce("t", { value: encode(text) });
    const places = await Promise.all([put(client, "a"), put(other, "b"), put(client, "c")]);
    assert.deepEqual(places.map(({ offset }) => offset).sort(), [0, 1, 2]);
    assert.deepEqual((await fetchNow(other, "t")).map(({ offset }) => offset), [0, 1, 2]);
  });

  test("a batch is put down in order, and an empty one is nothing", async (client) => {
    await client.createTopic("t");
    assert.deepEqual(await client.produceBatch("t", []), []);
    const places = await client.produceBatch("t", ["a", "b", "c"].map((text) => ({ value: encode(text) })));
    assert.deepEqual(places.map(({ offset }) => offset), [0, 1, 2]);
    assert.deepEqual(texts(await fetchNow(client, "t")), ["a", "b", "c"]);
  });

  test("partitions are apart; equal keys go to one, records without a key to all", async (client) => {
    await client.createTopic("t", { partitions: 3 });
    await client.produce("t", { value: encode("here") }, { partition: 2 });
    assert.deepEqual(await client.fetch("t", { partition: 0, waitMs: 0 }), []);
    assert.deepEqual(texts(await client.fetch("t", { partition: 2, waitMs: 0 })), ["here"]);
    const keyed = await client.produceBatch("t", [1, 2, 3].map(() => ({ key: encode("same"), value: encode("x") })));
    assert.equal(new Set(keyed.map(({ partition }) => partition)).size, 1);
    const used = new Set<number>();
    for (let i = 0; i < 30; i++) used.add((await client.produce("t", { value: encode("y") })).partition);
    assert.deepEqual([...used].sort(), [0, 1, 2]);
  });

  test("fetch() begins at the offset and gives no more than was asked", async (client) => {
    await client.produceBatch("t", Array.from({ length: 10 }, (_, i) => ({ value: encode(`${i}`) })));
    assert.deepEqual(texts(await client.fetch("t", { offset: 4, maxRecords: 3, waitMs: 0 })), ["4", "5", "6"]);
    const bytes = (await client.fetch("t", { maxBytes: 4, waitMs: 0 })).length;
    assert.ok(bytes >= 1 && bytes <= 4, `${bytes} records of one byte for four bytes`);
    assert.equal((await client.fetch("t", { offset: 3, maxBytes: 1, waitMs: 0 }))[0]!.offset, 3);
    assert.deepEqual(await client.fetch("t", { offset: "latest", waitMs: 0 }), []);
  });

  test("fetch() waits for the next record", async (client, broker) => {
    await using other = await broker.connect();
    await client.createTopic("t");
    const waiting = client.fetch("t", { offset: "latest", waitMs: 60_000 });
    // What was asked for first is served first, so the fetch is waiting when this one has come back.
    await client.checkHealth();
    await other.produce("t", { value: encode("late") });
    assert.deepEqual(texts(await waiting), ["late"]);
  });

  test("fetch() gives an empty list when nothing came in time", async (client, broker) => {
    await client.createTopic("t");
    const waiting = client.fetch("t", { waitMs: 20 });
    await pass(broker, 20);
    assert.deepEqual(await waiting, []);
  });

  test("what goes wrong is an error, never an empty list", async (client) => {
    await rejects(() => fetchNow(client, "nowhere"), "NOT_FOUND");
    await rejects(() => client.offsets("nowhere"), "NOT_FOUND");
    await client.produce("t", { value: encode("a") });
    await rejects(() => client.fetch("t", { partition: 7, waitMs: 0 }), "NOT_FOUND");
    await rejects(() => client.produce("t", { value: null }, { partition: 7 }), "NOT_FOUND");
    await rejects(() => fetchNow(client, "t", 2), "OUT_OF_RANGE");
    await assert.rejects(() => client.produce("a topic", { value: null }), TypeError);
    await assert.rejects(() => client.commit("g", "t", -1), RangeError);
  });

  test("a wait ends by its signal, with its reason", async (client) => {
    await client.createTopic("t");
    const stop = new AbortController();
    const waiting = client.fetch("t", { waitMs: 60_000, signal: stop.signal });
    const reason = new Error("enough");
    stop.abort(reason);
    await assert.rejects(waiting, (error) => error === reason);
    await assert.rejects(client.fetch("t", { waitMs: 0, signal: stop.signal }), (error) => error === reason);
  });

  test("offsets() says what is kept, offsetAt() where a time begins", async (client) => {
    await client.createTopic("t");
    assert.deepEqual(await client.offsets("t"), { earliest: 0, latest: 0 });
    assert.equal(await client.offsetAt("t", 0), undefined);
    await client.produceBatch("t", [10, 20, 30].map((timestampMs) => ({ value: encode("x"), timestampMs })));
    assert.deepEqual(await client.offsets("t"), { earliest: 0, latest: 3 });
    const found = await Promise.all([5, 20, 21, 31].map((timeMs) => client.offsetAt("t", timeMs)));
    assert.deepEqual(found, [0, 1, 2, undefined]);
  });

  test("what one client committed the others see, by group and partition", async (client, broker) => {
    await using other = await broker.connect();
    await client.createTopic("t", { partitions: 2 });
    assert.equal(await client.committed("g", "t"), undefined);
    await client.commit("g", "t", 5);
    assert.equal(await other.committed("g", "t"), 5);
    assert.equal(await other.committed("g", "t", { partition: 1 }), undefined);
    assert.equal(await other.committed("h", "t"), undefined);
    await other.commit("g", "t", 3);
    assert.equal(await client.committed("g", "t"), 3);
  });

  test("who goes on where its group stopped gets each record once", async (client) => {
    await client.produceBatch("t", Array.from({ length: 25 }, (_, i) => ({ value: encode(`${i}`) })));
    const seen: string[] = [];
    for (let at = 0; at < 25; at = await client.committed("g", "t") ?? 0) {
      const records = await client.fetch("t", { offset: at, maxRecords: 10, waitMs: 0 });
      seen.push(...texts(records));
      await client.commit("g", "t", records.at(-1)!.offset + 1);
    }
    assert.deepEqual(seen, Array.from({ length: 25 }, (_, i) => `${i}`));
  });

  test("deleted records are gone, and the others keep their places", async (client) => {
    await client.produceBatch("t", Array.from({ length: 10 }, (_, i) => ({ value: encode(`${i}`) })));
    assert.equal(await client.deleteRecords("t", 7), 7);
    assert.equal(await client.deleteRecords("t", 3), 7);
    assert.deepEqual(await client.offsets("t"), { earliest: 7, latest: 10 });
    assert.deepEqual(texts(await client.fetch("t", { waitMs: 0 })), ["7", "8", "9"]);
    await rejects(() => fetchNow(client, "t", 6), "OUT_OF_RANGE");
    await rejects(() => client.deleteRecords("t", 11), "OUT_OF_RANGE");
    assert.equal(await client.deleteRecords("t", 10), 10);
    assert.equal((await client.produce("t", { value: encode("next") })).offset, 10);
  });

  test("topics are made once, listed by name, and deleted with all that is known of them", async (client) => {
    assert.equal(await client.createTopic("b", { partitions: 2 }), true);
    assert.equal(await client.createTopic("b", { partitions: 2 }), false);
    await rejects(() => client.createTopic("b", { partitions: 3 }), "EXISTS");
    await client.createTopic("a");
    assert.deepEqual(await client.topics(), [{ name: "a", partitions: 1 }, { name: "b", partitions: 2 }]);
    await client.produce("a", { value: encode("x") });
    await client.commit("g", "a", 1);
    assert.equal(await client.deleteTopic("a"), true);
    assert.equal(await client.deleteTopic("a"), false);
    await client.createTopic("a");
    assert.deepEqual(await client.offsets("a"), { earliest: 0, latest: 0 });
    assert.equal(await client.committed("g", "a"), undefined);
  });

  test("a client that was closed says so, and its waits end", async (client, broker) => {
    const other = await broker.connect();
    await other.createTopic("t");
    const waiting = assert.rejects(other.fetch("t", { waitMs: 60_000 }), (error) => isTinmanError(error, "CLOSED"));
    await other.close();
    await waiting;
    await other.close();
    await rejects(() => other.produce("t", { value: null }), "CLOSED");
    await rejects(() => other.checkHealth(), "CLOSED");
    await client.checkHealth();
  });

  test("a broker that was stopped serves nobody, and says so", async (client, broker) => {
    assert.equal(broker.isRunning, true);
    assert.match(broker.url, /^[a-z]+:\/\//);
    await broker.start();
    await broker.stop();
    await broker.stop();
    assert.equal(broker.isRunning, false);
    await assert.rejects(() => client.checkHealth(), (error) => isTinmanError(error));
    await rejects(() => broker.connect(), "UNAVAILABLE");
  });
}

async function rejects(call: () => Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(call, (error) => {
    if (!isTinmanError(error, code)) throw error;
    return true;
  });
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function texts(records: readonly QueueRecord[]): string[] {
  return records.map(({ value }) => new TextDecoder().decode(value!));
}
