import type { PluginContext } from "tinman/plugin";
import { Connection } from "./connection.ts";
import { failure } from "./failure.ts";
import type { Packet } from "./packet.ts";
import type { Settings } from "./settings.ts";

/** What a node does with its connections. */
export interface Handlers {
  /** A new connection; all that is sent before it first waits goes out before anything else. */
  readonly opened: (connection: Connection) => Promise<void>;
  /** The connection is gone. */
  readonly lost?: () => void;
  /** Something came. The next comes when this has resolved. */
  readonly take: (packet: Packet, connection: Connection) => Promise<void>;
}

const TIMEOUT_MS = 10_000;

/** Stays connected until `over` aborts: opens a new connection after a while when one is lost or not to be had. */
export async function stayConnected(
  context: PluginContext,
  { settings, over, ...handlers }: Handlers & { readonly settings: Settings; readonly over: AbortSignal },
): Promise<void> {
  const { connect, hostname, port, keepAliveMs, maxPacketBytes } = settings;
  const name = `mqtt://${hostname}:${port}`;
  const sleep = (ms: number) => context.clock.sleep(ms);
  const ended = new Promise<void>((resolve) => over.addEventListener("abort", () => resolve()));
  for (let pauseMs = 250; !over.aborted; pauseMs = Math.min(30_000, 2 * pauseMs)) {
    try {
      const options = {
        connect,
        hostname,
        port,
        keepAliveMs,
        maxPacketBytes,
        timeoutMs: TIMEOUT_MS,
        sleep,
        signal: over,
      };
      await using connection = await Connection.open(options);
      const leave = () => void connection.disconnect();
      over.addEventListener("abort", leave);
      context.log.info(`Connected to ${name} as ${connect.clientId}`);
      pauseMs = 250;
      try {
        await handlers.opened(connection);
        for await (const packet of connection.packets) await handlers.take(packet, connection);
      } finally {
        handlers.lost?.();
        // Whoever leaves says goodbye first.
        if (over.aborted) await connection.disconnect();
        over.removeEventListener("abort", leave);
      }
      if (over.aborted) return;
      throw failure("UNAVAILABLE", `${name} closed the connection`);
    } catch (error) {
      if (over.aborted) return;
      if ((error as { code?: unknown }).code !== "UNAVAILABLE") throw error;
      context.log.warn(`${(error as Error).message}; trying again in ${pauseMs} ms`);
    }
    // Left behind when the node ends first; it is refused then.
    await Promise.race([sleep(pauseMs).catch(() => {}), ended]);
  }
}
