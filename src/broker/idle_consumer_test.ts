// Goal: a consumer that never says how far it came costs the others nothing, whatever it leaves undone.
import assert from "node:assert/strict";
import { startBroker, type TestClient } from "./_client_test.ts";
import { produceApi } from "./protocol/00_produce.ts";
import { fetchApi } from "./protocol/01_fetch.ts";
import { offsetFetchApi } from "./protocol/09_offset_fetch.ts";
import { joinGroupApi } from "./protocol/11_join_group.ts";
import { heartbeatApi } from "./protocol/12_heartbeat.ts";
import { syncGroupApi } from "./protocol/14_sync_group.ts";
import { createTopicsApi } from "./protocol/19_create_topics.ts";
import { ERROR } from "./protocol/error_codes.ts";
import { writeBatch } from "./protocol/records.ts";

Deno.test("a consumer that never commits begins anew each time, and nothing is kept for it", async () => {
  await using server = await startBroker({ cleanEveryMs: 1000 });
  await using client = server.client();
  const configs = [{ name: "retention.bytes", value: "1000" }, { name: "segment.bytes", value: "500" }];
  await client.ask(createTopicsApi, 5, { topics: [{ name: "t", numPartitions: 1, replicationFactor: 1, configs }] });
  const member = await join(client);
  for (let round = 0; round < 5; round++) {
    await produce(client, 5);
    assert.equal((await read(client, 5 * round)).errorCode, ERROR.NONE);
    // It stays in its group as long as it is heard of, however far it is behind.
    await server.clock.runTo(server.clock.now() + 4_000_000_000n);
    assert.equal((await client.ask(heartbeatApi, 3, member)).errorCode, ERROR.NONE);
  }
  const topics = [{ name: "t", partitionIndexes: [0] }];
  const { committedOffset } = (await client.ask(offsetFetchApi, 5, { groupId: "g", topics })).topics[0]!.partitions[0]!;
  assert.equal(committedOffset, -1);
  // What it would read anew is gone by the settings of the topic, and it is told where to go on.
  const { errorCode, logStartOffset } = await read(client, 0);
  assert.deepEqual([errorCode, logStartOffset > 0], [ERROR.OFFSET_OUT_OF_RANGE, true]);
  assert.equal((await read(client, logStartOffset)).errorCode, ERROR.NONE);
});

async function join(client: TestClient) {
  const request = {
    groupId: "g",
    sessionTimeoutMs: 6000,
    rebalanceTimeoutMs: 6000,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: new Uint8Array() }],
  };
  const { memberId } = await client.ask(joinGroupApi, 5, request);
  const { generationId } = await client.ask(joinGroupApi, 5, { ...request, memberId });
  const assignments = [{ memberId, assignment: new Uint8Array() }];
  const answer = await client.ask(syncGroupApi, 3, { groupId: "g", generationId, memberId, assignments });
  assert.equal(answer.errorCode, ERROR.NONE);
  return { groupId: "g", generationId, memberId };
}

async function produce(client: TestClient, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const records = writeBatch([{
      value: new Uint8Array(200),
      key: null,
      headers: [],
      timestampMs: 1_700_000_000_000,
    }]);
    await client.ask(produceApi, 7, { acks: -1, topics: [{ name: "t", partitions: [{ index: 0, records }] }] });
  }
}

async function read(client: TestClient, fetchOffset: number) {
  const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 1e6 }];
  const wanted = { maxWaitMs: 0, minBytes: 0, maxBytes: 1e6, topics: [{ topic: "t", partitions }] };
  return (await client.ask(fetchApi, 11, wanted)).topics[0]!.partitions[0]!;
}
