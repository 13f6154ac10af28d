/**
 * TCP: a client and a server as nodes, and links to `tcp://host:port`.
 *
 * @module
 */
import { definePlugin, type LinkOptions, type PluginContext } from "tinman/plugin";
import { failure, parseAddress } from "./address.ts";
import { bridge } from "./bridge.ts";
import { connect, listen } from "./link.ts";
import { serve } from "./server.ts";

export default definePlugin({
  nodes: { client, server },
  transports: {
    tcp: {
      open: async (address: string, options?: LinkOptions) => await connect(parseAddress(address), options),
      listen: (address: string, options?: LinkOptions) => listen(parseAddress(address), options),
    },
  },
});

/** Bytes to and from one server. */
async function client(context: PluginContext): Promise<void> {
  const address = parseAddress(context.config.address);
  const { reconnect = true, connectTimeoutMs = 10_000 } = context.config as {
    reconnect?: boolean;
    connectTimeoutMs?: number;
  };
  await bridge(context, {
    reconnect,
    open: async (over) => {
      const giveUp = new AbortController();
      void over.ended.then(() => giveUp.abort());
      const reason = failure(
        "UNAVAILABLE",
        `Cannot connect to ${context.config.address}: no answer in ${connectTimeoutMs} ms`,
      );
      context.clock.sleep(connectTimeoutMs).then(() => giveUp.abort(reason), () => {});
      return await connect(address, { signal: giveUp.signal });
    },
    receive: async (bytes) => await context.out.bytes?.publish(bytes),
    encode: (message) => {
      if (message instanceof Uint8Array) return message;
      throw failure("CODEC", `Cannot send: the message is ${message === null ? "null" : typeof message}, not bytes`);
    },
  });
}

/** Bytes to and from many clients. */
async function server(context: PluginContext): Promise<void> {
  const { maxClients = 64, maxWaitingBytes = 1 << 20 } = context.config as Record<string, number>;
  await serve(context, { address: parseAddress(context.config.address), maxClients, maxWaitingBytes });
}
