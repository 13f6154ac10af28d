import assert from "node:assert/strict";
import type { Observed } from "../../telemetry/mod.ts";
import { FakeSource } from "../_fixture.ts";
import type { FoxgloveChannel } from "./protocol.ts";
import { FoxgloveSession } from "./session.ts";

const channel = (id: number, topic = "gps"): FoxgloveChannel => ({
  ...{ id, topic, encoding: "json", schemaName: topic, schema: "{}", schemaEncoding: "jsonschema" },
});

/** A session, and what it sent: texts as objects, messages as subscription and value. */
function openSession(observed: Observed = new FakeSource()) {
  const sent: unknown[] = [];
  const socket = {
    bufferedBytes: 0,
    send(message: Uint8Array | string) {
      if (typeof message === "string") return void sent.push(JSON.parse(message));
      const view = new DataView(message.buffer);
      const timeNs = view.getBigUint64(message[0] === 1 ? 5 : 1, true);
      if (message[0] === 2) return void sent.push({ timeNs });
      sent.push({
        ...{ subscription: view.getUint32(1, true), timeNs },
        value: JSON.parse(new TextDecoder().decode(message.subarray(13))),
      });
    },
  };
  const session = new FoxgloveSession(socket, { observed, name: "tinman 0", sessionId: "s" });
  const offer = (...channels: FoxgloveChannel[]) => session.offer(new Map(channels.map((each) => [each.id, each])));
  const say = (said: unknown) => session.receive(JSON.stringify(said));
  return { session, sent, socket, offer, say, take: () => sent.splice(0) };
}

const subscribe = { op: "subscribe", subscriptions: [{ id: 9, channelId: 1 }] };

Deno.test("a session says who it is, then what there is, and sends what was subscribed to", () => {
  const source = new FakeSource();
  const { session, offer, say, take } = openSession(source);
  offer(channel(1));
  assert.deepEqual(take(), [
    {
      ...{ op: "serverInfo", name: "tinman 0", sessionId: "s", capabilities: [] },
      metadata: { source: "nodes.ts", kind: "run" },
    },
    { op: "advertise", channels: [channel(1)] },
  ]);
  source.publish({ lat: 1 });
  say(subscribe);
  source.publish({ lat: 2 });
  source.publish([3]);
  session.pump();
  assert.deepEqual(take(), [
    { subscription: 9, timeNs: 7n, value: { lat: 2 } },
    { subscription: 9, timeNs: 7n, value: { value: [3] } },
  ]);
  say({ op: "unsubscribe", subscriptionIds: [9, 8] });
  source.publish({ lat: 4 });
  session.pump();
  assert.deepEqual([take(), source.tails.size], [[], 0]);
});

Deno.test("a client that does not read gets the newest later, and is told what it missed", () => {
  const source = new FakeSource();
  const { session, socket, offer, say, take } = openSession(source);
  offer(channel(1));
  say(subscribe);
  take();
  socket.bufferedBytes = 2 ** 21;
  for (let i = 0; i < 1000; i++) source.publish({ i });
  session.pump();
  assert.deepEqual(take(), []);
  socket.bufferedBytes = 0;
  session.pump();
  const messages = take() as { value: { i: number } }[];
  assert.deepEqual([messages.length, messages.at(-1)!.value], [129, { i: 999 }]);
  for (let i = 0; i < 50; i++) session.pump();
  assert.deepEqual(take(), [{
    ...{ op: "status", level: 1 },
    message: "gps: 871 messages were not sent, they come too fast",
  }]);
});

Deno.test("values that become too much on their way are held back, and the newest comes", () => {
  const source = new FakeSource();
  const { session, socket, offer, say, take } = openSession(source);
  const send = socket.send.bind(socket);
  socket.send = (message) => {
    socket.bufferedBytes += message.length;
    send(message);
  };
  offer(channel(1));
  say(subscribe);
  take();
  const large = "x".repeat(300_000);
  for (let i = 0; i < 10; i++) source.publish({ i, large });
  session.pump();
  const sent = take() as { value: { i: number } }[];
  assert.ok(sent.length <= 4 && socket.bufferedBytes < 2 ** 21, `${sent.length} were sent`);
  socket.bufferedBytes = 0;
  session.pump();
  assert.equal((take() as { value: { i: number } }[]).at(-1)!.value.i, 9);
});

Deno.test("what cannot be decoded is said once, and the others come", () => {
  const source = new FakeSource();
  const { session, offer, say, take } = openSession(source);
  source.decode = (_, data) => {
    if (data.length < 3) throw new Error("no codec");
    return {};
  };
  offer(channel(1));
  say(subscribe);
  take();
  for (const value of [1, 2, { long: true }]) source.publish(value);
  session.pump();
  assert.deepEqual(take(), [
    { op: "status", level: 1, message: "gps cannot be shown: no codec" },
    { subscription: 9, timeNs: 7n, value: {} },
  ]);
});

Deno.test("who asks for what is not there and never reads is answered no more", () => {
  const { socket, say, take } = openSession();
  take();
  socket.bufferedBytes = 2 ** 20 + 1;
  say({ op: "subscribe", subscriptions: [{ id: 1, channelId: 5 }] });
  assert.deepEqual(take(), []);
});

Deno.test("what makes no sense is answered with an error, and changes nothing", () => {
  const source = new FakeSource();
  const { session, offer, say, take } = openSession(source);
  offer(channel(1));
  say(subscribe);
  take();
  say({ op: "subscribe", subscriptions: [{ id: 9, channelId: 1 }] });
  say({ op: "subscribe", subscriptions: [{ id: 3, channelId: 1 }] });
  say({ op: "subscribe", subscriptions: [{ id: 4, channelId: 77 }] });
  say({ op: "advertise", channels: [] });
  session.receive(undefined);
  session.receive("{");
  assert.deepEqual((take() as { level: number }[]).map(({ level }) => level), [2, 2, 2, 2, 2, 2]);
  assert.equal(source.tails.size, 1);
});

Deno.test("a channel that is gone is taken back with its subscription", () => {
  const source = new FakeSource();
  const { session, offer, say, take } = openSession(source);
  offer(channel(1));
  say(subscribe);
  take();
  offer(channel(2, "imu"));
  assert.deepEqual(take(), [
    { op: "unadvertise", channelIds: [1] },
    { op: "advertise", channels: [channel(2, "imu")] },
  ]);
  assert.equal(source.tails.size, 0);
  session[Symbol.dispose]();
});

Deno.test("of a replay it says what time it is, when that has changed", () => {
  const source = new FakeSource();
  let timeNs = 5n;
  const replay = Object.assign(Object.create(source) as FakeSource, { kind: "replay", now: () => timeNs });
  const { session, offer, take } = openSession(replay);
  offer();
  const [info, advertised] = take() as [{ capabilities: string[] }, unknown];
  assert.deepEqual([info.capabilities, advertised], [["time"], { op: "advertise", channels: [] }]);
  session.pump();
  session.pump();
  timeNs = 6n;
  session.pump();
  assert.deepEqual(take(), [{ timeNs: 5n }, { timeNs: 6n }]);
});
