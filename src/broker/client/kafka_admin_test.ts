import assert from "node:assert/strict";
import { isTinmanError } from "../../errors/mod.ts";
import { startBroker } from "../_client_test.ts";
import { joinGroupApi } from "../protocol/11_join_group.ts";
import { consumerGroupHeartbeatApi } from "../protocol/68_consumer_group_heartbeat.ts";

Deno.test("KafkaAdmin.group() describes groups of both protocols, and says when there is none", async () => {
  await using server = await startBroker();
  await using client = await server.broker.connect();
  await client.createTopic("t", { partitions: 2 });
  await using member = server.client("old");
  const joined = await member.ask(joinGroupApi, 3, {
    groupId: "classic",
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: "",
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: new Uint8Array() }],
  });
  await using other = server.client("new");
  await other.ask(consumerGroupHeartbeatApi, 1, {
    groupId: "consumer",
    memberId: "one",
    memberEpoch: 0,
    rebalanceTimeoutMs: 10_000,
    subscribedTopicNames: ["t"],
    topicPartitions: [],
  });
  assert.deepEqual(await client.admin.groups(), ["classic", "consumer"]);
  const classic = await client.admin.group("classic");
  assert.deepEqual([classic.state, classic.members[0]!.id], ["CompletingRebalance", joined.memberId]);
  const consumer = await client.admin.group("consumer");
  assert.deepEqual(consumer.members.map(({ id, client }) => [id, client]), [["one", "new"]]);
  await assert.rejects(client.admin.group("nobody"), (error) => isTinmanError(error, "NOT_FOUND"));
});
