/**
 * Serial ports: `lines`, `bytes` and `numbers` as nodes. tinman opens the port, and only the one that was granted.
 *
 * @module
 */
import { definePlugin, type PluginContext, type PluginLink } from "tinman/plugin";
import { bridge, type BridgeLink } from "./bridge.ts";
import { Lines } from "./lines.ts";
import { formatLine, NumberLines, type NumbersOptions } from "./numbers.ts";
import { Rows } from "./rows.ts";

export default definePlugin({ nodes: { lines, bytes, numbers } });

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

/** The numbers in the lines of a device, so many lines at a time, and numbers that it is told. */
async function numbers(context: PluginContext): Promise<void> {
  const config = context.config as NumbersOptions & {
    newline?: string;
    maxLine?: number;
    rows?: number;
    rate?: number;
  };
  const { newline = "\r\n", maxLine = 4096 } = config;
  const reader = new NumberLines(config);
  const rows = new Rows(config);
  let split = new Lines(maxLine);
  let problems = 0;
  const readLine = async (line: string) => {
    const found = reader.read(line);
    if (typeof found === "string") return await report(line, found);
    const value = found === undefined ? undefined : rows.push(found);
    if (value !== undefined) await context.out.numbers?.publish(value);
  };
  // The first ten, then each power of two: a noisy line does not flood the log.
  const report = async (line: string, reason: string) => {
    const count = ++problems;
    const text = line.slice(0, 120);
    if (count <= 10 || Number.isInteger(Math.log2(count))) {
      context.log.warn(`Cannot use line ${count}, ${JSON.stringify(text)}: ${reason}`);
    }
    await context.out.problems?.publish({ line: text, reason, count });
  };
  await serve(context, {
    opened: () => split = new Lines(maxLine),
    receive: async (bytes) => {
      for (const line of split.push(bytes)) await readLine(line);
    },
    encode: (message) => new TextEncoder().encode(formatLine(message, config) + newline),
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
