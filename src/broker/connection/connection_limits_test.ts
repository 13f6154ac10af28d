import assert from "node:assert/strict";
import { isTinmanError } from "../../errors/mod.ts";
import { startBroker, type TestBroker } from "../_client_test.ts";
import { produceApi } from "../protocol/00_produce.ts";
import { fetchApi } from "../protocol/01_fetch.ts";
import { metadataApi } from "../protocol/03_metadata.ts";
import { apiVersionsApi } from "../protocol/18_api_versions.ts";
import { writeBatch } from "../protocol/records.ts";

const record = (length: number) => ({ value: new Uint8Array(length), key: null, headers: [], timestampMs: 1 });

Deno.test("a client that asks for nothing is ended, and one that asks now and then is not", async () => {
  await using server = await startBroker({ maxIdleMs: 10_000 });
  await using idle = server.client();
  await using witness = server.client();
  await idle.ask(apiVersionsApi, 0, {});
  for (let i = 0; i < 3; i++) {
    await witness.ask(apiVersionsApi, 0, {});
    await pass(server, 5000);
  }
  assert.equal(await idle.frame(), undefined);
  await witness.ask(apiVersionsApi, 0, {});
  assert.deepEqual(problems(server), ["it asked for nothing within 10000 ms"]);
});

Deno.test("a request that never comes to its end is ended, however its bytes trickle in", async () => {
  await using server = await startBroker({ maxTransferMs: 10_000 });
  await using slow = server.client();
  await using witness = server.client();
  await slow.link.send(Uint8Array.of(0, 0, 1, 0));
  for (let i = 0; i < 10; i++) {
    await slow.link.send(Uint8Array.of(0));
    await pass(server, 1000);
    await witness.ask(apiVersionsApi, 0, {});
  }
  await pass(server, 1000);
  assert.equal(await slow.frame(), undefined);
  assert.deepEqual(problems(server), ["its request did not come within 10000 ms"]);
});

Deno.test("an answer that nobody takes ends its connection", async () => {
  await using server = await startBroker({ maxTransferMs: 10_000 });
  await using lazy = server.client();
  await using witness = server.client();
  await fill(server, 20 * 2 ** 20);
  // The link between them holds 16 MiB, which is one answer.
  for (let i = 0; i < 2; i++) await lazy.send(fetchApi, 11, fetchAll());
  for (let i = 0; i < 10; i++) await witness.ask(apiVersionsApi, 0, {});
  await pass(server, 11_000);
  await witness.ask(apiVersionsApi, 0, {});
  assert.deepEqual(problems(server), ["it did not take its answer within 10000 ms"]);
});

Deno.test("a fetch that waits is not idle", async () => {
  await using server = await startBroker({ maxIdleMs: 1000, maxTransferMs: 1000 });
  await using client = server.client();
  await client.ask(metadataApi, 5, { topics: [{ name: "t" }], allowAutoTopicCreation: true });
  const take = await client.send(fetchApi, 11, { ...fetchAll(), maxWaitMs: 20_000 });
  await pass(server, 20_000);
  assert.equal((await take()).topics.length, 1);
});

Deno.test("requests wait for room; those that hold it and do not come on are ended, and the others come in", async () => {
  await using server = await startBroker({ maxMemoryBytes: 1_000_000 });
  await using one = server.client();
  await using two = server.client();
  await using witness = server.client();
  await one.link.send(Uint8Array.of(0, 0x0e, 0, 0, 0)); // 917,504 bytes, of which one comes
  await server.clock.runTo(server.clock.now());
  const batch = writeBatch([record(900_000)]);
  const topics = [{ name: "t", partitions: [{ index: 0, records: batch }] }];
  await two.ask(metadataApi, 5, { topics: [{ name: "t" }], allowAutoTopicCreation: true });
  const to = await two.send(produceApi, 7, { acks: -1, topics });
  // The link gives it in one piece, which needs no room; another that comes in two does.
  assert.equal((await to()).topics[0]!.partitions[0]!.errorCode, 0);
  await two.link.send(Uint8Array.of(0, 0x0d, 0, 0));
  for (let i = 0; i < 7; i++) {
    await pass(server, 1000);
    await witness.ask(apiVersionsApi, 0, {});
  }
  assert.equal(await one.frame(), undefined);
  assert.deepEqual(problems(server), ["its request did not come within 5000 ms"]);
});

Deno.test("who does not take answers makes those of the others short, not empty", async () => {
  await using server = await startBroker({ maxMemoryBytes: 17 * 2 ** 20 });
  await using lazy = server.client();
  await using other = server.client();
  await fill(server, 40 * 2 ** 20);
  for (let i = 0; i < 2; i++) await lazy.send(fetchApi, 11, fetchAll());
  for (let i = 0; i < 10; i++) await other.ask(apiVersionsApi, 0, {});
  const { records } = (await other.ask(fetchApi, 11, fetchAll())).topics[0]!.partitions[0]!;
  assert.ok(records!.length > 0 && records!.length <= 2 * 2 ** 20, `${records!.length}`);
  await lazy.link.close();
  for (let i = 0; i < 10; i++) await other.ask(apiVersionsApi, 0, {});
  const all = (await other.ask(fetchApi, 11, fetchAll())).topics[0]!.partitions[0]!;
  assert.ok(all.records!.length > 10 * 2 ** 20);
});

Deno.test("a client of ours whose connection was ended for its silence connects anew", async () => {
  await using server = await startBroker({ maxIdleMs: 1000 });
  await using client = await server.broker.connect();
  await client.produce("t", { value: new Uint8Array(1) });
  await pass(server, 5000);
  const produced = client.produce("t", { value: new Uint8Array(1) });
  await pass(server, 1000);
  assert.equal((await produced).offset, 1);
});

const fetchAll = () => ({
  maxBytes: 2 ** 30,
  minBytes: 1,
  topics: [{ topic: "t", partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 2 ** 30 }] }],
});

async function fill(server: TestBroker, bytes: number): Promise<void> {
  await using client = await server.broker.connect();
  for (let i = 0; i < bytes / 2 ** 19; i++) await client.produceBatch("t", [record(2 ** 19)]);
}

async function pass({ clock }: TestBroker, ms: number): Promise<void> {
  await clock.runTo(clock.now() + BigInt(ms) * 1_000_000n);
}

function problems({ events }: TestBroker): string[] {
  const errors = events.flatMap((event) => event.kind === "error" ? [event.error] : []);
  return errors.map((error) => isTinmanError(error, "TIMEOUT") ? error.message.replace(/^.*?: /, "") : String(error));
}
