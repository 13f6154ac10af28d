// Goal: /metrics serves programs on this machine, and nothing that goes wrong there reaches the run. Method: real sockets.
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { type MetricsServerOptions, serveMetrics } from "../../src/platform/mod.ts";

const contentType = "text/plain; version=0.0.4; charset=utf-8";
const serve = (options: Partial<MetricsServerOptions> = {}) =>
  serveMetrics({ text: () => "a 1\n", contentType, ...options });

/** What comes back for these very bytes. */
async function send(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(bytes);
  let text = "";
  // A connection that was reset has said what it had to say.
  try {
    for await (const chunk of socket) text += chunk;
  } catch { /* read so far */ }
  return text;
}

/** A request whose headers are these. */
function request(url: string, { line = "GET /metrics", host = new URL(url).host, rest = "" } = {}): Promise<string> {
  return send(url, `${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${rest}\r\n`);
}

Deno.test("serveMetrics() shows its text on the loopback, in the format that it is told", async () => {
  let calls = 0;
  await using server = await serve({ text: () => `a ${++calls}\n` });
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const response = await fetch(`${server.url}?name=x`);
  assert.deepEqual([response.status, response.headers.get("content-type"), await response.text()], [
    200,
    contentType,
    "a 1\n",
  ]);
  const head = await fetch(server.url, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-length"), await head.text()], [200, "4", ""]);
});

Deno.test("serveMetrics() answers nobody who knows it by another name", async () => {
  await using server = await serve();
  const { port } = new URL(server.url);
  for (
    const host of ["evil.example", `evil.example:${port}`, `127.0.0.1`, "127.0.0.1:1", "", `127.0.0.1.evil:${port}`]
  ) {
    assert.match(await request(server.url, { host }), /^HTTP\/1\.1 (403|400)/, host);
  }
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`]) {
    assert.match(await request(server.url, { host }), /^HTTP\/1\.1 200/, host);
  }
});

Deno.test("serveMetrics() has one page, to be read", async () => {
  await using server = await serve();
  const status = async (options: Parameters<typeof request>[1]) =>
    /^HTTP\/1\.1 (\d+)/.exec(await request(server.url, options))?.[1];
  assert.equal(await status({ line: "GET /" }), "404");
  assert.equal(await status({ line: "GET /metrics/" }), "404");
  assert.equal(await status({ line: "GET http://evil.example/metrics" }), "404");
  for (const method of ["POST", "DELETE", "OPTIONS", "TRACE"]) {
    assert.equal(await status({ line: `${method} /metrics` }), "405", method);
  }
  assert.equal(await status({ rest: "Content-Length: 3\r\n" }), "413");
  assert.equal(await status({ rest: "Transfer-Encoding: chunked\r\n" }), "413");
  assert.match(await status({ rest: `X: ${"y".repeat(9000)}\r\n` }) ?? "closed", /^(431|400|closed)$/);
});

Deno.test("serveMetrics() does not fail with what it shows, and goes on", async () => {
  let isBroken = true;
  await using server = await serve({
    text: () => {
      if (isBroken) throw new TypeError("Cannot write metric");
      return "fine 1\n";
    },
  });
  assert.equal((await fetch(server.url).then((response) => [response.status, response.body?.cancel()]))[0], 500);
  isBroken = false;
  assert.equal(await (await fetch(server.url)).text(), "fine 1\n");
});

Deno.test("serveMetrics() makes its text at most 20 times a second, however many ask", async () => {
  let calls = 0;
  await using server = await serve({ text: () => `a ${++calls}\n` });
  const startMs = performance.now();
  for (let i = 0; i < 50; i++) await (await fetch(server.url)).text();
  assert.ok(calls <= (performance.now() - startMs) / 50 + 1, `${calls} times`);
});

Deno.test("serveMetrics() takes 16 connections, and is there again when they have gone", async () => {
  await using server = await serve();
  const sockets: Socket[] = [];
  let closed = 0;
  const isFull = Promise.withResolvers<void>();
  for (let i = 0; i < 24; i++) {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    sockets.push(socket.on("error", () => {}).on("close", () => ++closed === 8 && isFull.resolve()));
  }
  await isFull.promise;
  for (const socket of sockets) socket.destroy();
  assert.equal((await retry(() => request(server.url))).includes("a 1"), true);
});

async function retry(ask: () => Promise<string>): Promise<string> {
  for (;;) {
    const text = await ask();
    if (text !== "") return text;
  }
}

Deno.test("serveMetrics() says that a port is taken", async () => {
  await using server = await serve();
  const port = Number(new URL(server.url).port);
  await assert.rejects(serve({ port }), {
    code: "UNAVAILABLE",
    message: new RegExp(`on port ${port}: another program`),
  });
});

Deno.test("serveMetrics() is gone when it was disposed of, also for those who are connected", async () => {
  const server = await serve();
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  await new Promise((resolve) => socket.on("connect", resolve));
  const closed = new Promise((resolve) => socket.on("error", () => {}).on("close", resolve));
  await server[Symbol.asyncDispose]();
  await closed;
  await assert.rejects(fetch(server.url));
});

Deno.test("serveMetrics() cuts off who asks on and on and never reads", async () => {
  let asked = 0;
  await using server = await serve({ text: () => `${++asked} ${"x".repeat(65_536)}\n` });
  using socket = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(server.url).port) });
  const { host } = new URL(server.url);
  const requests = new TextEncoder().encode(`GET /metrics HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(1000));
  await assert.rejects(async () => {
    for (let i = 0; i < 200; i++) await socket.write(requests);
  });
  assert.ok(asked < 1000, `${asked} answers were made`);
});
