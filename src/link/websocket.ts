import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { FramedLink } from "./framing.ts";
import type { Link } from "./link.ts";
import { WebSocketFraming } from "./websocket_framing.ts";
import { within } from "./within.ts";

/** What both ends of a WebSocket need. */
export interface WebSocketContext {
  /** What messages call it: `ws://boat.local:8080/`. @default {the name of the stream} */
  readonly name?: string;
  /** For the time limits. */
  readonly clock: Clock;
  /** For masks and for the key of the handshake. */
  readonly random: (length: number) => Uint8Array;
  /** Most bytes of a message. @default {1048576} */
  readonly maxBytes?: number;
  /** How long the other end may take to greet. @default {10000} */
  readonly timeoutMs?: number;
}

/** Options of {@linkcode openWebSocket}. */
export interface OpenWebSocketOptions extends WebSocketContext {
  /** As the other end is called: `boat.local:8080`. */
  readonly host: string;
  /** With the query. @default {"/"} */
  readonly path?: string;
}

/** Options of {@linkcode acceptWebSocket}. */
export interface AcceptWebSocketOptions extends WebSocketContext {
  /** What has to be asked for. @default {"/"} */
  readonly path?: string;
  /** The web pages whose scripts may open one, such as `https://example.org`; programs that are no browsers always may. @default {[]} */
  readonly origins?: readonly string[];
}

const MAX_HEAD = 8_192;
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * Makes a WebSocket (RFC 6455) of a stream to a server, for binary messages: whole, in order, none lost. `link` belongs to
 * the result, and is closed when this fails.
 *
 * @throws {TinmanError} `UNAVAILABLE` when the server refuses, `PROTOCOL` when it is none, `TIMEOUT`.
 */
export async function openWebSocket(stream: Link, options: OpenWebSocketOptions): Promise<Link> {
  const { host, path = "/", random } = options;
  const key = Buffer.from(random(16)).toString("base64");
  return await greet(stream, { ...options, isClient: true }, async (link) => {
    // Else it could say more than one line.
    if (/[^\x21-\x7e]/.test(host + path) || !path.startsWith("/")) {
      throw new TinmanError("CONFIG", `Cannot open ${link.name}: its host or path is not of a WebSocket`, {});
    }
    await link.send(encode([
      `GET ${path} HTTP/1.1`,
      `Host: ${host}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Key: ${key}`,
      "Sec-WebSocket-Version: 13",
    ]));
    const { first, headers, rest } = await readHead(link);
    const status = /^HTTP\/1\.1 (\d{3})\b/.exec(first)?.[1];
    if (status !== "101" && status !== undefined) {
      const message = `Cannot open ${link.name} as a WebSocket: it answers ${first.slice(9, 60)}`;
      throw new TinmanError("UNAVAILABLE", message, { what: link.name });
    }
    const isRight = status === "101" && headers.get("upgrade")?.toLowerCase() === "websocket" &&
      headers.get("sec-websocket-accept") === answerTo(key) && !headers.has("sec-websocket-extensions");
    if (!isRight) throw wrong(link, "it does not answer as a WebSocket");
    return rest;
  });
}

/**
 * Makes a WebSocket (RFC 6455) of a stream that a client has opened. Who is refused is told, with a status of HTTP.
 *
 * @throws {TinmanError} `PROTOCOL` when it asks for something else, `DENIED` for a web page that may not, `TIMEOUT`,
 * `UNAVAILABLE`.
 */
export async function acceptWebSocket(stream: Link, options: AcceptWebSocketOptions): Promise<Link> {
  return await greet(stream, { ...options, isClient: false }, async (link) => {
    const { first, headers, rest } = await readHead(link);
    const { path = "/", origins = [] } = options;
    const refuse = async (status: string, error: TinmanError): Promise<never> => {
      await link.send(encode([`HTTP/1.1 ${status}`, "Connection: close", "Content-Length: 0"]));
      throw error;
    };
    const key = headers.get("sec-websocket-key");
    const isRight = headers.get("upgrade")?.toLowerCase() === "websocket" &&
      /\bupgrade\b/i.test(headers.get("connection") ?? "") && headers.get("sec-websocket-version") === "13" &&
      key !== undefined && Buffer.from(key, "base64").length === 16;
    if (!/^GET \S+ HTTP\/1\.1$/.test(first) || !isRight) {
      return await refuse("400 Bad Request", wrong(link, "it does not ask for a WebSocket"));
    }
    if (first !== `GET ${path} HTTP/1.1`) {
      return await refuse("404 Not Found", wrong(link, `it does not ask for ${path}`));
    }
    const origin = headers.get("origin");
    if (origin !== undefined && !origins.includes(origin)) {
      const message = `Cannot accept ${link.name}: it is a web page of ${origin.slice(0, 100)}`;
      return await refuse("403 Forbidden", new TinmanError("DENIED", message, { what: origin }));
    }
    await link.send(encode([
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${answerTo(key)}`,
    ]));
    return rest;
  });
}

/** `handshake` gives what has come behind it. */
async function greet(
  stream: Link,
  options: WebSocketContext & { readonly isClient: boolean },
  handshake: (link: Link) => Promise<Uint8Array>,
): Promise<Link> {
  const { name = stream.name, clock, random, isClient, maxBytes = 1 << 20, timeoutMs = 10_000 } = options;
  const late = () => {
    throw new TinmanError("TIMEOUT", `Cannot greet ${name}: no answer in ${timeoutMs} ms`, { timeoutMs });
  };
  try {
    const rest = await within(handshake(renamed(stream, name)), { clock, ms: timeoutMs, late });
    const framing = new WebSocketFraming({ name, maxBytes, isClient, random, clock });
    return new FramedLink(renamed(stream, name, rest), framing);
  } catch (error) {
    await stream.close();
    throw error;
  }
}

interface Head {
  readonly first: string;
  /** By names in lower case; of two with one name the first. */
  readonly headers: ReadonlyMap<string, string>;
  /** What came behind the head. */
  readonly rest: Uint8Array;
}

async function readHead(link: Link): Promise<Head> {
  let bytes = Buffer.alloc(0);
  for await (const piece of link.incoming) {
    bytes = Buffer.concat([bytes, piece]);
    const end = bytes.indexOf("\r\n\r\n");
    if (end > MAX_HEAD || (end < 0 && bytes.length > MAX_HEAD)) {
      throw wrong(link, `its head is longer than ${MAX_HEAD} bytes`);
    }
    if (end < 0) continue;
    const [first = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
    const headers = new Map<string, string>();
    for (const line of lines) {
      const [, name, value] = /^([^:\s]+):\s*(.*?)\s*$/.exec(line) ?? [];
      if (name === undefined) throw wrong(link, "its head is not of HTTP");
      if (!headers.has(name.toLowerCase())) headers.set(name.toLowerCase(), value!);
    }
    return { first, headers, rest: new Uint8Array(bytes.subarray(end + 4)) };
  }
  const what = link.name;
  throw new TinmanError("UNAVAILABLE", `Cannot greet ${what}: the other end is gone`, { what });
}

/** `link` by another name, with `first` in front of what comes. */
function renamed(link: Link, name: string, first?: Uint8Array): Link {
  const incoming = {
    async *[Symbol.asyncIterator]() {
      if (first !== undefined && first.length > 0) yield first;
      yield* link.incoming;
    },
  };
  const { kind, maxBytes } = link;
  const close = () => link.close();
  return { kind, name, maxBytes, incoming, send: (bytes) => link.send(bytes), close, [Symbol.asyncDispose]: close };
}

/** What proves that the other end knows what a WebSocket is (§4.2.2). */
function answerTo(key: string): string {
  return createHash("sha1").update(key + GUID).digest("base64");
}

function encode(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode([...lines, "", ""].join("\r\n"));
}

function wrong({ name }: Link, why: string): TinmanError<"PROTOCOL"> {
  return new TinmanError("PROTOCOL", `Cannot greet ${name}: ${why}`, { protocol: "websocket" });
}
