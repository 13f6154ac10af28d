import assert from "node:assert/strict";
import fc from "fast-check";
import { isTinmanError } from "../../errors/mod.ts";
import { encodeRequest, startBroker } from "../_client_test.ts";
import { handlers } from "../api/mod.ts";
import { produceApi } from "../protocol/00_produce.ts";
import { fetchApi } from "../protocol/01_fetch.ts";
import { metadataApi } from "../protocol/03_metadata.ts";
import { findCoordinatorApi } from "../protocol/10_find_coordinator.ts";
import { apiVersionsApi } from "../protocol/18_api_versions.ts";
import { createTopicsApi } from "../protocol/19_create_topics.ts";
import { ERROR } from "../protocol/error_codes.ts";
import { writeBatch } from "../protocol/records.ts";

const text = (value: string) => new TextEncoder().encode(value);
const batch = (...values: string[]) =>
  writeBatch(values.map((value) => ({ value: text(value), key: null, headers: [], timestampMs: 5 })));

Deno.test("ApiVersions of any version is answered: one that nobody speaks in version 0, with error 35 and all keys", async () => {
  await using server = await startBroker();
  await using client = server.client();
  for (const version of [0, 1, 2, 3, 4]) {
    const { errorCode, apiKeys } = await client.ask(apiVersionsApi, version, {});
    assert.deepEqual([errorCode, apiKeys.length], [ERROR.NONE, handlers.size], `version ${version}`);
  }
  await client.sendFrame(Uint8Array.of(0, 18, 0, 99, 0, 0, 0, 7, 255, 255));
  const frame = (await client.frame())!;
  assert.deepEqual([...frame.subarray(0, 6)], [0, 0, 0, 7, 0, 35]);
  // The connection goes on.
  await client.ask(apiVersionsApi, 3, {});
});

Deno.test("clients are told to connect to the address that is advertised, and to the port that was bound", async () => {
  for (const [advertised, expected] of [[{ host: "far", port: 7 }, "far:7"], [{ host: "far" }, "far:9092"]] as const) {
    await using server = await startBroker({ host: "0.0.0.0", advertised });
    await using client = server.client();
    const { brokers: [broker] } = await client.ask(metadataApi, 9, { topics: null });
    const { coordinators: [coordinator] } = await client.ask(findCoordinatorApi, 4, { coordinatorKeys: ["g"] });
    for (const each of [broker!, coordinator!]) assert.equal(`${each.host}:${each.port}`, expected);
    assert.equal(server.broker.bootstrap, expected);
  }
});

Deno.test("what is not the protocol ends its connection, says why, and nobody else notices", async () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["a length of 2 GiB", Uint8Array.of(0x7f, 0xff, 0xff, 0xff), /a request of 2147483647 bytes/],
    ["a negative length", Uint8Array.of(0xff, 0xff, 0xff, 0xfe), /a request of -2 bytes/],
    ["one byte", Uint8Array.of(0, 0, 0, 1, 0), /a request of 1 bytes/],
    ["an unknown key", Uint8Array.of(0, 0, 0, 10, 0x7f, 0, 0, 0, 0, 0, 0, 1, 255, 255), /request 32512/],
    [
      "a version that is not served",
      Uint8Array.of(0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 255, 255),
      /Metadata of version 99/,
    ],
    [
      "a name longer than the request",
      Uint8Array.of(0, 0, 0, 10, 0, 3, 0, 1, 0, 0, 0, 1, 0x70, 0),
      /28672 bytes expected/,
    ],
    [
      "a list of a billion items",
      Uint8Array.of(0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 0x40, 0, 0, 0),
      /a list of 1073741824 items/,
    ],
  ];
  await using server = await startBroker();
  await using witness = server.client();
  for (const [what, bytes, message] of cases) {
    await using client = server.client();
    await client.link.send(bytes);
    assert.equal(await client.frame(), undefined, what);
    const last = server.events.at(-1)!;
    assert.ok(last.kind === "error" && isTinmanError(last.error, "PROTOCOL"), what);
    assert.match(last.error.message, message);
    await witness.ask(metadataApi, 9, { topics: null });
  }
});

Deno.test("bytes of chance never do more than end their connection", async () => {
  await using server = await startBroker();
  await using witness = server.client();
  const key = fc.constantFrom(...handlers.keys());
  const request = fc.tuple(key, fc.nat(12), fc.uint8Array({ maxLength: 200 })).map(([key, version, body]) =>
    Uint8Array.of(0, key, 0, version, 0, 0, 0, 1, 255, 255, ...body)
  );
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 3 }), async (requests) => {
      await using client = server.client();
      for (const each of requests) await client.sendFrame(each).catch(() => {});
      // Whatever it is answered, or not at all: the others go on.
      await witness.ask(apiVersionsApi, 0, {});
      for (const event of server.events.splice(0)) {
        if (event.kind === "error") assert.ok(isTinmanError(event.error), String(event.error));
        else assert.equal(event.kind, "started");
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("a request that is cut short anywhere ends its connection, and does nothing", async () => {
  await using server = await startBroker();
  await using witness = server.client();
  await witness.ask(metadataApi, 5, { topics: [{ name: "t" }], allowAutoTopicCreation: true });
  const value = new Uint8Array(10);
  const records = writeBatch([{ value, key: null, headers: [], timestampMs: 1 }]);
  const topics = [{ name: "t", partitions: [{ index: 0, records }] }];
  const created = [{ name: "made", numPartitions: 1, replicationFactor: 1, configs: [{ name: "a", value: "b" }] }];
  const header = { correlation: 1, client: "cut" };
  const whole = [
    ...[7, 9].map((version) => encodeRequest(produceApi, { acks: -1, topics }, { version, ...header })),
    ...[4, 7].map((version) => encodeRequest(createTopicsApi, { topics: created }, { version, ...header })),
  ];
  for (const bytes of whole) {
    for (let length = 8; length < bytes.length; length++) {
      await using client = server.client();
      await client.sendFrame(bytes.subarray(0, length));
      assert.equal(await client.frame().catch(() => undefined), undefined, `${length} of ${bytes.length} bytes`);
    }
  }
  const { topics: found } = await witness.ask(metadataApi, 5, { topics: null });
  assert.deepEqual(found.map(({ name }) => name), ["t"]);
  const next = await witness.ask(produceApi, 7, { acks: -1, topics });
  assert.equal(next.topics[0]!.partitions[0]!.baseOffset, 0);
});

Deno.test("requests that are sent without waiting are answered in their order", async () => {
  await using server = await startBroker();
  await using client = server.client();
  const takers = [];
  for (let i = 0; i < 20; i++) {
    const topics = [{ name: `t${i}` }];
    takers.push(await client.send(metadataApi, 5, { topics, allowAutoTopicCreation: true }));
  }
  for (const [i, take] of takers.entries()) assert.equal((await take()).topics[0]!.name, `t${i}`);
});

Deno.test("a fetch waits for records, and for no longer than it said", async () => {
  await using server = await startBroker();
  await using consumer = server.client();
  await using producer = server.client();
  await producer.ask(metadataApi, 5, { topics: [{ name: "t" }], allowAutoTopicCreation: true });
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
  const wanted = { maxWaitMs: 1000, minBytes: 1, maxBytes: 1000, topics: [{ topic: "t", partitions }] };

  const none = await consumer.send(fetchApi, 11, wanted);
  await server.clock.runTo(server.clock.now() + 1_000_000_000n);
  assert.equal((await none()).topics[0]!.partitions[0]!.records!.length, 0);

  const some = await consumer.send(fetchApi, 11, wanted);
  const records = batch("a", "b");
  const topics = [{ name: "t", partitions: [{ index: 0, records }] }];
  assert.equal((await producer.ask(produceApi, 7, { acks: -1, topics })).topics[0]!.partitions[0]!.baseOffset, 0);
  const found = (await some()).topics[0]!.partitions[0]!;
  assert.deepEqual([found.highWatermark, [...found.records!]], [2, [...records]]);
});

Deno.test("a client that goes away while it waits leaves nothing behind", async () => {
  await using server = await startBroker();
  const idle = server.clock.pending;
  const client = server.client();
  await client.ask(metadataApi, 5, { topics: [{ name: "t" }], allowAutoTopicCreation: true });
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
  await client.send(fetchApi, 11, {
    maxWaitMs: 60_000,
    minBytes: 1,
    maxBytes: 1000,
    topics: [{ topic: "t", partitions }],
  });
  await using witness = server.client();
  await witness.ask(apiVersionsApi, 0, {});
  const waiting = server.clock.pending;
  await client.link.close();
  for (let i = 0; i < 10; i++) await witness.ask(apiVersionsApi, 0, {});
  assert.deepEqual([waiting - idle, server.clock.pending - idle], [1, 0]);
});

Deno.test("a broker that stops answers what waits, and ends its connections", async () => {
  const server = await startBroker();
  const idle = server.clock.pending;
  const client = server.client();
  await client.ask(metadataApi, 5, { topics: [{ name: "t" }], allowAutoTopicCreation: true });
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
  const waiting = await client.send(fetchApi, 11, {
    maxWaitMs: 60_000,
    minBytes: 1,
    maxBytes: 1000,
    topics: [{ topic: "t", partitions }],
  });
  const answered = waiting();
  await using witness = server.client();
  while (server.clock.pending === idle) await witness.ask(apiVersionsApi, 0, {});
  await server.broker.stop();
  assert.equal((await answered).topics.length, 1);
  assert.equal(await client.frame(), undefined);
  assert.deepEqual(server.events.map(({ kind }) => kind), ["started", "stopped"]);
  await client.link.close();
});

Deno.test("a client that is gone before its answer has done nothing wrong", async () => {
  const server = await startBroker();
  const client = server.client();
  const topics = [{ name: "t", numPartitions: 1, replicationFactor: 1 }];
  await client.ask(createTopicsApi, 5, { topics });
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
  const wish = { maxWaitMs: 100, minBytes: 1, maxBytes: 1000, topics: [{ topic: "t", partitions }] };
  const waiting = client.ask(fetchApi, 11, wish).catch(() => "gone");
  await server.clock.runTo(server.clock.now() + 1_000_000n);
  await client.link.close();
  assert.equal(await waiting, "gone");
  await server.clock.runTo(server.clock.now() + 1_000_000_000n);
  await server[Symbol.asyncDispose]();
  assert.deepEqual(server.events.map(({ kind }) => kind), ["started", "stopped"]);
});

Deno.test("clients beyond the limit are turned away, and let in when there is room", async () => {
  await using server = await startBroker({ maxConnections: 2 });
  const [one, two] = [server.client(), server.client()];
  await one.ask(apiVersionsApi, 0, {});
  await two.ask(apiVersionsApi, 0, {});
  await using refused = server.client();
  await assert.rejects(refused.ask(apiVersionsApi, 0, {}), /ended|other end is gone/);
  await one.link.close();
  for (let i = 0; i < 10; i++) await two.ask(apiVersionsApi, 0, {});
  await using later = server.client();
  await later.ask(apiVersionsApi, 0, {});
  await two.link.close();
});
