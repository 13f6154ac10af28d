import assert from "node:assert/strict";
import { isTinmanError } from "tinman";
import { testQueue } from "tinman/testing";
import { spawn } from "../cli/processes.ts";
import { librdkafkaVersion, MockCluster } from "./_mock_cluster.ts";

/** What the mock has not, by a part of the test's name. */
const missing: readonly (readonly [string, string])[] = [
  ["fetch() waits for the next record", "the mock answers when the time is over, also when records came"],
  ["what goes wrong is an error", "the mock makes topics whoever asks for them, and takes any name"],
  ["offsetAt() where a time begins", "the mock looks at no times"],
  ["places in a partition follow each other", "the mock gives one batch at a time"],
  ["deleted records are gone", "the mock has no DeleteRecords"],
  ["topics are made once", "the mock has no DeleteTopics"],
];

const isThere = librdkafkaVersion !== undefined;
const skipped = (name: string) =>
  isThere ? missing.find(([part]) => name.includes(part))?.[1] : "librdkafka is not installed";
const test = (name: string, run: () => void | Promise<void>) => {
  const reason = skipped(name);
  Deno.test({
    name: reason === undefined ? name : `${name} (skipped: ${reason})`,
    ignore: reason !== undefined,
    fn: run,
  });
};

testQueue({ name: `librdkafka's mock cluster, ${librdkafkaVersion}`, test, open: () => new MockCluster() });

const records = (...values: readonly string[]) => values.map((value) => ({ value: new TextEncoder().encode(value) }));

test("KafkaQueueClient follows leaders and coordinators of a foreign cluster as they move", async () => {
  await using cluster = new MockCluster({ brokers: 3 });
  await cluster.start();
  await using client = await cluster.connect();
  cluster.createTopic("t", 2);
  const seen: string[] = [];
  for (const broker of [1, 2, 3, 1]) {
    for (const partition of [0, 1]) cluster.moveLeader("t", partition, broker);
    cluster.moveCoordinator("g", broker);
    await client.produceBatch("t", records(`${broker}`), { partition: 1 });
    const offset = await client.committed("g", "t", { partition: 1 }) ?? 0;
    for (const { value } of await client.fetch("t", { partition: 1, offset, waitMs: 0 })) {
      seen.push(new TextDecoder().decode(value!));
    }
    await client.commit("g", "t", offset + 1, { partition: 1 });
  }
  assert.deepEqual(seen, ["1", "2", "3", "1"]);
});

/** Kafka's numbers of requests and errors. */
const [PRODUCE, FETCH, OFFSET_COMMIT] = [0, 1, 8];
const [NOT_LEADER, LEADER_NOT_AVAILABLE, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR] = [6, 5, 15, 16];
const [MESSAGE_TOO_LARGE, UNKNOWN] = [10, -1];

test("KafkaQueueClient asks again what fails in passing, and tells what does not", async () => {
  await using cluster = new MockCluster({ brokers: 1 });
  await cluster.start();
  await using client = await cluster.connect();
  cluster.failNext(PRODUCE, [LEADER_NOT_AVAILABLE, NOT_LEADER]);
  await client.produceBatch("t", records("a"));
  cluster.failNext(FETCH, [NOT_LEADER]);
  assert.equal((await client.fetch("t", { offset: 0, waitMs: 0 })).length, 1);
  cluster.failNext(OFFSET_COMMIT, [COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR]);
  await client.commit("g", "t", 1);
  assert.equal(await client.committed("g", "t"), 1);
  cluster.failNext(PRODUCE, [MESSAGE_TOO_LARGE]);
  await assert.rejects(client.produceBatch("t", records("b")), (error) => isTinmanError(error, "TOO_LARGE"));
  cluster.failNext(FETCH, [UNKNOWN]);
  await assert.rejects(client.fetch("t", { offset: 0, waitMs: 0 }), (error) => isTinmanError(error, "BROKER"));
  assert.equal((await client.offsets("t")).latest, 1);
});

test("KafkaQueueClient goes on when a broker comes back, and asks others meanwhile", async () => {
  await using cluster = new MockCluster({ brokers: 2 });
  await cluster.start();
  await using client = await cluster.connect();
  cluster.createTopic("t");
  cluster.moveLeader("t", 0, 1);
  await client.produceBatch("t", records("a"));
  // Several links, all of which break.
  await Promise.all([1, 2, 3].map(() => client.offsets("t")));
  cluster.setDown(1, true);
  cluster.moveLeader("t", 0, 2);
  await client.produceBatch("t", records("b"));
  await client.checkHealth();
  cluster.setDown(1, false);
  cluster.moveLeader("t", 0, 1);
  await client.produceBatch("t", records("c"));
  assert.equal((await client.offsets("t")).latest, 3);
});

test("tools tell what a foreign cluster is, and which request it does not serve", async () => {
  await using cluster = new MockCluster({ brokers: 3 });
  await cluster.start();
  const args = (...of: readonly string[]) => [...of, "--bootstrap", cluster.bootstrap];
  assert.match(await output(["broker", ...args("status")]), /3 brokers|brokers +3|127\.0\.0\.1/);
  assert.match(await output(["broker", ...args("produce", "t")], "a\nb\n"), /2 records/);
  assert.match(await output(["broker", ...args("topics")]), /^t +4 +2$/m);
  assert.deepEqual((await output(["broker", ...args("consume", "t", "-G", "g")])).trim().split("\n").sort(), [
    "a",
    "b",
  ]);
  assert.equal(await output(["broker", ...args("consume", "t", "-G", "g")]), "");
  assert.match(await output(["broker", ...args("groups")]), /for ListGroups: it does not serve it/);
});

/** What the command line says, to whom it may be. */
async function output(args: readonly string[], input = ""): Promise<string> {
  const child = spawn(args, { cwd: Deno.cwd(), stdin: "piped" });
  const writer = child.stdin.getWriter();
  // Who reads nothing may have ended already.
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  const { stdout, stderr } = await child.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}
