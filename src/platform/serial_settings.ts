import { TinmanError } from "../errors/mod.ts";

/** How a port is set up. */
export interface Settings {
  /** Path of the device. */
  readonly port: string;
  /** @default {9600} */
  readonly baud: number;
  /** @default {8} */
  readonly dataBits: 5 | 6 | 7 | 8;
  /** @default {"none"} */
  readonly parity: "none" | "even" | "odd";
  /** @default {1} */
  readonly stopBits: 1 | 2;
  /** `hardware` is RTS/CTS, `software` XON/XOFF. @default {"none"} */
  readonly flow: "none" | "hardware" | "software";
}

/**
 * Reads from a port come back after this time without data, in tenths of a second. A read that waits for ever would
 * outlive the link in a thread of Deno, and take the first bytes of who opens the port next.
 */
const PAUSE_TENTHS = 1;

/** Settings from values by name; throws with code `CONFIG` that names the value. */
export function readSettings(config: Readonly<Record<string, unknown>>): Settings {
  const { port, baud = 9600, dataBits = 8, parity = "none", stopBits = 1, flow = "none" } = config;
  if (typeof port !== "string" || !/^[^-\0][^\0]*$/.test(port)) throw wrong("port", port, "the path of a device");
  if (!Number.isInteger(baud) || Number(baud) < 1 || Number(baud) > 20_000_000) {
    throw wrong("baud", baud, "1 to 20000000");
  }
  return {
    port,
    baud: Number(baud),
    dataBits: oneOf("dataBits", dataBits, [5, 6, 7, 8] as const),
    parity: oneOf("parity", parity, ["none", "even", "odd"] as const),
    stopBits: oneOf("stopBits", stopBits, [1, 2] as const),
    flow: oneOf("flow", flow, ["none", "hardware", "software"] as const),
  };
}

/**
 * Settings from `serial:/dev/ttyUSB0?baud=4800&parity=even`. The path is taken as it stands, for it is what grants are
 * compared with.
 */
export function readAddress(address: string): Settings {
  const found = /^serial:([^?#]+)(?:\?([^#]*))?$/.exec(address);
  if (found === null) throw unreadable(address, "it is not serial:PORT?baud=…");
  const options = Object.fromEntries(new URLSearchParams(found[2] ?? ""));
  const known = ["baud", "dataBits", "parity", "stopBits", "flow"];
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) throw unreadable(address, `"${unknown}" is none of ${known.join(", ")}`);
  const numbers = ["baud", "dataBits", "stopBits"].filter((key) => key in options);
  return readSettings({
    ...options,
    ...Object.fromEntries(numbers.map((key) => [key, options[key] === "" ? "" : Number(options[key])])),
    port: found[1],
  });
}

/** What `stty` is told: no editing, no signals, no translation, 8N1 or what was asked for. */
export function sttyArguments({ port, baud, dataBits, parity, stopBits, flow }: Settings): string[] {
  return [
    // The stty of macOS, where ports have such names, says -f.
    /^\/dev\/(cu|tty)\./.test(port) ? "-f" : "-F",
    port,
    `${baud}`,
    "raw",
    ..."-echo -echoe -echok -iexten".split(" "),
    `cs${dataBits}`,
    ...(parity === "none" ? ["-parenb"] : ["parenb", parity === "odd" ? "parodd" : "-parodd"]),
    stopBits === 2 ? "cstopb" : "-cstopb",
    flow === "hardware" ? "crtscts" : "-crtscts",
    ...(flow === "software" ? ["ixon", "ixoff"] : ["-ixon", "-ixoff"]),
    // Opening does not wait for a carrier; closing does not reset boards that listen to DTR.
    ..."clocal cread -hupcl min 0 time".split(" "),
    `${PAUSE_TENTHS}`,
  ];
}

/** The address that opens a port with these settings, for messages. */
export function formatSettings({ port, baud, dataBits, parity, stopBits, flow }: Settings): string {
  const rest = [
    ...(dataBits === 8 ? [] : [`dataBits=${dataBits}`]),
    ...(parity === "none" ? [] : [`parity=${parity}`]),
    ...(stopBits === 1 ? [] : [`stopBits=${stopBits}`]),
    ...(flow === "none" ? [] : [`flow=${flow}`]),
  ];
  return `serial:${port}?${[`baud=${baud}`, ...rest].join("&")}`;
}

function oneOf<const T>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw wrong(name, value, allowed.join(", "));
  return found;
}

function wrong(name: string, value: unknown, expected: string): TinmanError<"CONFIG"> {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : String(value);
  return new TinmanError("CONFIG", `Cannot open port: ${name} is ${shown}, not ${expected}`, {});
}

function unreadable(address: string, why: string): TinmanError<"CONFIG"> {
  return new TinmanError("CONFIG", `Cannot read address "${address}": ${why}`, {
    hint: "such as serial:/dev/ttyUSB0?baud=4800",
  });
}
