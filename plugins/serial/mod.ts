/**
 * Serial ports: `lines` and `bytes` as nodes, and links to `serial:/dev/ttyUSB0?baud=4800`. The port is opened by Deno
 * and set up by `stty`.
 *
 * @module
 */
import { definePlugin, type LinkOptions, type PluginContext } from "tinman/plugin";
import { bridge } from "./bridge.ts";
import { Lines } from "./lines.ts";
import { type Found, listPorts } from "./list.ts";
import { openPort } from "./port.ts";
import { failure, readAddress, readSettings } from "./settings.ts";

export default definePlugin({
  nodes: { lines, bytes },
  transports: {
    serial: {
      open: async (address: string, options?: LinkOptions) => await openPort(readAddress(address), options),
      list: (): Promise<readonly Found[]> => listPorts(readFolder, (path) => Deno.realPath(path)),
    },
  },
});

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
      throw failure("CODEC", `Cannot write a line: the message is ${nameOf(message)}, not text`);
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
      throw failure("CODEC", `Cannot write to the port: the message is ${nameOf(message)}, not bytes`);
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
  const settings = readSettings(context.config);
  const reconnect = context.config.reconnect !== false;
  const open = async (signal: AbortSignal) => {
    const link = await openPort(settings, { signal });
    opened();
    return link;
  };
  await bridge(context, { open, reconnect, receive, encode });
}

function nameOf(message: unknown): string {
  return message === null ? "null" : Array.isArray(message) ? "a list" : typeof message;
}

async function readFolder(path: string): Promise<readonly string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
