import assert from "node:assert/strict";
import { startBroker, type TestClient } from "./_client_test.ts";
import { saslHandshakeApi } from "./protocol/17_sasl_handshake.ts";
import { createTopicsApi } from "./protocol/19_create_topics.ts";
import { saslAuthenticateApi } from "./protocol/36_sasl_authenticate.ts";
import { electLeadersApi } from "./protocol/43_elect_leaders.ts";
import { alterPartitionReassignmentsApi } from "./protocol/45_alter_partition_reassignments.ts";
import { listPartitionReassignmentsApi } from "./protocol/46_list_partition_reassignments.ts";
import { describeClientQuotasApi } from "./protocol/48_describe_client_quotas.ts";
import { alterClientQuotasApi } from "./protocol/49_alter_client_quotas.ts";
import { describeUserScramCredentialsApi } from "./protocol/50_describe_user_scram_credentials.ts";
import { alterUserScramCredentialsApi } from "./protocol/51_alter_user_scram_credentials.ts";
import { ERROR } from "./protocol/error_codes.ts";

Deno.test("ElectLeaders says that the only broker leads already", async () => {
  await using server = await startBroker();
  await using client = server.client();
  await createTopic(client);
  const topicPartitions = [{ topic: "t", partitions: [0, 7] }];
  for (const version of [0, 1, 2]) {
    const { errorCode, replicaElectionResults } = await client.ask(electLeadersApi, version, { topicPartitions });
    const errors = replicaElectionResults[0]!.partitionResult.map((each) => each.errorCode);
    assert.deepEqual([errorCode, ...errors], [0, ERROR.ELECTION_NOT_NEEDED, ERROR.UNKNOWN_TOPIC_OR_PARTITION]);
  }
  const all = await client.ask(electLeadersApi, 2, { electionType: 1, topicPartitions: null });
  assert.deepEqual([all.errorCode, all.replicaElectionResults], [0, []]);
  const unknown = await client.ask(electLeadersApi, 2, { electionType: 2, topicPartitions: null });
  assert.equal(unknown.errorCode, ERROR.INVALID_REQUEST);
});

Deno.test("partitions are reassigned to the broker that they are on, and to no other", async () => {
  await using server = await startBroker();
  await using client = server.client();
  await createTopic(client);
  const reassign = async (replicas: readonly number[] | null, partitionIndex = 0) => {
    const topics = [{ name: "t", partitions: [{ partitionIndex, replicas }] }];
    const answer = await client.ask(alterPartitionReassignmentsApi, 0, { timeoutMs: 1000, topics });
    return [answer.errorCode, answer.responses[0]!.partitions[0]!.errorCode];
  };
  assert.deepEqual(await reassign([1]), [0, 0]);
  assert.deepEqual(await reassign([1, 2]), [0, ERROR.INVALID_REPLICA_ASSIGNMENT]);
  assert.deepEqual(await reassign([]), [0, ERROR.INVALID_REPLICA_ASSIGNMENT]);
  assert.deepEqual(await reassign(null), [0, ERROR.NO_REASSIGNMENT_IN_PROGRESS]);
  assert.deepEqual(await reassign([1], 7), [0, ERROR.UNKNOWN_TOPIC_OR_PARTITION]);
  const listed = await client.ask(listPartitionReassignmentsApi, 0, { timeoutMs: 1000, topics: null });
  assert.deepEqual([listed.errorCode, listed.topics], [0, []]);
});

Deno.test("there are no quotas: an empty list, never null, and new ones are refused", async () => {
  await using server = await startBroker();
  await using client = server.client();
  const components = [{ entityType: "user", matchType: 2, match: null }];
  const entity = [{ entityType: "user", entityName: "ada" }];
  const [key, value] = ["producer_byte_rate", 1.5];
  const entries = [{ entity, ops: [{ key, value, remove: false }] }, { entity, ops: [{ key, remove: true }] }];
  for (const version of [0, 1]) {
    const described = await client.ask(describeClientQuotasApi, version, { components });
    assert.deepEqual([described.errorCode, described.entries], [0, []]);
    const altered = await client.ask(alterClientQuotasApi, version, { entries });
    assert.deepEqual(altered.entries, [
      { entity, errorCode: ERROR.UNSUPPORTED_VERSION, errorMessage: "this broker has no quotas" },
      { entity, errorCode: 0, errorMessage: null },
    ]);
  }
});

Deno.test("users of SCRAM are listed and not changed", async () => {
  const passwords = { ada: "lovelace", bob: "builder" };
  const users = { passwords, randomBytes: (length: number) => new Uint8Array(length).fill(7) };
  await using server = await startBroker({ users });
  await using client = server.client();
  await client.ask(saslHandshakeApi, 1, { mechanism: "PLAIN" });
  const authBytes = new TextEncoder().encode("\0ada\0lovelace");
  assert.equal((await client.ask(saslAuthenticateApi, 2, { authBytes })).errorCode, 0);
  const describe = async (...names: string[]) =>
    (await client.ask(describeUserScramCredentialsApi, 0, { users: names.map((name) => ({ name })) })).results;
  const credentialInfos = [{ mechanism: 1, iterations: 4096 }, { mechanism: 2, iterations: 4096 }];
  assert.deepEqual(await describe(), [
    { user: "ada", errorCode: 0, errorMessage: null, credentialInfos },
    { user: "bob", errorCode: 0, errorMessage: null, credentialInfos },
  ]);
  const some = await describe("bob", "eve", "ada", "ada");
  assert.deepEqual(some.map(({ user, errorCode }) => [user, errorCode]), [
    ["bob", 0],
    ["eve", ERROR.RESOURCE_NOT_FOUND],
    ["ada", ERROR.DUPLICATE_RESOURCE],
  ]);
  const altered = await client.ask(alterUserScramCredentialsApi, 0, {
    deletions: [{ name: "bob", mechanism: 1 }, { name: "bob", mechanism: 2 }],
    upsertions: [{ name: "eve", mechanism: 1, iterations: 4096, salt: authBytes, saltedPassword: authBytes }],
  });
  assert.deepEqual(altered.results.map(({ user, errorCode }) => [user, errorCode]), [
    ["bob", ERROR.UNSUPPORTED_VERSION],
    ["eve", ERROR.UNSUPPORTED_VERSION],
  ]);
});

Deno.test("a broker without users lists none, and says that there are none to change", async () => {
  await using server = await startBroker();
  await using client = server.client();
  const all = await client.ask(describeUserScramCredentialsApi, 0, { users: null });
  assert.deepEqual([all.errorCode, all.results], [0, []]);
  const { results } = await client.ask(alterUserScramCredentialsApi, 0, { deletions: [{ name: "ada", mechanism: 1 }] });
  assert.deepEqual(results.map(({ user, errorCode }) => [user, errorCode]), [["ada", ERROR.SECURITY_DISABLED]]);
});

async function createTopic(client: TestClient): Promise<void> {
  await client.ask(createTopicsApi, 7, { topics: [{ name: "t", numPartitions: 2, replicationFactor: 1 }] });
}
