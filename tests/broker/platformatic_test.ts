import assert from "node:assert/strict";
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";
import { startBrokerProcess } from "./_broker.ts";

// Its sockets end a moment after it says that they have.
const loose = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "@platformatic/kafka: all compressions, there and back; a group goes on where it stopped",
  loose,
  async () => {
    await using broker = await startBrokerProcess();
    const options = { clientId: "test", bootstrapBrokers: [broker.bootstrap] };
    await using admin = closing(new Admin(options));
    await admin.createTopics({ topics: ["t"], partitions: 2, replicas: 1 });
    await using producer = closing(new Producer({ ...options, serializers: stringSerializers, idempotent: true }));
    const compressions = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
    for (const compression of compressions) {
      const messages = [1, 2, 3].map((i) => ({
        topic: "t",
        key: "k",
        value: `${compression} ${i}`,
        headers: { a: "b" },
      }));
      const { offsets } = await producer.send({ messages, compression, acks: -1 });
      assert.equal(offsets!.length, 1);
    }
    const all = compressions.flatMap((compression) => [1, 2, 3].map((i) => `${compression} ${i}`));
    assert.deepEqual(await consume(all.length), all);

    await producer.send({ messages: [{ topic: "t", key: "k", value: "later", headers: {} }], acks: -1 });
    assert.deepEqual(await consume(1), ["later"]);
    await admin.deleteTopics({ topics: ["t"] });

    async function consume(count: number): Promise<string[]> {
      await using consumer = closing(
        new Consumer({ ...options, groupId: "g", deserializers: stringDeserializers, maxWaitTime: 50 }),
      );
      const stream = await consumer.consume({
        topics: ["t"],
        mode: "committed",
        fallbackMode: "earliest",
        autocommit: false,
      });
      const seen: string[] = [];
      for await (const message of stream) {
        assert.deepEqual([message.key, [...message.headers.keys()].length <= 1], ["k", true]);
        seen.push(message.value);
        await message.commit();
        if (seen.length === count) break;
      }
      await stream.close();
      return seen;
    }
  },
);

function closing<T extends { close(force?: boolean): Promise<unknown> }>(client: T): T & AsyncDisposable {
  const close = async () => {
    await (client instanceof Consumer ? client.close(true) : client.close());
  };
  return Object.assign(client, { [Symbol.asyncDispose]: close });
}
