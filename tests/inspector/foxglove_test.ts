// Goal: Foxglove and Lichtblick connect to what runs and see its values. Method: the client that they are made with, as published
// on npm, over a real socket; and a page of another origin in a real browser, since that is what they are.
import assert from "node:assert/strict";
import protocol, { type Channel, type MessageData } from "@foxglove/ws-protocol";
import { inBrowser, openBrowser } from "./_browser.ts";
import { type Inspected, inspected, start } from "./_inspected.ts";

const { FoxgloveClient } = protocol;

async function addressOf({ url, token }: Inspected): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  return (await (await fetch(new URL("/api/foxglove", url), { headers })).json()).url;
}

/** Connects as Foxglove does, and waits until every wanted topic is there. */
async function connect(address: string, spoken: string, topics: readonly string[]) {
  const options = { protocols: [spoken], headers: { origin: "https://app.foxglove.dev" } };
  const socket = new WebSocket(address, options as unknown as string[]);
  // deno-lint-ignore no-explicit-any
  const client = new FoxgloveClient({ ws: socket as any });
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  const closed = new Promise<void>((resolve) => client.on("close", () => resolve()));
  const info = new Promise<unknown>((resolve) => client.on("serverInfo", resolve));
  const channels = new Map<string, Channel>();
  await new Promise<void>((resolve) =>
    client.on("advertise", (added) => {
      for (const channel of added) channels.set(channel.topic, channel);
      if (topics.every((topic) => channels.has(topic))) resolve();
    })
  );
  return {
    ...{ client, errors, channels, protocol: socket.protocol, info: await info as { name: string } },
    async [Symbol.asyncDispose]() {
      client.close();
      await closed;
    },
  };
}

for (const spoken of ["foxglove.websocket.v1", "foxglove.sdk.v1"]) {
  Deno.test(`a client of ${spoken} sees channels with their schemas, and values as they come`, async () => {
    await using run = await inspected("run", "nodes.ts", "--inspect");
    await using connected = await connect(await addressOf(run), spoken, ["gps", "imu", "camera/front"]);
    const { client, channels, errors, info } = connected;
    assert.deepEqual([connected.protocol, info.name.split(" ")[0]], [spoken, "tinman"]);
    const gps = channels.get("gps")!;
    assert.deepEqual([gps.encoding, gps.schemaEncoding], ["json", "jsonschema"]);
    const { properties } = JSON.parse(gps.schema);
    assert.deepEqual([properties.lat, properties.sats], [{ type: "number" }, {
      type: "array",
      items: { type: "number" },
    }]);
    assert.equal(JSON.parse(channels.get("camera/front")!.schema).properties.data.contentEncoding, "base64");

    const got: MessageData[] = [];
    const enough = new Promise<void>((resolve) =>
      client.on("message", (message) => {
        got.push(message);
        if (got.length === 20) resolve();
      })
    );
    const before = BigInt(Date.now() - 1000) * 1_000_000n;
    const subscription = client.subscribe(channels.get("imu")!.id);
    await enough;
    const values = got.map(({ data }) => JSON.parse(new TextDecoder().decode(data)));
    assert.deepEqual(values.map(({ seq }, i) => seq - i), values.map(() => values[0].seq), "none is left out");
    assert.ok(got.every(({ subscriptionId }) => subscriptionId === subscription));
    assert.ok(got.every(({ timestamp }) => timestamp > before));
    client.unsubscribe(subscription);
    assert.deepEqual(errors, []);
    assert.ok(!run.said().includes(new URL(await addressOf(run)).searchParams.get("token")!), "it is in no line");
  });
}

Deno.test("a client of a replay is told what time it is", async () => {
  await using run = await inspected("run", "nodes.ts", "--inspect", "--record");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await using replay = await start(["replay", "latest", "--inspect", "--speed", "0.1"], run.folder);
  await using connected = await connect(await addressOf(replay), "foxglove.websocket.v1", ["gps"]);
  const { timestamp } = await new Promise<{ timestamp: bigint }>((resolve) => connected.client.on("time", resolve));
  assert.ok(timestamp > 1_600_000_000_000_000_000n && timestamp < BigInt(Date.now()) * 1_000_000n, `${timestamp}`);
});

Deno.test({
  name: "a page of another origin in a real browser is let in with the token, and not without",
  ...inBrowser,
  async fn() {
    await using run = await inspected("run", "nodes.ts", "--inspect");
    await using browser = await openBrowser();
    await using stranger = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => new Response("<title>somebody else</title>", { headers: { "content-type": "text/html" } }),
    );
    const page = await (await browser.newContext()).newPage();
    await page.goto(`http://localhost:${stranger.addr.port}/`);
    const first = (address: string) =>
      page.evaluate<string>(`new Promise((resolve) => {
        const socket = new WebSocket(${JSON.stringify(address)}, ["foxglove.websocket.v1"]);
        socket.onmessage = ({ data }) => (resolve(JSON.parse(data).op), socket.close());
        socket.onclose = ({ code }) => resolve("closed with " + code);
      })`);
    const address = await addressOf(run);
    assert.equal(await first(address), "serverInfo");
    assert.equal(await first(address.split("?")[0]!), "closed with 1006");
    assert.equal(await first(address.replace("/foxglove", "/live")), "closed with 1006");
  },
});
