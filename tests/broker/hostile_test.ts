// Goal: whatever one client does, the others are answered, and the memory of the broker stays within bounds.
// Method: a broker in a process of its own, real sockets, and a witness that produces all the time. What depends on time
// (silence, slow requests, answers that are not taken) is in src/broker/connection/connection_limits_test.ts, by a virtual clock.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import type { TestClient } from "../../src/broker/_client_test.ts";
import { produceApi } from "../../src/broker/protocol/00_produce.ts";
import { fetchApi } from "../../src/broker/protocol/01_fetch.ts";
import { listOffsetsApi } from "../../src/broker/protocol/02_list_offsets.ts";
import { metadataApi } from "../../src/broker/protocol/03_metadata.ts";
import { apiVersionsApi } from "../../src/broker/protocol/18_api_versions.ts";
import { createTopicsApi } from "../../src/broker/protocol/19_create_topics.ts";
import { ERROR } from "../../src/broker/protocol/error_codes.ts";
import { writeBatch } from "../../src/broker/protocol/records.ts";
import { bombs, compressed, concat, sealed } from "./_bombs.ts";
import { openScene } from "./_hostile.ts";

const record = (length: number) => ({ value: new Uint8Array(length), key: null, headers: [], timestampMs: 1 });

Deno.test("clients that send a byte at a time, or half a request and nothing more, hold nobody up", async () => {
  await using scene = await openScene();
  const half = await Promise.all(Array.from({ length: 100 }, () => scene.connect()));
  for (const client of half) await client.link.send(Uint8Array.of(0, 0, 0, 100, 0, 3));
  const slow = await Promise.all(Array.from({ length: 100 }, () => scene.connect()));
  const request = Uint8Array.of(0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 9, 255, 255);
  for (const byte of request) {
    await Promise.all(slow.map((client) => client.link.send(Uint8Array.of(byte))));
    await scene.witness.answered(2);
  }
  // In the end they are answered as everybody is.
  for (const client of slow) assert.deepEqual([...(await client.frame())!.subarray(0, 6)], [0, 0, 0, 9, 0, 0]);
  await Promise.all([...half, ...slow].map(({ link }) => link.close()));
  await scene.witness.answered();
});

Deno.test("what is no request ends its connection and nothing else", async () => {
  await using scene = await openScene();
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["a length of 2 GiB", Uint8Array.of(0x7f, 0xff, 0xff, 0xff)],
    ["a negative length", Uint8Array.of(0xff, 0xff, 0xff, 0xfe)],
    ["a length of nothing", Uint8Array.of(0, 0, 0, 0)],
    ["HTTP", new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
    ["TLS", Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3)],
    ["an unknown key", Uint8Array.of(0, 0, 0, 10, 0x7f, 0, 0, 0, 0, 0, 0, 1, 255, 255)],
    ["a version of the future", Uint8Array.of(0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 255, 255)],
    ["a billion items", Uint8Array.of(0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 1, 255, 255, 0x40, 0, 0, 0)],
    ["chance", crypto.getRandomValues(new Uint8Array(5000)).fill(0x99, 0, 1)],
  ];
  for (const [what, bytes] of cases) {
    await using client = await scene.connect();
    await client.link.send(bytes);
    assert.equal(await client.frame().catch(() => undefined), undefined, what);
  }
  await scene.witness.answered();
});

Deno.test("clients that are gone before they are let in, or half gone, hold up nobody", async () => {
  await using scene = await openScene();
  const [host, port] = scene.broker.bootstrap.split(":");
  const request = Uint8Array.of(0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 9, 255, 255);
  for (const bytes of [new Uint8Array(), request.subarray(0, 7), request]) {
    for (let i = 0; i < 20; i++) {
      const socket = net.connect(Number(port), host).on("error", () => {});
      await once(socket, "connect");
      socket.write(bytes);
      socket.resetAndDestroy();
    }
    await scene.witness.answered(5);
  }
  // One that will say nothing more still gets what it asked for.
  using half = await Deno.connect({ hostname: host!, port: Number(port) });
  await half.write(request);
  await half.closeWrite();
  const answer = new Uint8Array(await new Response(half.readable).arrayBuffer());
  assert.equal(new DataView(answer.buffer).getInt32(0), answer.length - 4);
  await scene.witness.answered();
});

Deno.test("a thousand clients are served; the next is turned away, and let in when one has left", async () => {
  await using scene = await openScene();
  const clients = await Promise.all(Array.from({ length: 999 }, () => scene.connect()));
  await Promise.all(clients.map((client) => client.ask(apiVersionsApi, 0, {})));
  await using refused = await scene.connect();
  await assert.rejects(refused.ask(apiVersionsApi, 0, {}));
  await scene.witness.answered();
  await Promise.all(clients.splice(0, 500).map(({ link }) => link.close()));
  await scene.witness.answered();
  await using later = await scene.connect();
  await later.ask(apiVersionsApi, 0, {});
  assert.ok(scene.memoryMb() < 500, `${scene.memoryMb()} MB`);
  await Promise.all(clients.map(({ link }) => link.close()));
});

for (const [where, args] of [["memory", []], ["a folder", ["--data", "data"]]] as const) {
  Deno.test(`clients that never take their answers, from ${where}, hold up themselves alone`, async () => {
    await using scene = await openScene(args);
    await using producer = await scene.connect();
    await createTopic(producer, "t");
    for (let i = 0; i < 64; i++) assert.equal(await produce(producer, "t", writeBatch([record(2 ** 19)])), ERROR.NONE);
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 2 ** 30 }];
    const greedy = await Promise.all(Array.from({ length: 50 }, () => scene.connect()));
    for (const client of greedy) {
      for (let i = 0; i < 20; i++) {
        await client.send(fetchApi, 11, { maxBytes: 2 ** 30, minBytes: 1, topics: [{ topic: "t", partitions }] });
      }
    }
    await scene.witness.answered(200);
    assert.ok(scene.memoryMb() < 800, `${scene.memoryMb()} MB`);
    await scene.witness.end();
    if (where === "memory") {
      // It stops in order, although they still do not take them.
      const startMs = performance.now();
      assert.equal(await scene.broker.end("SIGTERM"), 143);
      assert.ok(performance.now() - startMs < 10_000);
    }
    await Promise.all(greedy.map(({ link }) => link.close()));
  });
}

Deno.test("a producer that never takes its answers is held up when they fill its socket", async () => {
  await using scene = await openScene();
  await using producer = await scene.connect();
  await createTopic(producer, "t");
  const topics = [{ name: "t", partitions: [{ index: 0, records: writeBatch([record(10)]) }] }];
  let sent = 0;
  const sending = (async () => {
    for (; sent < 1e6; sent++) await producer.send(produceApi, 7, { acks: -1, topics });
  })().catch(() => {});
  await scene.witness.answered(300);
  assert.ok(sent > 0 && scene.memoryMb() < 500, `${scene.memoryMb()} MB`);
  await producer.link.close();
  await sending;
  await scene.witness.answered();
});

Deno.test("requests of 90 MiB that never come to their end wait for each other, not in memory", async () => {
  await using scene = await openScene();
  const clients = await Promise.all(Array.from({ length: 20 }, () => scene.connect()));
  const part = new Uint8Array(2 ** 20);
  const sending = clients.map(async ({ link }) => {
    await link.send(Uint8Array.of(5, 0xa0, 0, 0));
    for (let i = 0; i < 80; i++) await link.send(part);
  });
  await scene.witness.answered(200);
  assert.ok(scene.memoryMb() < 700, `${scene.memoryMb()} MB`);
  await Promise.all(clients.map(({ link }) => link.close()));
  await Promise.allSettled(sending);
  await scene.witness.answered();
});

Deno.test("a bomb in any compression is refused in bounded time and memory", async () => {
  await using scene = await openScene();
  await using client = await scene.connect();
  await createTopic(client, "t");
  for (const [name, batch] of bombs()) {
    assert.ok(batch.length < 2 ** 20, `${name}: ${batch.length} bytes`);
    const startMs = performance.now();
    assert.equal(await produce(client, "t", batch), ERROR.CORRUPT_MESSAGE, name);
    const tookMs = performance.now() - startMs;
    assert.ok(tookMs < 2000, `${name}: ${tookMs} ms`);
  }
  assert.ok(scene.memoryMb() < 700, `${scene.memoryMb()} MB`);
  assert.equal(await end(client, "t"), 0);
  await scene.witness.answered();
});

Deno.test("batches that lie are refused with the code that says why, and nothing of them is kept", async () => {
  await using scene = await openScene();
  await using client = await scene.connect();
  await createTopic(client, "t", { "max.message.bytes": "1000" });
  await createTopic(client, "compacted", { "cleanup.policy": "compact" });
  const good = writeBatch([record(10), record(10)]);
  const flipped = good.slice();
  flipped[70]! ^= 1;
  const cases: readonly (readonly [string, number, Uint8Array, topic?: string])[] = [
    ["a wrong checksum", ERROR.CORRUPT_MESSAGE, flipped],
    ["no records", ERROR.INVALID_RECORD, sealed(good.subarray(0, 61), (view) => view.setInt32(57, 0))],
    ["more records than there are", ERROR.INVALID_RECORD, sealed(good, (view) => view.setInt32(57, 3))],
    ["fewer records than there are", ERROR.INVALID_RECORD, sealed(good, (view) => view.setInt32(57, 1))],
    [
      "a billion records",
      ERROR.INVALID_RECORD,
      sealed(good, (view) => (view.setInt32(57, 1e9), view.setInt32(23, 1e9 - 1))),
    ],
    ["an empty batch", ERROR.INVALID_RECORD, new Uint8Array()],
    ["half a batch", ERROR.CORRUPT_MESSAGE, good.subarray(0, 50)],
    ["two batches", ERROR.INVALID_RECORD, concat(good, good)],
    ["an older format", ERROR.CORRUPT_MESSAGE, sealed(good, (view) => view.setInt8(16, 1))],
    ["a compression that nobody knows", ERROR.CORRUPT_MESSAGE, sealed(good, (view) => view.setInt16(21, 7))],
    ["gzip that is none", ERROR.CORRUPT_MESSAGE, compressed(1, new Uint8Array(20))],
    ["a control batch", ERROR.INVALID_RECORD, sealed(good, (view) => view.setInt16(21, 0x20))],
    ["a batch that is too long", ERROR.MESSAGE_TOO_LARGE, writeBatch([record(1000)])],
    ["a record without a key", ERROR.INVALID_RECORD, good, "compacted"],
    ["a partition that is not there", ERROR.UNKNOWN_TOPIC_OR_PARTITION, good, "nowhere"],
  ];
  for (const [what, code, batch, topic = "t"] of cases) assert.equal(await produce(client, topic, batch), code, what);
  assert.deepEqual([await end(client, "t"), await end(client, "compacted")], [0, 0]);
  assert.equal(await produce(client, "t", good), ERROR.NONE);
  assert.equal(await end(client, "t"), 2);
});

async function createTopic(client: TestClient, name: string, settings: Record<string, string> = {}): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({ name, value }));
  const topics = [{ name, numPartitions: 1, replicationFactor: 1, configs }];
  const answer = await client.ask(createTopicsApi, 4, { topics, timeoutMs: 1000 });
  assert.equal(answer.topics[0]!.errorCode, ERROR.NONE);
  await client.ask(metadataApi, 5, { topics: [{ name }] });
}

async function produce(client: TestClient, name: string, records: Uint8Array): Promise<number> {
  const topics = [{ name, partitions: [{ index: 0, records }] }];
  return (await client.ask(produceApi, 7, { acks: -1, topics })).topics[0]!.partitions[0]!.errorCode;
}

async function end(client: TestClient, name: string): Promise<number> {
  const topics = [{ name, partitions: [{ partitionIndex: 0, index: 0, timestamp: -1 }] }];
  return (await client.ask(listOffsetsApi, 3, { replicaId: -1, topics })).topics[0]!.partitions[0]!.offset;
}
