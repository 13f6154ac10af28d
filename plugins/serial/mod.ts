/**
 * Serial ports: `lines` and `bytes` as nodes. tinman opens the port, and only the one that was granted.
 *
 * @module
 */
import { definePlugin, type PluginContext, type PluginLink } from "tinman/plugin";
import { bridge, type BridgeLink } from "./bridge.ts";
import { Lines } from "./lines.ts";

export default definePlugin({ nodes: { lines, bytes } });

/** What a device says, line by line, and what it is told. */
async function lines(context: PluginContext): Promise<void> {
  const { newline = "\r\n", maxLine = 4096 } = context.config as { newline?: string; maxLine?: number };
  let split = new Lines(maxLine);
  await serve(context, {
    opened: () => split = new Lines(maxLine),
    receive: async (bytes) => {
      for (const line of split.push(bytes)) await context.out.lines?.publish(line);
    },
    encode: (message) => {
      if (typeof message === "string") return new TextEncoder().encode(message + newline);
      throw unfit("write a line", message, "text");
    },
  });
}

/** The bytes of a device as they come, and what it is told. */
async function bytes(context: PluginContext): Promise<void> {
  await serve(context, {
    opened: () => {},
    receive: async (piece) => await context.out.bytes?.publish(piece),
    encode: (message) => {
      if (message instanceof Uint8Array) return message;
      throw unfit("write to the port", message, "bytes");
    },
  });
}

interface Serve {
  /** A line that a device left unfinished is not finished by the next. */
  readonly opened: () => void;
  readonly receive: (bytes: Uint8Array) => Promise<void>;
  readonly encode: (message: unknown) => Uint8Array;
}

async function serve(context: PluginContext, { opened, receive, encode }: Serve): Promise<void> {
  const { config } = context;
  const options = ["baud", "dataBits", "parity", "stopBits", "flow"].filter((key) => config[key] !== undefined);
  const name = `serial:${config.port}?${
    options.map((key) => `${key}=${encodeURIComponent(`${config[key]}`)}`).join("&")
  }`;
  const open = async (): Promise<BridgeLink> => {
    const link: PluginLink = await context.link(name);
    opened();
    return { name, incoming: link.incoming, send: (bytes) => link.send(bytes), close: () => link.close() };
  };
  await bridge(context, { open, reconnect: config.reconnect !== false, receive, encode });
}

function unfit(doing: string, message: unknown, expected: string): Error {
  const found = message === null ? "null" : Array.isArray(message) ? "a list" : typeof message;
  return Object.assign(new Error(`Cannot ${doing}: the message is ${found}, not ${expected}`), { code: "CODEC" });
}
