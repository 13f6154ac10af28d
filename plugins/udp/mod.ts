/**
 * UDP: datagrams in and out as nodes, and links to `udp://host:port`.
 *
 * @module
 */
import { definePlugin, type LinkOptions, type PluginContext } from "tinman/plugin";
import { failure, formatAddress, parseAddress } from "./address.ts";
import { openLink, readOptions } from "./link.ts";
import { Socket } from "./socket.ts";

export default definePlugin({
  nodes: { receive, send },
  transports: {
    udp: {
      open: async (address: string, { signal }: LinkOptions = {}) => {
        signal?.throwIfAborted();
        const { peer, ...options } = readOptions(address, parseAddress);
        return await openLink(peer, options);
      },
    },
  },
});

/** Publishes what comes to a port. What comes while the graph has no room is lost, as datagrams are. */
async function receive(context: PluginContext): Promise<void> {
  const { address, group, interface: on } = context.config as Record<string, string | undefined>;
  const socket = await Socket.open(parseAddress(address), group ? { group, interface: on ?? "0.0.0.0" } : undefined);
  const close = () => socket.close();
  context.signal.addEventListener("abort", close);
  context.log.info(`Listening on udp://${formatAddress(socket.address)}${group ? ` to ${group}` : ""}`);
  try {
    while (!context.signal.aborted) {
      const datagram = await socket.receive();
      if (datagram === undefined) return;
      const { bytes, peer } = datagram;
      await context.out.bytes?.publish(bytes);
      await context.out.datagrams?.publish({ peer: `udp://${formatAddress(peer)}`, bytes });
    }
  } finally {
    context.signal.removeEventListener("abort", close);
    close();
  }
}

/** Sends each message as one datagram. One that the system does not take is said and left out: datagrams get lost. */
async function send(context: PluginContext): Promise<void> {
  const { bytes: input } = context.in;
  if (input === undefined) throw failure("CONFIG", 'Cannot send: the input "bytes" is not connected');
  const to = parseAddress(context.config.address);
  const socket = await Socket.open({ hostname: to.hostname.includes(":") ? "::" : "0.0.0.0", port: 0 });
  let lost = 0;
  try {
    for await (const message of input) {
      if (!(message instanceof Uint8Array)) {
        throw failure("CODEC", `Cannot send: the message is ${message === null ? "null" : typeof message}, not bytes`);
      }
      try {
        await socket.send(message, to);
      } catch (error) {
        if ((error as { code?: unknown }).code !== "UNAVAILABLE") throw error;
        if (++lost <= 10 || Number.isInteger(Math.log2(lost))) {
          context.log.warn(`${(error as Error).message}; ${lost} datagrams were left out`);
        }
      }
    }
  } finally {
    socket.close();
  }
}
