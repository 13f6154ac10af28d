import assert from "node:assert/strict";
import fc from "fast-check";
import { VirtualClock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import { createRandom } from "../random/mod.ts";
import { testLink } from "../testing/link_suite.ts";
import type { Link } from "./link.ts";
import { createLinkPair } from "./memory.ts";
import { acceptWebSocket, type AcceptWebSocketOptions, openWebSocket } from "./websocket.ts";
import { WebSocketFraming } from "./websocket_framing.ts";

const context = { clock: new VirtualClock(), random: createRandom("websocket").bytes, maxBytes: 100_000 };
const encode = (text: string) => new TextEncoder().encode(text);

testLink({
  name: "websocket",
  test: Deno.test,
  open: async () => {
    const { a, b, break: pull } = createLinkPair({ maxBytes: 1000, bufferBytes: 4000 });
    const [client, server] = await Promise.all([
      openWebSocket(a, { ...context, host: "x" }),
      acceptWebSocket(b, context),
    ]);
    return { a: client, b: server, break: pull };
  },
  heldAfterBytes: 40_000,
  breaks: true,
});

Deno.test("acceptWebSocket() answers the client of RFC 6455 as the server of RFC 6455", async () => {
  const { answer, link } = await ask(request());
  assert.match(answer, /^HTTP\/1\.1 101 .*\r\n/);
  assert.match(answer, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/);
  assert.ok("incoming" in link);
});

Deno.test("acceptWebSocket() refuses what is no WebSocket, another path and the pages of others, with a status", async () => {
  const cases: readonly (readonly [asked: string, status: number, code: string])[] = [
    ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400, "PROTOCOL"],
    [request().replace("GET", "POST"), 400, "PROTOCOL"],
    [request().replace("13", "8"), 400, "PROTOCOL"],
    [request().replace("dGhl", ""), 400, "PROTOCOL"],
    [request().replace("keep-alive, Upgrade", "close"), 400, "PROTOCOL"],
    [request("/other"), 404, "PROTOCOL"],
    [request("/", "Origin: http://evil.example\r\n"), 403, "DENIED"],
  ];
  for (const [asked, status, code] of cases) {
    const { answer, link } = await ask(asked);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), asked);
    assert.ok(isTinmanError(link) && link.code === code, asked);
  }
  const { link } = await ask(request("/", "Origin: http://good.example\r\n"), { origins: ["http://good.example"] });
  assert.ok("incoming" in link);
});

Deno.test("acceptWebSocket() takes heads of 8 KiB in any pieces, and no more, and waits ten seconds", async () => {
  const { link } = await ask(request("/", `X: ${"x".repeat(7_000)}\r\n`));
  assert.ok("incoming" in link);
  const endless = await ask(`GET / HTTP/1.1\r\nX: ${"x".repeat(9_000)}`);
  assert.ok(isTinmanError(endless.link, "PROTOCOL"));
  const clock = new VirtualClock();
  const { a, b } = createLinkPair();
  await a.send(encode("GET / HTTP/1.1\r\n"));
  const refused = assert.rejects(acceptWebSocket(b, { ...context, clock }), { code: "TIMEOUT" });
  await clock.runTo(10_000_000_000n);
  await refused;
  assert.deepEqual(await Array.fromAsync(a.incoming), []);
});

Deno.test("openWebSocket() says what it got in place of a WebSocket", async () => {
  const right = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
  const cases: readonly (readonly [answer: string, code: string])[] = [
    ["HTTP/1.1 503 Busy\r\n\r\n", "UNAVAILABLE"],
    ["SSH-2.0-OpenSSH\r\n\r\n", "PROTOCOL"],
    [`${right}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n`, "PROTOCOL"],
    [`${right}\r\n`, "PROTOCOL"],
    ["", "UNAVAILABLE"],
  ];
  for (const [answer, code] of cases) {
    const { a, b } = createLinkPair();
    await b.send(encode(answer));
    const opened = assert.rejects(openWebSocket(a, { ...context, host: "x" }), { code }, answer);
    if (answer === "") await b.close();
    await opened;
  }
  const { a } = createLinkPair();
  await assert.rejects(openWebSocket(a, { ...context, host: "x", path: "/\r\nX: 1" }), { code: "CONFIG" });
});

Deno.test("WebSocketFraming reads the examples of RFC 6455 §5.7", () => {
  const [client, server] = [framing(true), framing(false)];
  // A masked, an unmasked and a fragmented message; the bytes are those of "Hello", as binary.
  server.push(Uint8Array.of(0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58));
  client.push(Uint8Array.of(0x82, 5, ...encode("Hello"), 0x02, 3, ...encode("Hel"), 0x80, 2, ...encode("lo")));
  const got = [server.next(), client.next(), client.next()].map((bytes) => new TextDecoder().decode(bytes));
  assert.deepEqual(got, ["Hello", "Hello", "Hello"]);
  client.push(Uint8Array.of(0x89, 5, ...encode("Hello")));
  const pong = client.reply()!;
  assert.deepEqual([...pong.subarray(0, 2)], [0x8a, 0x85]);
  server.push(pong);
  assert.equal(server.reply(), undefined);
});

Deno.test("WebSocketFraming gives the messages that were sent, however they are cut and split into frames", () => {
  const lengths = fc.array(fc.oneof(fc.nat(300), fc.constantFrom(125, 126, 127, 65_535, 65_536)), { maxLength: 5 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 5_000 }), fc.boolean(), (lengths, cut, isClient) => {
      const sent = lengths.map((length, i) => Uint8Array.from({ length }, (_, j) => i + j));
      const [from, to] = [framing(isClient), framing(!isClient)];
      const bytes = Uint8Array.from(sent.flatMap((message) => [...from.encode(message)]));
      const got = [];
      for (let at = 0; at < bytes.length; at += cut) {
        to.push(bytes.subarray(at, at + cut));
        for (let message = to.next(); message !== undefined; message = to.next()) got.push(message);
      }
      to.end();
      assert.deepEqual(got, sent);
    }),
    { numRuns: 40 },
  );
});

Deno.test("WebSocketFraming refuses what RFC 6455 does not allow", () => {
  const wrong: readonly (readonly [bytes: number[], why: RegExp])[] = [
    [[0x81, 1, 65], /a text/],
    [[0xc2, 0], /an extension/],
    [[0x82, 0x80, 1, 2, 3, 4], /is masked/],
    [[0x83, 0], /opcode 3/],
    [[0x8b, 0], /opcode 11/],
    [[0x09, 0], /control frame/],
    [[0x89, 126, 0, 126], /control frame/],
    [[0x80, 0], /no beginning/],
    [[0x02, 0, 0x82, 0], /no beginning or no end/],
    [[0x82, 126, 0, 5], /longer than it has to be/],
    [[0x82, 127, 0, 0, 0, 0, 0, 0, 1, 0], /longer than it has to be/],
    [[0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255], /longer than 100000 bytes/],
  ];
  for (const [bytes, why] of wrong) {
    assert.throws(() => framing(true).push(Uint8Array.from(bytes)), (error) => {
      assert.ok(isTinmanError(error, "PROTOCOL"));
      assert.match(error.message, why);
      return true;
    });
  }
  assert.throws(() => framing(false).push(Uint8Array.of(0x82, 0)), /not masked/);
});

Deno.test("WebSocketFraming reads any bytes as frames or says PROTOCOL or UNAVAILABLE", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, isClient) => {
    const to = framing(isClient);
    try {
      to.push(bytes);
      to.end();
    } catch (error) {
      assert.ok(isTinmanError(error, "PROTOCOL") || isTinmanError(error, "UNAVAILABLE"));
    }
  }));
});

Deno.test("WebSocketFraming keeps a message in parts of one byte in about as much room as it has bytes", () => {
  const [reader, count] = [
    new WebSocketFraming({ ...context, name: "ws", maxBytes: 1 << 20, isClient: true }),
    400_000,
  ];
  const parts = new Uint8Array(3 * count);
  for (let at = 0; at < parts.length; at += 3) parts.set([at === 0 ? 2 : 0, 1, 7], at);
  const before = Deno.memoryUsage().heapUsed;
  reader.push(parts);
  const more = Deno.memoryUsage().heapUsed - before;
  // An array for each part took 93 MB.
  assert.ok(more < 25e6, `${more} bytes more`);
  reader.push(Uint8Array.of(0x80, 0));
  assert.equal(reader.next()?.length, count);
});

Deno.test("A WebSocket that asks for ever and does not read gets one answer at a time", async () => {
  const { a, b } = createLinkPair({ bufferBytes: 100 });
  const [server] = await Promise.all([acceptWebSocket(b, context), greetAs(a)]);
  const reading = Array.fromAsync(server.incoming);
  const ping = Uint8Array.of(0x89, 0x80 | 90, 0, 0, 0, 0, ...new Uint8Array(90));
  for (let i = 0; i < 1000; i++) await a.send(ping);
  await a.send(Uint8Array.of(0x82, 0x81, 0, 0, 0, 0, 7, 0x88, 0x80, 0, 0, 0, 0));
  assert.deepEqual(await reading, [Uint8Array.of(7)]);
  await server.close();
  assert.ok((await Array.fromAsync(a.incoming)).length <= 3);
});

function framing(isClient: boolean): WebSocketFraming {
  return new WebSocketFraming({ ...context, name: "ws", isClient });
}

function request(path = "/", more = ""): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nUPGRADE: WebSocket\r\nConnection: keep-alive, Upgrade\r\n${more}` +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

/** What a client gets that asks so, in pieces; the link or the error at the server. */
async function ask(text: string, options: Partial<AcceptWebSocketOptions> = {}) {
  const { a, b } = createLinkPair();
  const link: Link | Error = await Promise.all([
    acceptWebSocket(b, { ...context, ...options }),
    (async () => {
      for (let at = 0; at < text.length; at += 1000) await a.send(encode(text.slice(at, at + 1000)));
    })(),
  ]).then(([link]) => link, (error) => error);
  if ("incoming" in link) await link.close();
  const answer = Uint8Array.from((await Array.fromAsync(a.incoming)).flatMap((piece) => [...piece]));
  return { answer: new TextDecoder().decode(answer), link };
}

async function greetAs(client: Link): Promise<void> {
  await client.send(encode(request()));
  for await (const _ of client.incoming) return;
}
