// Goal: nobody takes all connections or all memory of the inspector, token or not. Method: real sockets that never read or never close.
import assert from "node:assert/strict";
import { type AppServerOptions, serveApp } from "../../src/platform/mod.ts";

const utf8 = new TextEncoder();
const connect = (url: string) => Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });

Deno.test("serveApp() cuts off who asks on and on and never reads", async () => {
  let asked = 0;
  const fetch = () => {
    asked++;
    return Promise.resolve(new Response(new Uint8Array(65_536)));
  };
  await using server = await serveApp({ fetch });
  using socket = await connect(server.url);
  const requests = utf8.encode("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(1000));
  await assert.rejects(async () => {
    for (let i = 0; i < 200; i++) await socket.write(requests);
  });
  assert.ok(asked < 1000, `${asked} answers were made`);
});

const upgrade = [
  ...["GET /live HTTP/1.1", "Host: 127.0.0.1", "Connection: Upgrade", "Upgrade: websocket"],
  ...["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", ""],
].join("\r\n");

Deno.test("serveApp() gives the place of a socket to others, though its other end never closes", async () => {
  const refuse: AppServerOptions["fetch"] = () => Promise.resolve(new Response("no", { status: 401 }));
  await using server = await serveApp({ fetch: refuse, endMs: 20 });
  const held: Deno.TcpConn[] = [];
  for (let i = 0; i < 256; i++) {
    const socket = await connect(server.url);
    await socket.write(utf8.encode(upgrade));
    // It reads what is said, and stays.
    for (const part = new Uint8Array(4096); await socket.read(part) !== null;);
    held.push(socket);
  }
  using socket = await connect(server.url);
  await socket.write(utf8.encode("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
  const part = new Uint8Array(4096);
  const length = await socket.read(part);
  assert.match(new TextDecoder().decode(part.subarray(0, length ?? 0)), /^HTTP\/1\.1 401 /);
  for (const each of held) each.close();
});

Deno.test("serveApp() passes on what comes in one piece with the handshake", async () => {
  const got = Promise.withResolvers<string>();
  const receive = (bytes: Uint8Array) => got.resolve(new TextDecoder().decode(bytes));
  await using server = await serveApp({
    fetch: (_, { upgrade }) => {
      upgrade!({ open: () => ({ receive, ended: () => got.resolve("nothing") }) });
      return Promise.resolve(new Response(null, { status: 204 }));
    },
  });
  using socket = await connect(server.url);
  await socket.write(utf8.encode(`${upgrade}hello`));
  assert.equal(await got.promise, "hello");
});
