import {
  acceptWebSocket,
  type Link,
  type LinkOptions,
  openWebSocket,
  parseAddress,
  type Transport,
} from "../link/mod.ts";
import { secretBytes } from "./random.ts";
import { dialTls, listenTcp, openTcp } from "./tcp.ts";
import { createWallClock } from "./wall_clock.ts";

/** Connections that have not yet said that they want a WebSocket, or that nobody has taken. */
const MAX_WAITING = 64;

/** Where a WebSocket is. */
export interface WebSocketPlace {
  readonly host: string;
  readonly port: number;
  /** With the query. */
  readonly path: string;
}

/**
 * WebSockets to `ws://host:port/path`, or with TLS to `wss://…`, whose server has a certificate that this machine trusts
 * or one of `trusted` (PEM). `listen` is for `ws` alone: TLS is for a proxy to do.
 */
export function createWebSocketTransport(scheme: "ws" | "wss", trusted: readonly string[] = []): Transport {
  return {
    scheme,
    open: async (address, { signal }: LinkOptions = {}) => {
      signal?.throwIfAborted();
      const { host, port, path } = webSocketPlace(address);
      const stream = await (scheme === "ws" ? openTcp({ host, port }, signal) : dialTls(trusted)({ host, port }));
      const stop = () => void stream.close();
      signal?.addEventListener("abort", stop);
      try {
        if (signal?.aborted === true) stop();
        const named = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
        return await openWebSocket(stream, { name: address, host: named, path, ...context() });
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      } finally {
        signal?.removeEventListener("abort", stop);
      }
    },
    ...(scheme === "ws" && { listen }),
  };
}

async function* listen(address: string, { signal }: LinkOptions = {}): AsyncGenerator<Link> {
  const place = webSocketPlace(address);
  const listener = await listenTcp(place);
  const close = () => listener.close();
  signal?.addEventListener("abort", close);
  try {
    if (signal?.aborted !== true) yield* acceptWebSockets(listener.links, place.path);
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}

/**
 * The WebSockets among connections, as soon as each has greeted; one that is slow holds nobody up. Those that are refused,
 * and those that are too many at once, are closed.
 */
export async function* acceptWebSockets(streams: AsyncIterable<Link>, path: string): AsyncGenerator<Link> {
  const ready: Link[] = [];
  const greeting = new Set<Link>();
  let wake = () => {};
  let isOver = false;
  const greet = async (stream: Link) => {
    greeting.add(stream);
    try {
      const name = stream.name.replace(/^tcp/, "ws");
      ready.push(await acceptWebSocket(stream, { name, path, ...context() }));
      if (isOver) await ready.pop()!.close();
    } catch {
      // It was told, and it is closed.
    } finally {
      greeting.delete(stream);
      wake();
    }
  };
  const accepting = (async () => {
    try {
      for await (const stream of streams) {
        if (greeting.size + ready.length < MAX_WAITING) void greet(stream);
        else await stream.close();
      }
    } finally {
      isOver = true;
      wake();
    }
  })();
  accepting.catch(() => {});
  try {
    for (;;) {
      const link = ready.shift();
      if (link !== undefined) yield link;
      else if (isOver) return await accepting;
      else await new Promise<void>((resolve) => wake = resolve);
    }
  } finally {
    isOver = true;
    await Promise.all([...greeting, ...ready].map((link) => link.close()));
  }
}

/** The parts of `ws://host:port/path`. @throws {TinmanError} `CONFIG`. */
export function webSocketPlace(address: string): WebSocketPlace {
  const { scheme, host = "", port = scheme === "wss" ? 443 : 80, path, options } = parseAddress(address);
  const query = Object.entries(options).map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
  return { host, port, path: `${encodeURI(path === "" ? "/" : path)}${query && `?${query}`}` };
}

function context() {
  return { clock: createWallClock(), random: secretBytes };
}
