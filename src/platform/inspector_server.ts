import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TinmanError } from "../errors/mod.ts";
import { codeOf } from "./file_errors.ts";
import { isGranted } from "./permission.ts";

/** The bytes below a WebSocket, after its handshake. */
export interface ServedWire {
  /** Sends; what the other end does not read is buffered. */
  write(bytes: Uint8Array): void;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  /** Ends it; `now` throws away what waits. */
  end(now: boolean): void;
}

/** A WebSocket that an app takes. */
export interface ServedSocket {
  /** The subprotocol that was chosen, if any was asked for. */
  readonly protocol?: string;
  /** Begins, after the handshake. */
  open(wire: ServedWire): { receive(bytes: Uint8Array): void; ended(): void };
}

/** Options of {@linkcode serveApp}. */
export interface AppServerOptions {
  /** Where it listens, on 127.0.0.1; 0: any port that is free. @default {0} */
  readonly port?: number;
  /** How long the other end of a socket may stay open after the last word. @default {5000} */
  readonly endMs?: number;
  /** Answers each request. With `upgrade` it may take one for a WebSocket; its answer is then thrown away. */
  readonly fetch: (
    request: Request,
    bindings: { readonly upgrade?: (socket: ServedSocket) => void },
  ) => Promise<Response>;
}

/** A server that is there until it is disposed of. */
export interface AppServer extends AsyncDisposable {
  /** `http://127.0.0.1:8080/` */
  readonly url: string;
}

/** What it takes of others on this machine. Whoever has the page open needs one socket and a few connections beside it. */
const LIMITS = {
  ...{ connections: 256, headerBytes: 16_384, headerMs: 5000, requestMs: 30_000, bodyBytes: 2 ** 21 },
  /** How often the times are looked at, and how long those who read may take for the last word when it ends. */
  ...{ checkMs: 1000, goodbyeMs: 200 },
  /** Answers that may wait on one connection. */
  unread: 16,
};

/**
 * Serves an app to programs on this machine, and to no others: it listens on the loopback alone. Who may ask what is decided by
 * the app, which sees each request with its headers as they came.
 *
 * `node:http` rather than `Deno.serve`, which has no bound for connections nor for the time of a header.
 *
 * @throws {TinmanError} `UNAVAILABLE` when the port is taken, `DENIED` when it is not allowed.
 */
export async function serveApp({ port = 0, endMs = 5000, fetch }: AppServerOptions): Promise<AppServer> {
  // node:http throws this where nobody can catch it.
  if (!isGranted({ name: "net", host: `127.0.0.1:${port}` })) throw notAllowed(port, "run with --allow-net=127.0.0.1");
  const { createServer } = await import("node:http");
  const { createHash } = await import("node:crypto");
  const { headerBytes, headerMs, requestMs, checkMs, unread, connections } = LIMITS;
  const sockets = new Set<Socket>();
  const options = {
    ...{ maxHeaderSize: headerBytes, headersTimeout: headerMs, requestTimeout: requestMs },
    connectionsCheckingInterval: checkMs,
  };
  const asked = new WeakMap<Socket, number>();
  const server = createServer(options, (message, response) => {
    // Browsers ask one thing after the other; who asks on and never reads would have all answers wait here.
    const waiting = (asked.get(message.socket) ?? 0) + 1;
    if (waiting > unread) return void message.socket.destroy();
    asked.set(message.socket, waiting);
    response.on("close", () => asked.set(message.socket, asked.get(message.socket)! - 1));
    fetch(toRequest(message), {}).then((answer) => reply(message, response, answer)).catch(() => response.destroy());
  });
  server.on("upgrade", (message: IncomingMessage, socket: Socket, head: Uint8Array) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let taken: ServedSocket | undefined;
    const key = message.headers["sec-websocket-key"];
    const upgrade = typeof key === "string" && /^websocket$/i.test(message.headers.upgrade ?? "") &&
        message.headers["sec-websocket-version"] === "13"
      ? { upgrade: (socket: ServedSocket) => void (taken = socket) }
      : {};
    fetch(toRequest(message), upgrade).then(async (answer) => {
      if (taken === undefined) return end(socket, { endMs, lastWord: await statusText(answer) });
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      const protocol = taken.protocol === undefined ? "" : `Sec-WebSocket-Protocol: ${taken.protocol}\r\n`;
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
          `Sec-WebSocket-Accept: ${accept}\r\n${protocol}\r\n`,
      );
      connect(socket, taken, { head, endMs });
    }).catch(() => socket.destroy());
  });
  server.maxConnections = connections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(listenFailure(port, cause)));
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        const end = () => {
          clearTimeout(patience);
          for (const socket of sockets) socket.destroy();
          server.closeAllConnections();
        };
        const patience = setTimeout(end, LIMITS.goodbyeMs);
        server.close(() => resolve());
        // What was said last is on its way to whoever reads.
        let open = sockets.size;
        if (open === 0) end();
        for (const socket of sockets) socket.on("close", () => --open === 0 && end());
      }),
  };
}

function connect(
  socket: Socket,
  taken: ServedSocket,
  { head, endMs }: { readonly head: Uint8Array; readonly endMs: number },
): void {
  const listener = taken.open({
    write: (bytes) => void (socket.destroyed || socket.write(bytes)),
    get bufferedBytes() {
      return socket.writableLength;
    },
    end: (now) => void (now ? socket.destroy() : end(socket, { endMs })),
  });
  // What came in one piece with the handshake.
  if (head.length > 0) listener.receive(head);
  socket.on("data", (bytes: Uint8Array) => listener.receive(bytes));
  socket.on("end", () => socket.end());
  socket.on("close", () => listener.ended());
}

/** Says the last word. Who neither reads it nor closes would keep its place for ever. */
function end(socket: Socket, { lastWord = "", endMs }: { readonly lastWord?: string; readonly endMs: number }): void {
  socket.end(lastWord);
  socket.setTimeout(endMs, () => socket.destroy());
}

function toRequest(message: IncomingMessage): Request {
  const { method = "GET", url = "/", headers } = message;
  const copied = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) copied.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  // Who names no host is refused as who names a wrong one.
  copied.set("host", headers.host ?? "");
  const hasBody = method !== "GET" && method !== "HEAD";
  // What stands in the request line is a path; a host in it would be believed over the header.
  const path = url.startsWith("/") ? url.replace(/^\/+/, "/") : "/";
  return new Request(`http://127.0.0.1${path}`, {
    ...{ method: /^[A-Z]{1,20}$/.test(method) && method !== "CONNECT" && method !== "TRACE" ? method : "PUT" },
    headers: copied,
    ...(hasBody && { body: bodyOf(message), duplex: "half" }),
  } as RequestInit);
}

/** The body as it comes, cut where nobody takes one as long. */
function bodyOf(message: IncomingMessage): ReadableStream<Uint8Array> {
  let size = 0;
  const parts = message[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await parts.next();
      if (done) return controller.close();
      if ((size += value.length) > LIMITS.bodyBytes) {
        controller.error(new Error("too long"));
        message.destroy();
      } else controller.enqueue(new Uint8Array(value));
    },
    cancel: () => void message.resume(),
  });
}

async function reply(message: IncomingMessage, response: ServerResponse, answer: Response): Promise<void> {
  const headers = Object.fromEntries(answer.headers);
  // A body that was not read would be taken for the next request.
  if (!message.complete && message.method === "POST") headers.connection = "close";
  const body = new Uint8Array(await answer.arrayBuffer());
  response.writeHead(answer.status, { ...headers, "content-length": `${body.length}` });
  response.end(message.method === "HEAD" ? undefined : body);
}

async function statusText(answer: Response): Promise<string> {
  const body = await answer.text();
  return `HTTP/1.1 ${answer.status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${new TextEncoder().encode(body).length}\r\n\r\n${body}`;
}

function listenFailure(port: number, cause: Error): TinmanError {
  const message = `Cannot show the inspector on port ${port}`;
  if (codeOf(cause) === "EADDRINUSE") {
    return new TinmanError("UNAVAILABLE", `${message}: another program listens there`, {
      what: `port ${port}`,
      cause,
      hint: "choose another one, or none: any that is free is taken then",
    });
  }
  if (codeOf(cause) === "EACCES") return notAllowed(port, "choose one from 1024 up");
  return new TinmanError("UNAVAILABLE", `${message}: ${cause.message}`, { what: `port ${port}`, cause });
}

function notAllowed(port: number, hint: string): TinmanError {
  return new TinmanError("DENIED", `Cannot show the inspector on port ${port}: it is not allowed`, {
    what: `port ${port}`,
    hint,
  });
}
