import { type Channel, channel } from "../channel/mod.ts";
import type { Clock } from "../clock/mod.ts";

/** How much a message matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One message for people. */
export interface LogEntry {
  /** The run's time when it was said, in nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** How much it matters. */
  readonly level: LogLevel;
  /** Who said it; empty for tinman itself. */
  readonly node: string;
  /** What was said. */
  readonly message: string;
  /** The error that came with it: name and message, and the stack where there is one. */
  readonly error?: string;
}

/** Messages for people, with the name of the node and the run's time. */
export interface Diagnostics {
  /** For whoever looks for a fault. */
  debug(message: string, error?: unknown): void;
  /** Good to know. */
  info(message: string, error?: unknown): void;
  /** Something is not as it should be; the run goes on. */
  warn(message: string, error?: unknown): void;
  /** Something failed. */
  error(message: string, error?: unknown): void;
}

/**
 * The channel of all diagnostics of a run, made by tinman: put it in the inputs of a node to read them. A reader that
 * falls behind misses entries rather than holding up the nodes that speak.
 */
export const logs: Channel<LogEntry> = channel<LogEntry>("logs", { capacity: 1000 });

/** Diagnostics that speak for `node` at the time of `clock`. */
export function createDiagnostics(node: string, clock: Clock, say: (entry: LogEntry) => void): Diagnostics {
  const at = (level: LogLevel) => (message: string, error?: unknown) =>
    say({ timeNs: clock.now(), level, node, message, ...(error !== undefined && { error: describe(error) }) });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** One line for a terminal: `12:00:00.000 warn  planner: message`. */
export function formatLogEntry(entry: LogEntry): string {
  const time = new Date(Number(entry.timeNs / 1_000_000n)).toISOString().slice(11, 23);
  const who = entry.node === "" ? "" : `${entry.node}: `;
  const error = entry.error === undefined ? "" : `\n${entry.error}`;
  return `${time} ${entry.level.padEnd(5)} ${who}${entry.message}${error}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? `${error.name}: ${error.message}` : String(error);
}
