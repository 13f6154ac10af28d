// Goal: WebSockets keep the promises of a link, and other implementations understand ours. Method: the suite over
// connections of this machine to itself; the WebSocket and the server of Deno as the other end.
import assert from "node:assert/strict";
import { acceptWebSocket, type Link } from "../../src/link/mod.ts";
import {
  createWallClock,
  createWebSocketTransport,
  listenForMesh,
  listenTls,
  meshTransports,
  openMeshLink,
  secretBytes,
} from "../../src/platform/mod.ts";
import { certificate } from "../broker/_certificate.ts";
import { testLink } from "../../src/testing/mod.ts";

testLink({
  name: "ws",
  test: Deno.test,
  open: async () => {
    const listener = await listenForMesh("ws://127.0.0.1:0/mesh");
    const [a, b] = await Promise.all([openMeshLink(listener.address), first(listener.links)]);
    listener.close();
    return { a, b };
  },
  heldAfterBytes: 16 << 20,
});

Deno.test("ws: Deno's WebSocket talks to our server, and is told the end", async () => {
  const listener = await listenForMesh("ws://127.0.0.1:0/mesh?room=1");
  const socket = new WebSocket(listener.address);
  socket.binaryType = "arraybuffer";
  const [link] = await Promise.all([first(listener.links), heard(socket, "open")]);
  listener.close();
  for (const length of [0, 5, 126, 70_000, 1_000_000]) {
    const sent = Uint8Array.from({ length }, (_, i) => i * 3);
    socket.send(sent);
    assert.deepEqual(await first(link.incoming), sent);
    const [event] = await Promise.all([heard<MessageEvent>(socket, "message"), link.send(sent)]);
    assert.deepEqual(new Uint8Array(event.data), sent);
  }
  const closed = heard<CloseEvent>(socket, "close");
  await link.close();
  assert.deepEqual([(await closed).code, (await closed).wasClean], [1000, true]);
});

Deno.test("ws: our client talks to Deno's server, and hears the end", async () => {
  const ended = Promise.withResolvers<CloseEvent>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.binaryType = "arraybuffer";
    socket.onclose = ended.resolve;
    socket.onmessage = ({ data }) => data.byteLength === 0 ? socket.close(1000) : socket.send(data);
    return response;
  });
  await using link = await openMeshLink(`ws://127.0.0.1:${server.addr.port}/any?x=1`);
  for (const length of [5, 126, 70_000, 1_000_000]) {
    const sent = Uint8Array.from({ length }, (_, i) => i * 7);
    await link.send(sent);
    assert.deepEqual(await first(link.incoming), sent);
  }
  await link.send(new Uint8Array(0));
  assert.deepEqual(await Array.fromAsync(link.incoming), []);
  await link.close();
  assert.equal((await ended.promise).wasClean, true);
  await server.shutdown();
});

Deno.test("ws: one that says nothing holds nobody up, and others are let go when the loop is left", async () => {
  const [transport] = meshTransports.filter(({ scheme }) => scheme === "ws");
  const port = await freePort();
  const address = `ws://127.0.0.1:${port}/`;
  const accepted = first(transport!.listen!(address));
  const silent = await openTcpSoon(port);
  await using link = await transport!.open(address);
  const other = await accepted;
  await other.send(Uint8Array.of(7));
  assert.deepEqual(await first(link.incoming), Uint8Array.of(7));
  assert.equal(await silent.read(new Uint8Array(1)).catch(() => null), null);
  silent.close();
  await other.close();
  await assert.rejects(transport!.open(address), { code: "UNAVAILABLE" });
});

Deno.test("ws: a server that is none is UNAVAILABLE, and wss needs a server with TLS", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("hello"));
  const { port } = server.addr;
  await assert.rejects(openMeshLink(`ws://127.0.0.1:${port}/`), { code: "UNAVAILABLE", message: /answers 200/ });
  await assert.rejects(openMeshLink(`wss://127.0.0.1:${port}/`), { code: "UNAVAILABLE" });
  const refused = openMeshLink(`ws://127.0.0.1:${port}/`, { signal: AbortSignal.abort(new Error("no")) });
  await assert.rejects(refused, /no/);
  await server.shutdown();
});

Deno.test("wss: a WebSocket over TLS, to who has a certificate that is trusted", async () => {
  const listener = await listenTls(certificate)({ host: "127.0.0.1", port: 0 });
  const accepted = acceptAll(listener.links);
  const address = `wss://127.0.0.1:${listener.port}/`;
  await using link = await createWebSocketTransport("wss", [certificate.cert]).open(address);
  await using other = await accepted;
  await link.send(Uint8Array.of(1, 2));
  assert.deepEqual(await first(other.incoming), Uint8Array.of(1, 2));
  listener.close();
});

function acceptAll(streams: AsyncIterable<Link>): Promise<Link> {
  return first(streams).then((stream) => acceptWebSocket(stream, { clock: createWallClock(), random: secretBytes }));
}

async function first<T>(each: AsyncIterable<T>): Promise<T> {
  for await (const one of each) return one;
  throw new Error("nothing came");
}

function heard<T extends Event = Event>(socket: WebSocket, kind: string): Promise<T> {
  return new Promise((resolve) => socket.addEventListener(kind, (event) => resolve(event as T), { once: true }));
}

async function freePort(): Promise<number> {
  const listener = await listenForMesh("tcp://127.0.0.1:0");
  listener.close();
  return listener.port;
}

/** The server may not listen yet. */
async function openTcpSoon(port: number): Promise<Deno.TcpConn> {
  for (;;) {
    try {
      return await Deno.connect({ hostname: "127.0.0.1", port });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
