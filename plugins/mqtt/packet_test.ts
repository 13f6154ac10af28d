import assert from "node:assert/strict";
import fc from "fast-check";
import { encodePacket, type Packet } from "./packet.ts";
import { PacketReader } from "./reader.ts";

const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const text = fc.string({ unit: "binary", maxLength: 40 });
const id = fc.integer({ min: 1, max: 0xffff });
const payload = fc.uint8Array({ maxLength: 300 });
const qos = fc.constantFrom(0, 1);
const packets = fc.oneof(
  record<Packet>({ type: fc.constant("connack"), sessionPresent: fc.boolean(), code: fc.nat(5) } as never),
  fc.tuple(text, payload, fc.boolean(), fc.boolean(), id, qos).map((
    [topic, payload, retain, dup, id, qos],
  ): Packet => ({
    type: "publish",
    topic,
    qos,
    retain,
    dup,
    ...(qos > 0 && { id }),
    payload,
  })),
  id.map((id): Packet => ({ type: "puback", id })),
  fc.tuple(id, fc.array(fc.tuple(text, qos), { maxLength: 5 })).map(([id, filters]): Packet => ({
    type: "subscribe",
    id,
    filters,
  })),
  fc.tuple(id, fc.array(fc.constantFrom(0, 1, 2, 0x80))).map(([id, codes]): Packet => ({ type: "suback", id, codes })),
  fc.constantFrom<Packet>({ type: "pingreq" }, { type: "pingresp" }, { type: "disconnect" }),
  fc.tuple(text, fc.boolean(), fc.nat(0xffff), fc.option(fc.tuple(text, payload, qos, fc.boolean())), fc.option(text))
    .map(
      ([clientId, clean, keepAlive, will, user]): Packet => ({
        type: "connect",
        clientId,
        clean,
        keepAlive,
        ...(will !== null && { will: { topic: will[0], payload: will[1], qos: will[2], retain: will[3] } }),
        ...(user !== null && { user, password: `${user}!` }),
      }),
    ),
);

Deno.test("PacketReader reads what encodePacket() writes, however the bytes are cut", () => {
  fc.assert(fc.property(fc.array(packets, { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), (all, step) => {
    const bytes = Uint8Array.from(all.flatMap((packet) => [...encodePacket(packet)]));
    const reader = new PacketReader(10_000);
    const got: Packet[] = [];
    for (let at = 0; at < bytes.length; at += step) got.push(...reader.push(bytes.subarray(at, at + step)));
    assert.deepEqual(got, all);
  }));
});

Deno.test("PacketReader reads any bytes, or says what is wrong with them", () => {
  const damaged = fc.tuple(packets, fc.nat(), fc.nat(255)).map(([packet, at, value]) => {
    const bytes = encodePacket(packet);
    bytes[at % bytes.length] = value;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), damaged), (bytes) => {
      try {
        [...new PacketReader(1000).push(bytes)].forEach(encodePacket);
      } catch (error) {
        assert.ok(error instanceof SyntaxError || error instanceof RangeError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("encodePacket() writes the bytes of the standard", () => {
  const hex = (packet: Packet) => encodePacket(packet).toHex();
  assert.equal(hex({ type: "connect", clientId: "a", clean: true, keepAlive: 60 }), "100d00044d5154540402003c000161");
  const publish = { type: "publish", topic: "a/b", payload: Uint8Array.of(7), retain: false } as const;
  assert.equal(hex({ ...publish, qos: 0, dup: false }), "30060003612f6207");
  assert.equal(hex({ ...publish, qos: 1, dup: true, id: 10 }), "3a080003612f62000a07");
  assert.equal(hex({ type: "subscribe", id: 10, filters: [["a/b", 1]] }), "8208000a0003612f6201");
  assert.equal(hex({ type: "disconnect" }), "e000");
  const large = encodePacket({ ...publish, payload: new Uint8Array(16_379), qos: 0, dup: false });
  assert.equal(large.subarray(0, 4).toHex(), "30808001");
});

Deno.test("PacketReader refuses a packet over the limit before it has come", () => {
  assert.throws(
    () => [...new PacketReader(1000).push(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f))],
    /at most 1000 are taken/,
  );
  assert.throws(
    () => [...new PacketReader(1000).push(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff))],
    /more than four bytes/,
  );
});

Deno.test("encodePacket() refuses what a packet cannot hold", () => {
  const publish = { type: "publish", payload: new Uint8Array(0), retain: false, dup: false } as const;
  assert.throws(() => encodePacket({ ...publish, topic: "x".repeat(65_536), qos: 0 }), /longer than 65535/);
  assert.throws(() => encodePacket({ ...publish, topic: "x", qos: 1, id: 65_536 }), /not from 0 to 65535/);
});
