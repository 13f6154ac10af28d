// Brokers that mosquitto is not: one that goes before it confirms, is silent, or talks nonsense.
import assert from "node:assert/strict";
import mqtt from "../../plugins/mqtt/mod.ts";
import { encodePacket, type Packet } from "../../plugins/mqtt/packet.ts";
import { PacketReader } from "../../plugins/mqtt/reader.ts";
import { startNode } from "./_node.ts";

const welcome: Packet = { type: "connack", sessionPresent: false, code: 0 };

Deno.test("mqtt publish: what was not confirmed is sent again, in order, with the same ids, marked as sent before", async () => {
  await using broker = openOddBroker();
  await using node = publisher(broker.address);
  node.send("messages", "a", "b", "c");
  {
    using first = await broker.accept();
    assert.equal((await first.next()).type, "connect");
    await first.send(welcome);
    const sent = [await first.next(), await first.next(), await first.next()];
    assert.deepEqual(sent.map(brief), ["1 a", "2 b", "3 c"]);
    await first.send({ type: "puback", id: 2 });
    await first.send({ type: "puback", id: 99 });
  }
  {
    using second = await broker.accept();
    await second.next();
    await second.send(welcome);
    node.send("messages", "d");
    node.end("messages");
    const sent = [await second.next(), await second.next(), await second.next()];
    assert.deepEqual(sent.map(brief), ["1 a dup", "3 c dup", "4 d"]);
    for (const id of [1, 3, 4]) await second.send({ type: "puback", id });
    assert.equal((await second.next()).type, "disconnect");
  }
  await node.done;
});

Deno.test("mqtt publish: no more than maxInFlight are under way", async () => {
  await using broker = openOddBroker();
  await using node = publisher(broker.address, { maxInFlight: 2 });
  node.send("messages", "a", "b", "c");
  using connection = await broker.accept();
  await connection.next();
  await connection.send(welcome);
  assert.deepEqual([await connection.next(), await connection.next()].map(brief), ["1 a", "2 b"]);
  const third = connection.next();
  await connection.send({ type: "puback", id: 1 });
  assert.equal(brief(await third), "3 c");
});

Deno.test("mqtt: a broker that is silent for a whole keep-alive is left, and tried again", async () => {
  await using broker = openOddBroker();
  await using node = publisher(broker.address, { keepAliveMs: 200 });
  using first = await broker.accept();
  assert.equal((await first.next() as { keepAlive: number }).keepAlive, 1);
  await first.send(welcome);
  assert.equal((await first.next()).type, "pingreq");
  await first.send({ type: "pingresp" });
  assert.equal((await first.next()).type, "pingreq");
  assert.match(await node.said(/trying again/), /no answer in time/);
  using second = await broker.accept();
  assert.equal((await second.next()).type, "connect");
});

Deno.test("mqtt: a broker that talks nonsense, too much, or wants nobody is left with a reason", async () => {
  const cases: readonly (readonly [answer: Uint8Array, reason: RegExp, ends: boolean])[] = [
    [Uint8Array.of(0xf0, 0), /the broker sent a packet that begins with 0xf0/, false],
    [Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f), /the broker sent a packet of 268435455 bytes/, false],
    [encodePacket({ type: "pingresp" }), /the broker said pingresp/, false],
    [encodePacket({ ...welcome, code: 3 } as Packet), /it is not ready/, false],
    [encodePacket({ ...welcome, code: 2 } as Packet), /it does not take our clientId/, true],
    [encodePacket({ ...welcome, code: 5 } as Packet), /refuses user or password/, true],
  ];
  for (const [answer, reason, ends] of cases) {
    await using broker = openOddBroker();
    await using node = publisher(broker.address);
    using connection = await broker.accept();
    await connection.next();
    await connection.write(answer);
    if (ends) await assert.rejects(node.done, reason);
    else assert.match(await node.said(/trying again/), reason);
  }
});

function publisher(broker: string, config: Record<string, unknown> = {}) {
  return startNode(mqtt, "publish", { config: { broker, topic: "t", ...config }, inputs: ["messages"] });
}

function brief(packet: Packet): string {
  assert.equal(packet.type, "publish");
  const { id, payload, dup } = packet as Extract<Packet, { type: "publish" }>;
  return `${id} ${new TextDecoder().decode(payload)}${dup ? " dup" : ""}`;
}

function openOddBroker() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return {
    address: `127.0.0.1:${listener.addr.port}`,
    accept: async () => {
      const conn = await listener.accept();
      const reader = new PacketReader(10_000);
      const packets: Packet[] = [];
      return {
        next: async (): Promise<Packet> => {
          const buffer = new Uint8Array(1000);
          while (packets.length === 0) packets.push(...reader.push(buffer.subarray(0, await conn.read(buffer) ?? 0)));
          return packets.shift()!;
        },
        send: async (packet: Packet) => void await conn.write(encodePacket(packet)),
        write: async (bytes: Uint8Array) => void await conn.write(bytes),
        [Symbol.dispose]: () => conn.close(),
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(listener.close()),
  };
}
