import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import tcp from "../../plugins/tcp/mod.ts";
import type { Link } from "tinman/plugin";
import { testLink } from "../../src/testing/mod.ts";
import { startNode } from "./_node.ts";
import { freePort } from "./_port.ts";

const { open, listen } = tcp.transports.tcp;
const encode = (text: string) => new TextEncoder().encode(text);

testLink({
  name: "tcp",
  test: Deno.test,
  heldAfterBytes: 16 << 20,
  open: connected,
});

Deno.test("tcp: a connection that was reset says UNAVAILABLE to who reads and who sends", async () => {
  const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await using link = await open(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await link.send(encode("reset, please"));
  await assert.rejects(Array.fromAsync(link.incoming), { code: "UNAVAILABLE", message: /Cannot read from tcp:/ });
  await assert.rejects(link.send(encode("x")), { code: "UNAVAILABLE", message: /Cannot send on tcp:/ });
  await new Promise((resolve) => server.close(resolve));
});

Deno.test("tcp: nobody there is UNAVAILABLE, a port that is taken as well, and opening can be given up", async () => {
  const port = freePort();
  await assert.rejects(open(`tcp://127.0.0.1:${port}`), { code: "UNAVAILABLE", message: /Cannot connect to tcp:/ });
  using taken = Deno.listen({ hostname: "127.0.0.1", port });
  await assert.rejects(listen(`tcp://127.0.0.1:${port}`).next(), { code: "UNAVAILABLE", message: /Cannot listen on/ });
  await assert.rejects(open(`tcp://127.0.0.1:${port}`, { signal: AbortSignal.abort(new Error("enough")) }), /enough/);
  assert.ok(taken.addr.port > 0);
});

Deno.test("tcp: listen() ends with its signal, and gives the port back", async () => {
  const address = `tcp://127.0.0.1:${freePort()}`;
  for (let round = 0; round < 2; round++) {
    const stop = new AbortController();
    const next = listen(address, { signal: stop.signal }).next();
    stop.abort();
    assert.deepEqual(await next, { done: true, value: undefined });
  }
});

Deno.test("tcp client: sends, receives, and connects again when the server comes back", async () => {
  const port = freePort();
  const config = { address: `127.0.0.1:${port}` };
  await using client = startNode(tcp, "client", { config, inputs: ["send"], outputs: ["bytes"] });
  await client.said(/trying again/);
  for (const round of [1, 2]) {
    client.send("send", encode(`ping ${round}`));
    for await (const each of listen(`tcp://127.0.0.1:${port}`)) {
      await using link = each;
      assert.equal(await take(link, 6), `ping ${round}`);
      await link.send(encode(`pong ${round}`));
      await client.until("bytes", round);
      break;
    }
    // What is sent while TCP has not noticed is lost, as it is with TCP.
    await client.said(/closed by the other side/, round);
  }
  assert.deepEqual(client.published("bytes"), [encode("pong 1"), encode("pong 2")]);
});

Deno.test("tcp client: gives up at once where it may not connect again", async () => {
  const config = { address: `127.0.0.1:${freePort()}`, reconnect: false };
  await using client = startNode(tcp, "client", { config, outputs: ["bytes"] });
  await assert.rejects(client.done, { code: "UNAVAILABLE" });
  await using wrong = startNode(tcp, "client", { config: { address: "nowhere" }, outputs: ["bytes"] });
  await assert.rejects(wrong.done, { code: "CONFIG", message: /"nowhere": it is not host:port/ });
});

Deno.test("tcp server: talks to all clients and to one, and refuses more than it may have", async () => {
  await using server = startNode(tcp, "server", {
    config: { address: "127.0.0.1:0", maxClients: 2 },
    inputs: ["send"],
    outputs: ["received"],
  });
  const address = (await server.said(/Listening/)).split(" ").at(-1)!;
  await using one = await open(address);
  await one.send(encode("I am one"));
  const [{ peer, bytes }] = await server.until("received", 1) as [{ peer: string; bytes: Uint8Array }];
  assert.equal(new TextDecoder().decode(bytes), "I am one");
  await using two = await open(address);
  await server.said(/connected/, 2);
  await two.send(encode("I am two"));
  await server.until("received", 2);
  await using three = await open(address);
  assert.deepEqual(await Array.fromAsync(three.incoming), []);
  await server.said(/Refused .*2 clients/);
  server.send("send", encode("all"), { peer, bytes: encode("only one") }, { peer: "tcp://gone:1", bytes: encode("x") });
  server.end("send");
  assert.equal(await take(one, 11), "allonly one");
  assert.equal(await take(two, 3), "all");
  await server.done;
  assert.deepEqual(await Array.fromAsync(one.incoming), []);
});

Deno.test("tcp server: lets a client go that does not read, and goes on with the others", async () => {
  await using server = startNode(tcp, "server", {
    config: { address: "127.0.0.1:0", maxWaitingBytes: 1 << 16 },
    inputs: ["send"],
  });
  const address = (await server.said(/Listening/)).split(" ").at(-1)!;
  await using slow = await open(address);
  await server.said(/connected/);
  let given = 0;
  for (; given < 1000 && server.taken("send") < 1000; given += 50) {
    server.send("send", ...Array.from({ length: 50 }, () => new Uint8Array(1 << 15)));
    await Promise.race([server.said(/Let .* go/), new Promise((resolve) => setTimeout(resolve, 5))]);
  }
  assert.match(await server.said(/Let .* go/), /bytes wait for it/);
  await using quick = await open(address);
  await server.said(/connected/, 2);
  const hello = take(quick, 5);
  const asked = setInterval(() => server.send("send", encode("hello")), 20);
  assert.equal(await hello, "hello");
  clearInterval(asked);
  await slow.close();
});

async function connected(): Promise<{ readonly a: Link; readonly b: Link }> {
  const address = `tcp://127.0.0.1:${freePort()}`;
  const first = listen(address);
  const accepted = first.next();
  const a = await open(address);
  const b = (await accepted).value as Link;
  await first.return(undefined);
  return { a, b };
}

async function take(link: Link, count: number): Promise<string> {
  const bytes: number[] = [];
  for await (const piece of link.incoming) {
    bytes.push(...piece);
    if (bytes.length >= count) break;
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
