import assert from "node:assert/strict";
import { Kafka, logLevel } from "kafkajs";
import { isTinmanError, openBroker, openKafka } from "tinman";
import { certificate } from "./_certificate.ts";

// kafkajs starts timers of its own and leaves some running.
const loose = { sanitizeOps: false, sanitizeResources: false };
const users = { me: "se,cr=et" };

Deno.test("kafkajs logs in with PLAIN and SCRAM, and not with a wrong password or without", loose, async () => {
  await using broker = await openBroker({ port: 0, users });
  const list = async (sasl?: ConstructorParameters<typeof Kafka>[0]["sasl"]) => {
    const retry = { retries: 0 };
    const kafka = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING, retry, ...(sasl && { sasl }) });
    const admin = kafka.admin();
    try {
      await admin.connect();
      return await admin.listTopics();
    } finally {
      await admin.disconnect();
    }
  };
  for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
    const sasl = (password: string) => ({ mechanism, username: "me", password }) as never;
    assert.deepEqual(await list(sasl(users.me)), []);
    await assert.rejects(list(sasl("wrong")), /SASL|Authentication/i);
  }
  await assert.rejects(list());
});

Deno.test("openKafka() logs in with each mechanism, and says why it could not", async () => {
  await using broker = await openBroker({ port: 0, users });
  for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
    await using client = await openKafka(broker.bootstrap, { sasl: { mechanism, user: "me", password: users.me } });
    assert.deepEqual(await client.topics(), []);
    const wrong = openKafka(broker.bootstrap, { sasl: { mechanism, user: "me", password: "wrong" } });
    await assert.rejects(wrong, (error) => isTinmanError(error, "DENIED") && !error.message.includes('wrong"'));
  }
  await assert.rejects(openKafka(broker.bootstrap).then((client) => client.topics()), (error) => isTinmanError(error));
  // Who is in the same process is let in.
  await using inside = await broker.connect();
  assert.deepEqual(await inside.topics(), []);
});

Deno.test("TLS: with a certificate that is trusted, and not without", loose, async () => {
  await using broker = await openBroker({ port: 0, host: "localhost", tls: certificate, users });
  const sasl = { user: "me", password: users.me };
  await using client = await openKafka(broker.bootstrap, { tls: { trusted: [certificate.cert] }, sasl });
  await client.produceBatch("t", Array.from({ length: 1000 }, () => ({ value: new Uint8Array(1000) })));
  assert.equal((await client.fetch("t", { maxRecords: 2000, maxBytes: 2 ** 21 })).length, 1000);
  await assert.rejects(
    openKafka(broker.bootstrap, { tls: true, sasl }),
    (error) => isTinmanError(error, "UNAVAILABLE"),
  );

  const ssl = { ca: [certificate.cert] };
  const kafka = new Kafka({
    brokers: [broker.bootstrap],
    logLevel: logLevel.NOTHING,
    ssl,
    sasl: { mechanism: "scram-sha-256", username: "me", password: users.me },
  });
  const admin = kafka.admin();
  await admin.connect();
  assert.deepEqual(await admin.listTopics(), ["t"]);
  await admin.disconnect();
});
