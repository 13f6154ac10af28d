import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  Admin,
  alterClientQuotasV1,
  alterConfigsV2,
  alterPartitionReassignmentsV0,
  alterUserScramCredentialsV0,
  Connection,
  Consumer,
  consumerGroupDescribeV0,
  describeAclsV3,
  describeClientQuotasV1,
  describeClusterV1,
  describeProducersV0,
  describeTopicPartitionsV0,
  describeTransactionsV0,
  describeUserScramCredentialsV0,
  listPartitionReassignmentsV0,
  listTransactionsV1,
  Producer,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";
import { ERROR } from "../../src/broker/protocol/error_codes.ts";
import { temporaryFolder } from "../promises/_folder.ts";
import { startBrokerProcess } from "./_broker.ts";

// Its sockets end a moment after it says that they have.
const loose = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "@platformatic/kafka: producers and transactions are seen while they are open, and after",
  loose,
  async () => {
    await using broker = await startBrokerProcess();
    const options = { clientId: "test", bootstrapBrokers: [broker.bootstrap], autocreateTopics: true };
    const producer = new Producer({
      ...options,
      serializers: stringSerializers,
      idempotent: true,
      transactionalId: "tx",
    });
    await using to = await connect(broker.bootstrap);
    const transaction = await producer.beginTransaction();
    await transaction.send({ messages: [{ topic: "t", value: "a" }, { topic: "t", value: "b" }] });

    const active = async () => {
      const { topics } = await describeProducersV0.api.async(to.connection, [{ name: "t", partitionIndexes: [0] }]);
      return topics[0]!.partitions[0]!.activeProducers;
    };
    const [open] = await active();
    assert.deepEqual([open!.lastSequence, open!.currentTxnStartOffset], [1, 0n]);
    const list = async (states: ("Ongoing" | "CompleteCommit")[]) => {
      const found = await listTransactionsV1.api.async(to.connection, states, [], -1n, null);
      return found.transactionStates.map(({ transactionalId }) => transactionalId);
    };
    assert.deepEqual([await list(["Ongoing"]), await list(["CompleteCommit"])], [["tx"], []]);
    const describe = async () => {
      const { transactionStates } = await describeTransactionsV0.api.async(to.connection, ["tx"]);
      const { transactionState, topics } = transactionStates[0]!;
      return [transactionState, topics.map(({ topic, partitions }) => [topic, partitions])];
    };
    assert.deepEqual(await describe(), ["Ongoing", [["t", [0]]]]);
    await transaction.commit();
    assert.deepEqual([await list(["Ongoing"]), await list(["CompleteCommit"])], [[], ["tx"]]);
    assert.deepEqual(await describe(), ["CompleteCommit", []]);
    assert.equal((await active())[0]!.currentTxnStartOffset, -1n);
    await assert.rejects(
      describeTransactionsV0.api.async(to.connection, ["nobody"]),
      says("TRANSACTIONAL_ID_NOT_FOUND"),
    );
    await producer.close();
  },
);

Deno.test("@platformatic/kafka: what there is not is refused in the request's own way", loose, async () => {
  await using broker = await startBrokerProcess();
  await using to = await connect(broker.bootstrap);
  await using admin = closing(new Admin({ clientId: "test", bootstrapBrokers: [broker.bootstrap] }));
  await admin.createTopics({ topics: ["t"], partitions: 1, replicas: 1 });

  const quotas = await describeClientQuotasV1.api.async(to.connection, [{ entityType: "user", matchType: 2 }], false);
  assert.deepEqual([quotas.errorCode, quotas.entries], [0, []]);
  const quota = {
    entities: [{ entityType: "user" as const, entityName: "u" }],
    ops: [{ key: "producer_byte_rate" as const, value: 1, remove: false as const }],
  };
  await assert.rejects(alterClientQuotasV1.api.async(to.connection, [quota], false), says("UNSUPPORTED_VERSION"));

  const { topics } = await listPartitionReassignmentsV0.api.async(to.connection, 1000, null);
  assert.deepEqual(topics, []);
  const move = (replicas: number[]) =>
    alterPartitionReassignmentsV0.api.async(to.connection, 1000, true, [{
      name: "t",
      partitions: [{ partitionIndex: 0, replicas }],
    }]);
  assert.equal((await move([1])).responses[0]!.partitions[0]!.errorCode, 0);
  await assert.rejects(move([7]), says("INVALID_REPLICA_ASSIGNMENT"));

  const anyAcl = { resourceType: 1, resourcePatternType: 1, operation: 1, permissionType: 1 } as const;
  await assert.rejects(
    describeAclsV3.api.async(to.connection, { ...anyAcl, resourceName: null, principal: null, host: null }),
    says("SECURITY_DISABLED"),
  );
  await assert.rejects(
    alterUserScramCredentialsV0.api.async(to.connection, [], [{
      name: "u",
      mechanism: 1,
      iterations: 4096,
      salt: Buffer.from("salt"),
      saltedPassword: Buffer.from("password"),
    }]),
    says("SECURITY_DISABLED"),
  );
  const alter = (resourceType: 2 | 4, resourceName: string, name: string, value: string) =>
    alterConfigsV2.api.async(to.connection, [{ resourceType, resourceName, configs: [{ name, value }] }], false);
  await alter(2, "t", "retention.ms", "5");
  await assert.rejects(alter(2, "t", "no.such", "5"), says("INVALID_CONFIG"));
  await assert.rejects(alter(4, "1", "num.partitions", "5"), says("INVALID_REQUEST"));
});

Deno.test("@platformatic/kafka: the users of a broker are listed with how they log in", loose, async () => {
  using folder = temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/users.json`, JSON.stringify({ ann: "secret", bob: "hidden" }));
  await using broker = await startBrokerProcess(["--users", `${folder.path}/users.json`]);
  await using to = await connect(broker.bootstrap, {
    sasl: { mechanism: "SCRAM-SHA-256", username: "ann", password: "secret" },
  });
  const { results } = await describeUserScramCredentialsV0.api.async(to.connection, null);
  assert.deepEqual(
    results.map(({ user, credentialInfos }) => [user, credentialInfos.map(({ mechanism }) => mechanism).sort()]),
    [["ann", [1, 2]], ["bob", [1, 2]]],
  );
  await assert.rejects(
    describeUserScramCredentialsV0.api.async(to.connection, [{ name: "eve" }]),
    says("RESOURCE_NOT_FOUND"),
  );
});

// What AKHQ, Kafbat and Redpanda Console ask for, page by page: cluster, brokers, topics, a topic, groups, a group.
Deno.test("@platformatic/kafka: everything that a web UI asks for is there, and agrees", loose, async () => {
  await using broker = await startBrokerProcess(["--partitions", "2"]);
  const options = { clientId: "ui", bootstrapBrokers: [broker.bootstrap] };
  await using admin = closing(new Admin(options));
  await using to = await connect(broker.bootstrap);
  await admin.createTopics({ topics: ["t"], partitions: 2, replicas: 1 });
  const producer = new Producer({ ...options, serializers: stringSerializers });
  await producer.send({ messages: [0, 1, 0].map((partition) => ({ topic: "t", value: "v", partition })), acks: -1 });
  await producer.close();
  const consumer = new Consumer({ ...options, groupId: "g", deserializers: stringDeserializers, maxWaitTime: 50 });
  const stream = await consumer.consume({ topics: ["t"], mode: "earliest", autocommit: false });
  let count = 0;
  for await (const message of stream) {
    await message.commit();
    if (++count === 3) break;
  }

  const { brokers, controllerId, clusterId } = await describeClusterV1.api.async(to.connection, true, 1);
  assert.deepEqual([brokers.map(({ brokerId }) => brokerId), clusterId.length > 0], [[controllerId], true]);
  const settings = await admin.describeConfigs({
    resources: [{ resourceType: 4, resourceName: `${controllerId}` }, { resourceType: 2, resourceName: "t" }],
    includeSynonyms: true,
    includeDocumentation: true,
  });
  assert.ok(settings.length === 2 && settings.every(({ configs }) => configs.length > 3));
  const dirs = await admin.describeLogDirs({ topics: [{ name: "t", partitions: [0, 1] }] });
  const sizes = dirs.flatMap(({ results }) => results.flatMap(({ topics }) => topics.flatMap((of) => of.partitions)));
  assert.ok(sizes.length === 2 && sizes.every(({ partitionSize }) => partitionSize > 0n));
  const described = await describeTopicPartitionsV0.api.async(to.connection, [{ name: "t" }], 100);
  assert.deepEqual(described.topics[0]!.partitions.map(({ isrNodes }) => isrNodes), [[controllerId], [controllerId]]);
  const offsets = async (timestamp: bigint) => {
    const partitions = [0, 1].map((partitionIndex) => ({ partitionIndex, timestamp }));
    const [found] = await admin.listOffsets({ topics: [{ name: "t", partitions }] });
    return found!.partitions.map(({ offset }) => offset);
  };
  assert.deepEqual([await offsets(-2n), await offsets(-1n)], [[0n, 0n], [2n, 1n]]);
  assert.deepEqual([...(await admin.listGroups()).keys()], ["g"]);
  const group = (await admin.describeGroups({ groups: ["g"] })).get("g")!;
  assert.deepEqual([group.state, group.members.size], ["Stable", 1]);
  const [committed] = await admin.listConsumerGroupOffsets({ groups: ["g"] });
  assert.deepEqual(
    committed!.topics[0]!.partitions.map(({ committedOffset }) => committedOffset).sort(),
    [1n, 2n],
  );
  await assert.rejects(consumerGroupDescribeV0.api.async(to.connection, ["g"], true), says("GROUP_ID_NOT_FOUND"));
  // Not while somebody is in it.
  await assert.rejects(admin.deleteGroups({ groups: ["g"] }));
  await stream.close();
  await consumer.close(true);
  await admin.alterConsumerGroupOffsets({
    groupId: "g",
    topics: [{ name: "t", partitionOffsets: [{ partition: 0, offset: 0n }] }],
  });
  await admin.deleteRecords({ topics: [{ name: "t", partitions: [{ partition: 0, offset: 1n }] }] });
  await admin.incrementalAlterConfigs({
    resources: [{
      resourceType: 2,
      resourceName: "t",
      configs: [{ name: "retention.ms", configOperation: 0, value: "1000" }],
    }],
  });
  await admin.createPartitions({ topics: [{ name: "t", count: 3 }] });
  assert.deepEqual(await offsets(-2n), [1n, 0n]);
  await admin.deleteGroups({ groups: ["g"] });
  await admin.deleteTopics({ topics: ["t"] });
});

async function connect(bootstrap: string, options: ConstructorParameters<typeof Connection>[1] = {}) {
  const connection = new Connection("test", options);
  const at = bootstrap.lastIndexOf(":");
  await connection.connect(bootstrap.slice(0, at), Number(bootstrap.slice(at + 1)));
  return { connection, [Symbol.asyncDispose]: async () => await connection.close() };
}

/** Whether a client was told this error, wherever in the answer it stood. */
function says(name: keyof typeof ERROR): (error: unknown) => boolean {
  const holds = (error: unknown): boolean =>
    error instanceof Error && ("apiCode" in error && error.apiCode === ERROR[name] ||
      "errors" in error && Array.isArray(error.errors) && error.errors.some(holds) || holds(error.cause));
  return (error) => {
    if (!holds(error)) throw error;
    return true;
  };
}

function closing<T extends { close(): Promise<void> }>(client: T): T & AsyncDisposable {
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}
