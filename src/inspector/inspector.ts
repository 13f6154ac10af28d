import { Hono } from "hono";
import type { Clock } from "../clock/mod.ts";
import { isTinmanError } from "../errors/mod.ts";
import type { CheckList, Observed, PluginParts } from "../telemetry/mod.ts";
import { Access, isGuarded, LIVE_PROTOCOL } from "./access.ts";
import { readJson } from "./body.ts";
import type { Bindings, InspectorContext, UpgradedSocket } from "./context.ts";
import { foxgloveRoutes } from "./foxglove/routes.ts";
import { FoxgloveServer } from "./foxglove/server.ts";
import { securityHeaders } from "./headers.ts";
import { LiveSession } from "./live.ts";
import { type PageAssets, pageFiles } from "./page_files.ts";
import { routes } from "./routes/mod.ts";
import { Sampler } from "./sampler.ts";
import { topics } from "./topics/mod.ts";
import { SocketConnection } from "./websocket/connection.ts";

/** Options of {@linkcode createInspector}. */
export interface InspectorOptions {
  /** What is looked at; at least one. */
  readonly sources: readonly Observed[];
  /** The files of the page. */
  readonly assets: PageAssets;
  /** Paces the looks, and finds out who is gone. Not the clock of what is looked at. */
  readonly clock: Clock;
  /** Bytes that nobody can guess. */
  readonly secret: (bytes: number) => Uint8Array;
  /** Name and version of this program. */
  readonly version: string;
  /** Refuses every change. @default {false} */
  readonly isReadOnly?: boolean;
  /** Names under which it may be asked for, besides those of the loopback. @default {[]} */
  readonly hosts?: readonly string[];
  /** What `/metrics` answers, besides the metrics of the sources' channels. @default {nothing} */
  readonly metrics?: () => string;
  /** What can be checked of this machine, whatever is looked at. @default {[]} */
  readonly checks?: readonly CheckList[];
  /** The plugins of the project. @default {there is none} */
  readonly plugins?: PluginParts;
  /** Hears of each change that somebody makes. @default {nobody} */
  readonly audit?: (line: string) => void;
}

/**
 * A page and its answers, without a network: whoever listens passes on requests. Dispose it to end all sockets; each page is
 * sent how it ended before.
 */
export interface Inspector extends Disposable {
  /** What the page is opened with: `http://127.0.0.1:8080/#t=TOKEN`. It is shown once and stands in no other line. */
  readonly token: string;
  /** What it answers, as `GET /api/sources`. */
  readonly routes: readonly string[];
  /** Answers one request. */
  fetch(request: Request, bindings?: Bindings): Promise<Response>;
}

/** Pages that may be open at once. */
export const MAX_PAGES = 200;
/** Milliseconds between two messages to a page, and between two looks at a source. */
const PUMP_MS = 100;
const LOOK_MS = 500;

/** Makes an inspector. It changes nothing but by what somebody does on its page, and never holds up what it looks at. */
export function createInspector(options: InspectorOptions): Inspector {
  const { clock, isReadOnly = false, version, audit = () => {} } = options;
  const sources = new Map(
    options.sources.map((observed, i) => [`${i + 1}`, new Sampler(`${i + 1}`, observed, () => clock.elapsedNs())]),
  );
  const context: InspectorContext = { sources, isReadOnly, version, audit };
  const access = new Access({ secret: options.secret, hosts: options.hosts ?? [] });
  const pages = new Pages(context, clock);
  const app = new Hono<{ Bindings: Bindings }>();

  app.use("*", async (c, next) => {
    const { raw } = c.req;
    const isUpgrade = raw.headers.has("upgrade");
    const refusal = access.refuse(raw, { isUpgrade }) ??
      (isGuarded(c.req.path) && !access.isKnown(raw)
        ? { status: 401 as const, message: "open this with the address that was printed, which has the token" }
        : undefined);
    if (refusal === undefined) await next();
    else c.res = c.json({ error: { code: "DENIED", message: refusal.message } }, refusal.status);
    const host = raw.headers.get("host") ?? new URL(raw.url).host;
    for (const [name, value] of Object.entries(securityHeaders(host))) c.res.headers.set(name, value);
  });
  app.post("/api/session", async (c) => {
    const said = await readJson(c.req.raw, 4096) as { readonly token?: unknown } | null;
    const entered = access.exchange(said?.token, c.req.raw);
    if (entered === undefined) return c.json({ error: { code: "DENIED", message: "this is not the token" } }, 401);
    return c.json({ version, isReadOnly, key: entered.key }, 200, { "set-cookie": entered.cookie });
  });
  app.get("/live", (c) => {
    const { upgrade } = c.env ?? {};
    if (upgrade === undefined) return c.json({ error: { code: "USAGE", message: "this is a WebSocket" } }, 426);
    if (pages.isFull) return c.json({ error: { code: "UNAVAILABLE", message: "too many pages are open" } }, 503);
    // A browser closes a socket that took none of the subprotocols that it named.
    const isNamed = c.req.header("sec-websocket-protocol")?.split(",").some((each) => each.trim() === LIVE_PROTOCOL);
    upgrade({ ...pages.take(), ...(isNamed && { protocol: LIVE_PROTOCOL }) });
    return c.body(null, 204);
  });
  const sessionId = Array.from(options.secret(8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const foxglove = new FoxgloveServer({ clock, version, sessionId });
  for (const add of routes) add(app, context, options);
  foxgloveRoutes(app, { context, access, server: foxglove });
  pageFiles(app, options.assets);
  app.notFound((c) => c.json({ error: { code: "NOT_FOUND", message: "there is nothing here" } }, 404));
  app.onError((error, c) => {
    const { message } = error;
    if (!isTinmanError(error)) return c.json({ error: { code: "INTERNAL", message } }, 500);
    const { code, hint, details } = error;
    const problems = "problems" in details ? details.problems : undefined;
    const status = STATUS[code] ?? 500;
    // A browser writes a failed request into its console, though the page expects it and says it better.
    const isTold = c.req.method === "GET" && status < 500 && c.req.header("x-tinman-status") === "header";
    const headers = { ...isTold && { "x-tinman-status": `${status}` } };
    return c.json({ error: { code, message, hint, problems } }, isTold ? 200 : status, headers);
  });
  return {
    token: access.token,
    routes: app.routes.map(({ method, path }) => `${method} ${path}`),
    fetch: async (request, bindings) => await app.fetch(request, bindings),
    [Symbol.dispose]() {
      pages[Symbol.dispose]();
      foxglove[Symbol.dispose]();
    },
  };
}

const STATUS: Readonly<Record<string, 400 | 403 | 404 | 409 | 413 | 422>> = {
  NOT_FOUND: 404,
  USAGE: 400,
  CONFIG: 422,
  TOO_LARGE: 413,
  DENIED: 403,
  UNAVAILABLE: 409,
  CLOSED: 409,
};

/** The pages that are open. While there are any, sources are looked at. */
class Pages implements Disposable {
  readonly #context: InspectorContext;
  readonly #clock: Clock;
  readonly #sessions = new Map<SocketConnection, LiveSession>();
  readonly #ended = new AbortController();

  constructor(context: InspectorContext, clock: Clock) {
    [this.#context, this.#clock] = [context, clock];
    void this.#beat().catch(() => {});
  }

  get isFull(): boolean {
    return this.#sessions.size >= MAX_PAGES;
  }

  /** A socket for one more page. */
  take(): UpgradedSocket {
    return {
      open: (wire) => {
        const socket: SocketConnection = new SocketConnection(wire, {
          clock: this.#clock,
          onMessage: (message) => this.#sessions.get(socket)?.receive(message),
          onClose: () => {
            this.#sessions.get(socket)?.[Symbol.dispose]();
            this.#sessions.delete(socket);
          },
        });
        this.#sessions.set(socket, new LiveSession(socket, topics(this.#context)));
        return socket;
      },
    };
  }

  [Symbol.dispose](): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    // What ended it is newer than the last look, and the page is asked for no more.
    if (this.#sessions.size > 0) { for (const sampler of this.#context.sources.values()) look(sampler); }
    for (const [socket, session] of [...this.#sessions]) {
      session.finish();
      socket.close(1001, "it has ended");
    }
  }

  async #beat(): Promise<void> {
    let beats = 0;
    for await (const _ of this.#clock.every(PUMP_MS, { signal: this.#ended.signal })) {
      if (beats++ % (LOOK_MS / PUMP_MS) === 0) { for (const sampler of this.#context.sources.values()) look(sampler); }
      for (const session of this.#sessions.values()) session.pump();
    }
  }
}

/** A source that cannot be looked at is shown as it was; the others go on. */
function look(sampler: Sampler): void {
  try {
    sampler.sample();
  } catch { /* The next look may do. */ }
}
