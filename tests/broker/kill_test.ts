/*
 * "kill -9 under load 50 times (no acknowledged record lost under the stated policy, none invented, offsets never go
 * back)." A killed process loses nothing that it had handed to the system, so this holds under every sync policy; what a
 * power cut takes is tested with disks that forget (src/broker/storage/broker_storage_test.ts).
 */
import assert from "node:assert/strict";
import { createRandom, isTinmanError, openKafka } from "tinman";
import type { KafkaQueueClient } from "tinman/broker";
import { temporaryFolder } from "../promises/_folder.ts";
import { scale, seed } from "../promises/_scale.ts";
import { startBrokerProcess } from "./_broker.ts";

const kills = 5 * scale;
const PARTITIONS = 3;

/** What is known of a partition. */
interface Known {
  /** The values that are there, by offset: acknowledged, or seen after a restart. */
  readonly values: string[];
  /** What was sent and not acknowledged: there as a whole, or not at all. */
  sent: readonly string[];
  /** Offsets that were committed for a group, and may have been. */
  committed: { sure: number; last: number };
}

Deno.test(`A broker is killed ${kills} times, and all that it acknowledged is there (seed ${seed})`, async () => {
  using folder = temporaryFolder();
  const random = createRandom(`${seed}`);
  const known = Array.from({ length: PARTITIONS }, (): Known => ({
    values: [],
    sent: [],
    committed: { sure: 0, last: 0 },
  }));
  for (let n = 0; n <= kills; n++) {
    const sync = ["never", "50", "250", "always"][random.int(4)]!;
    const broker = await startBrokerProcess(["--data", folder.path, "--sync", sync]);
    const client = await openKafka(broker.bootstrap);
    if (n === 0) {
      await client.admin.createTopic("t", { partitions: PARTITIONS, settings: { "segment.bytes": "200000" } });
    }
    for (let partition = 0; partition < PARTITIONS; partition++) await check(client, partition, known[partition]!);
    const load = known.map((each, partition) => produce(client, partition, { known: each, random, run: n }));
    // Not to wait for anything: this is the random moment.
    await new Promise((resolve) => setTimeout(resolve, random.int(150)));
    await broker.end(n === kills ? "SIGTERM" : "SIGKILL");
    // Or it would look for the broker for a while.
    await client.close();
    await Promise.all(load);
  }
  const records = known.reduce((sum, { values }) => sum + values.length, 0);
  assert.ok(records > kills * 100, `${records} records`);
});

/** Sends batches and commits until the broker is gone. */
async function produce(client: KafkaQueueClient, partition: number, { known, random, run }: {
  readonly known: Known;
  readonly random: ReturnType<typeof createRandom>;
  readonly run: number;
}): Promise<void> {
  try {
    for (let i = 0;; i++) {
      const size = random.int(10) === 0 ? random.int(3000) : random.int(100);
      known.sent = Array.from({ length: 1 + random.int(200) }, (_, j) => `${run}/${i}/${j} ${"x".repeat(size)}`);
      const records = known.sent.map((value) => ({ value: new TextEncoder().encode(value) }));
      const positions = await client.produceBatch("t", records, { partition });
      assert.equal(positions[0]!.offset, known.values.length);
      known.values.push(...known.sent);
      known.sent = [];
      if (random.int(4) > 0) continue;
      known.committed.last = known.values.length;
      await client.commit("g", "t", known.values.length, { partition });
      known.committed.sure = known.values.length;
    }
  } catch (error) {
    assert.ok(isTinmanError(error) && error.code !== "BROKER", `${error}`);
  }
}

/** Compares all that was added since the last time with what is there. */
async function check(client: KafkaQueueClient, partition: number, known: Known): Promise<void> {
  const { values, sent, committed } = known;
  const { earliest, latest } = await client.offsets("t", { partition });
  const isThere = latest !== values.length;
  if (isThere) values.push(...sent);
  assert.deepEqual(
    [earliest, latest],
    [0, values.length],
    `partition ${partition}, ${sent.length} were not acknowledged`,
  );
  for (let offset = 0; offset < latest;) {
    const found = await client.fetch("t", { partition, offset, maxRecords: 10_000, waitMs: 0 });
    assert.ok(found.length > 0);
    for (const record of found) {
      assert.equal(record.offset, offset);
      const same = new TextDecoder().decode(record.value!) === values[offset];
      assert.ok(same, `record ${offset} of partition ${partition} is not what was sent`);
      offset++;
    }
  }
  const at = await client.committed("g", "t", { partition }) ?? 0;
  assert.ok(at === committed.sure || at === committed.last, `${at} is committed, ${committed.sure} was acknowledged`);
  known.committed = { sure: at, last: at };
  known.sent = [];
}
