// Goal: the mqtt plugin talks to a real broker, and QoS 1 loses nothing when the broker goes away in the middle.
// Method: Debian's mosquitto, ended and started again; a broker of our own where it has to misbehave.
import assert from "node:assert/strict";
import mqtt from "../../plugins/mqtt/mod.ts";
import { startNode } from "./_node.ts";
import { openBroker } from "./_mosquitto.ts";
import { freePort } from "./_port.ts";
import { hasProgram } from "./_pty.ts";

const ignore = !hasProgram("mosquitto");
const brokerTest = (name: string, fn: () => Promise<void>) => Deno.test({ name, ignore, fn });
const encode = (text: string) => new TextEncoder().encode(text);

interface Message {
  readonly topic: string;
  readonly payload: unknown;
  readonly qos: number;
  readonly retain: boolean;
}

brokerTest("mqtt: what is published comes to who subscribed, by topic filter, as bytes, text or JSON", async () => {
  await using broker = await openBroker();
  const subscribe = (topics: string[], format: string) =>
    startNode(mqtt, "subscribe", { config: { broker: broker.address, topics, format }, outputs: ["messages"] });
  await using all = subscribe(["#"], "bytes");
  await using level = subscribe(["boat/+/gps"], "text");
  await using json = subscribe(["json/#", "other"], "json");
  await Promise.all([all, level, json].map((node) => node.said(/Subscribed/)));
  await using publish = startNode(mqtt, "publish", { config: { broker: broker.address }, inputs: ["messages"] });
  const text = "fix ☃";
  publish.send(
    "messages",
    { topic: "boat/1/gps", payload: text },
    { topic: "boat/1/2/gps", payload: Uint8Array.of(0, 255) },
    { topic: "json", payload: { timeNs: 1_800_000_000_123_456_789n, list: [1, "x"] } },
    { topic: "other", payload: "no JSON" },
    { topic: "other", payload: "" },
    { topic: "other", payload: "7" },
  );
  publish.end("messages");
  await publish.done;
  const bytes = await all.until("messages", 6) as Message[];
  assert.deepEqual(bytes.slice(0, 2).map(({ topic, payload, qos, retain }) => [topic, payload, qos, retain]), [
    ["boat/1/gps", encode(text), 1, false],
    ["boat/1/2/gps", Uint8Array.of(0, 255), 1, false],
  ]);
  assert.equal(
    new TextDecoder().decode(bytes[2]!.payload as Uint8Array),
    '{"timeNs":1800000000123456789,"list":[1,"x"]}',
  );
  assert.deepEqual((await level.until("messages", 1) as Message[]).map(({ payload }) => payload), [text]);
  const values = await json.until("messages", 2) as Message[];
  assert.equal(values.at(-1)!.payload, 7);
  assert.match(await json.said(/Cannot read a message/), /other/);
});

brokerTest("mqtt: QoS 0, a fixed topic, and a message that is retained for who comes later", async () => {
  await using broker = await openBroker();
  const config = { broker: broker.address, topic: "state", qos: 0, retain: true };
  await using publish = startNode(mqtt, "publish", { config, inputs: ["messages"] });
  publish.send("messages", { a: 1 }, { a: 2 });
  publish.end("messages");
  await publish.done;
  await using later = startNode(mqtt, "subscribe", {
    config: { broker: broker.address, topics: ["state"], format: "json", qos: 0 },
    outputs: ["messages"],
  });
  assert.deepEqual(await later.until("messages", 1), [{ topic: "state", payload: { a: 2 }, qos: 0, retain: true }]);
});

brokerTest("mqtt: the broker ends in the middle and comes back; QoS 1 loses nothing", async () => {
  await using broker = await openBroker();
  const common = { broker: broker.address, persistent: true, qos: 1 };
  await using subscribe = startNode(mqtt, "subscribe", {
    config: { ...common, clientId: "reader", topics: ["n"], format: "json" },
    outputs: ["messages"],
  });
  await subscribe.said(/Subscribed/);
  await using publish = startNode(mqtt, "publish", {
    config: { ...common, clientId: "writer", topic: "n", maxInFlight: 20 },
    inputs: ["messages"],
  });
  let next = 0;
  const give = (count: number) => publish.send("messages", ...Array.from({ length: count }, () => next++));
  give(3000);
  await subscribe.until("messages", 100);
  await broker.end("SIGTERM");
  assert.ok(subscribe.published("messages").length < 3000, "this is not the middle");
  await Promise.all([publish, subscribe].map((node) => node.said(/trying again/)));
  give(100);
  await broker.start();
  give(100);
  publish.end("messages");
  await publish.done;
  // As the broker keeps the order, all before the last have come when it has; some may have come twice.
  const last = () => (subscribe.published("messages").at(-1) as Message | undefined)?.payload;
  while (last() !== next - 1) await subscribe.until("messages", subscribe.published("messages").length + 1);
  const got = new Set((subscribe.published("messages") as Message[]).map(({ payload }) => payload));
  assert.deepEqual(Array.from({ length: next }, (_, i) => i).filter((each) => !got.has(each)), []);
});

brokerTest("mqtt: the broker is killed and forgets everybody; both nodes come back by themselves", async () => {
  await using broker = await openBroker();
  const config = { broker: broker.address, topics: ["n"], format: "json" };
  await using subscribe = startNode(mqtt, "subscribe", { config, outputs: ["messages"] });
  await subscribe.said(/Subscribed/);
  await using publish = startNode(mqtt, "publish", {
    config: { broker: broker.address, topic: "n" },
    inputs: ["messages"],
  });
  publish.send("messages", 1);
  await subscribe.until("messages", 1);
  await broker.end("SIGKILL");
  await broker.start();
  await subscribe.said(/Subscribed/, 2);
  publish.send("messages", 2);
  publish.end("messages");
  await publish.done;
  assert.equal((await subscribe.until("messages", 2) as Message[]).at(-1)!.payload, 2);
});

brokerTest("mqtt: the broker keeps messages for a persistent subscriber that was away", async () => {
  await using broker = await openBroker();
  const config = { broker: broker.address, topics: ["n"], format: "json", clientId: "reader", persistent: true };
  {
    await using subscribe = startNode(mqtt, "subscribe", { config, outputs: ["messages"] });
    await subscribe.said(/Subscribed/);
  }
  await using publish = startNode(mqtt, "publish", {
    config: { broker: broker.address, topic: "n" },
    inputs: ["messages"],
  });
  publish.send("messages", 1, 2, 3);
  publish.end("messages");
  await publish.done;
  await using subscribe = startNode(mqtt, "subscribe", { config, outputs: ["messages"] });
  assert.deepEqual((await subscribe.until("messages", 3) as Message[]).map(({ payload }) => payload), [1, 2, 3]);
});

brokerTest("mqtt: the will is said when the connection breaks, and not when it is closed", async () => {
  await using broker = await openBroker();
  await using watch = startNode(mqtt, "subscribe", {
    config: { broker: broker.address, topics: ["will/#"], format: "text" },
    outputs: ["messages"],
  });
  await watch.said(/Subscribed/);
  // Between node and broker, so that the connection can break.
  const port = freePort();
  const proxy = new Deno.Command("socat", {
    args: [`TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr`, `TCP:${broker.address}`],
    stderr: "null",
  }).spawn();
  const config = { topics: ["x"], keepAliveMs: 60_000 };
  const will = (topic: string) => ({ topic: `will/${topic}`, payload: "gone", qos: 1 });
  await using broken = startNode(mqtt, "subscribe", {
    config: { ...config, broker: `127.0.0.1:${port}`, will: will("broken") },
  });
  await broken.said(/Subscribed/);
  {
    await using closed = startNode(mqtt, "subscribe", {
      config: { ...config, broker: broker.address, will: will("closed") },
    });
    await closed.said(/Subscribed/);
  }
  proxy.kill("SIGKILL");
  await proxy.status;
  assert.deepEqual((await watch.until("messages", 1) as Message[]).map(({ topic, payload }) => [topic, payload]), [
    ["will/broken", "gone"],
  ]);
});

brokerTest("mqtt: user and password are sent, and a refusal ends the node", async () => {
  await using broker = await openBroker(["allow_anonymous false", "password_file FOLDER/passwords"].slice(0, 1));
  const config = { broker: broker.address, topics: ["x"], user: "me", password: "secret" };
  await using node = startNode(mqtt, "subscribe", { config, outputs: ["messages"] });
  await assert.rejects(node.done, { code: "DENIED", message: /refuses user or password/ });
});

Deno.test("mqtt: configuration that makes no sense is refused before anything is opened", async () => {
  const wrong: readonly (readonly [config: Record<string, unknown>, message: RegExp])[] = [
    [{ broker: "host" }, /broker is "host", not host:port/],
    [{ broker: "h:1", qos: 2 }, /qos is 2, not 0 or 1/],
    [{ broker: "h:1", persistent: true }, /clientId is ""/],
    [{ broker: "h:1", topics: [] }, /topics/],
    [{ broker: "h:1", topics: ["a/#/b"] }, /Cannot subscribe to "a\/#\/b"/],
    [{ broker: "h:1", topics: ["a"], format: "xml" }, /format is "xml"/],
    [{ broker: "h:1", topics: ["a"], will: { topic: "#" } }, /Cannot publish to "#"/],
  ];
  for (const [config, message] of wrong) {
    await using node = startNode(mqtt, "subscribe", { config });
    await assert.rejects(node.done, { code: "CONFIG", message });
  }
  await using publish = startNode(mqtt, "publish", { config: { broker: "127.0.0.1:1" }, inputs: ["messages"] });
  publish.send("messages", { topic: "a/+", payload: 1 });
  await assert.rejects(publish.done, { code: "CODEC", message: /Cannot publish to "a\/\+"/ });
});
