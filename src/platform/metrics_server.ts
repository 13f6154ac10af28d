import { TinmanError } from "../errors/mod.ts";
import { codeOf } from "./file_errors.ts";
import { isGranted } from "./permission.ts";
import type { IncomingMessage, ServerResponse } from "node:http";

/** Options of {@linkcode serveMetrics}. */
export interface MetricsServerOptions {
  /** Where it listens, on 127.0.0.1; 0: any port that is free. @default {0} */
  readonly port?: number;
  /** What it answers with; asked for at most 20 times a second, however many ask. */
  readonly text: () => string;
  /** The media type of that. */
  readonly contentType: string;
}

/** A page of text that is there until it is disposed of. */
export interface MetricsServer extends AsyncDisposable {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string;
}

/** What it takes from others on this machine. A scraper has one connection and a few hundred bytes of header. */
const LIMITS = {
  ...{ connections: 16, headerBytes: 8192, headerMs: 5000, requestMs: 10_000, textMs: 50 },
  /** How often the times are looked at, and answers that may wait on one connection. */
  ...{ checkMs: 1000, unread: 16 },
};

/**
 * Shows a text at `/metrics` to programs on this machine, and to no others: it listens on the loopback alone, and answers
 * nobody who knows it by another name, so that no web page can have a browser look (DNS rebinding).
 *
 * `node:http` rather than `Deno.serve`, which has no bound for connections nor for the time of a header.
 *
 * @throws {TinmanError} `UNAVAILABLE` when the port is taken, `DENIED` when it is not allowed.
 */
export async function serveMetrics({ port = 0, text, contentType }: MetricsServerOptions): Promise<MetricsServer> {
  // node:http throws this where nobody can catch it.
  if (!isGranted({ name: "net", host: `127.0.0.1:${port}` })) throw notAllowed(port, "run with --allow-net=127.0.0.1");
  const { createServer } = await import("node:http");
  const { headerBytes, headerMs, requestMs, checkMs, unread, connections, textMs } = LIMITS;
  const current = keptFor(textMs, text);
  const options = {
    ...{ maxHeaderSize: headerBytes, headersTimeout: headerMs, requestTimeout: requestMs },
    connectionsCheckingInterval: checkMs,
  };
  const asked = new WeakMap<object, number>();
  const server = createServer(options, (request, response) => {
    // Who asks on and never reads would have all answers wait here.
    const waiting = (asked.get(request.socket) ?? 0) + 1;
    if (waiting > unread) return void request.socket.destroy();
    asked.set(request.socket, waiting);
    response.on("close", () => asked.set(request.socket, asked.get(request.socket)! - 1));
    const answer = answerTo(request, `${(server.address() as { port: number }).port}`);
    // A body is of no use here, and would have to be read.
    if (hasBody(request)) response.setHeader("connection", "close");
    reply(response, answer.status === 200 ? madeOf(current, contentType) : answer);
  });
  server.maxConnections = connections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(listenFailure(port, cause)));
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/metrics`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const OK: Answer = { status: 200, body: "" };

function answerTo(request: IncomingMessage, port: string): Answer {
  const { method = "", url = "", headers: { host = "" } } = request;
  if (!isOurName(host, port)) return { status: 403, body: "this is for programs on this machine alone\n" };
  if (hasBody(request)) return { status: 413, body: "a request here has no body\n" };
  if (url.replace(/\?.*/s, "") !== "/metrics") return { status: 404, body: "there is only /metrics\n" };
  if (method === "GET" || method === "HEAD") return OK;
  return { status: 405, headers: { allow: "GET, HEAD" }, body: "metrics are read only\n" };
}

/** What goes wrong here may not end the run. */
function madeOf(text: () => string, contentType: string): Answer {
  try {
    return { status: 200, headers: { "content-type": contentType }, body: text() };
  } catch (error) {
    return { status: 500, body: `${error instanceof Error ? error.message : error}\n` };
  }
}

function reply(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": new TextEncoder().encode(body).length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  // Without its body for HEAD, which node:http sees to.
  response.end(body);
}

/** What `make` gives, made anew when it is older than `ms`. */
function keptFor(ms: number, make: () => string): () => string {
  let kept = "";
  let untilMs = -Infinity;
  return () => {
    const nowMs = performance.now();
    if (nowMs >= untilMs) [kept, untilMs] = [make(), nowMs + ms];
    return kept;
  };
}

function isOurName(host: string, port: string): boolean {
  const [name, given = "80"] = host.toLowerCase().split(":");
  return (name === "127.0.0.1" || name === "localhost") && given === port;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

function listenFailure(port: number, cause: Error): TinmanError {
  const message = `Cannot show metrics on port ${port}`;
  if (codeOf(cause) === "EADDRINUSE") {
    return new TinmanError("UNAVAILABLE", `${message}: another program listens there`, {
      what: `port ${port}`,
      cause,
      hint: "choose another one, or none: --metrics takes any that is free",
    });
  }
  if (codeOf(cause) === "EACCES") return notAllowed(port, "choose one from 1024 up");
  return new TinmanError("UNAVAILABLE", `${message}: ${cause.message}`, { what: `port ${port}`, cause });
}

function notAllowed(port: number, hint: string): TinmanError {
  return new TinmanError("DENIED", `Cannot show metrics on port ${port}: it is not allowed`, {
    what: `port ${port}`,
    hint,
  });
}
