import { TinmanError } from "../errors/mod.ts";
import { netProblem, netValue } from "./net_value.ts";
import type { PluginConsumeOptions, PluginNewRecord, PluginRecord } from "./plugin.ts";

/** A topic that tinman opens for a plugin. */
export interface QueueUse {
  /** Which of the two: `broker:consume` or `broker:produce` was granted for it. */
  readonly kind: "consume" | "produce";
  /** Where: `kafka://127.0.0.1:9092`, `memory://NAME`. */
  readonly queue: string;
  readonly topic: string;
  readonly options: PluginConsumeOptions;
  /** Aborts when nothing more is wanted: reading is at its end then. */
  readonly signal: AbortSignal;
}

/** A topic that is open. */
export interface HeldQueue {
  /** The next records, once those before are done with; null when no more come. Never asked twice at a time. */
  read(): Promise<readonly PluginRecord[] | null>;
  /** Resolves when the broker has them. */
  send(records: readonly PluginNewRecord[]): Promise<void>;
  /** Lets go of it; ends a read. */
  close(): Promise<void>;
}

/** Opens topics: tinman's own client, which no plugin ever gets hold of. */
export type OpenHeldQueue = (use: QueueUse) => Promise<HeldQueue>;

/** The name of what has to be granted. */
export function capabilityOf({ kind }: Pick<QueueUse, "kind">): "broker:consume" | "broker:produce" {
  return `broker:${kind}`;
}

/** Why `value` names no topics, if it does not; a `*` at its end stands for all that begin so. */
export function queueProblem(value: string): string | undefined {
  return parse(value) === undefined
    ? `expected kafka://HOST:PORT/TOPIC or memory://NAME/TOPIC, a * at the end for all that begin so, found ${
      JSON.stringify(value)
    }`
    : undefined;
}

/** Topics in the one form in which they are compared: the host as a URL writes it, the port always said. */
export function queueValue(value: string): string {
  const found = parse(value);
  return found === undefined ? value : `${found.queue}/${found.topic}`;
}

/** Reads the address of one topic. @throws {TinmanError} `CONFIG`. */
export function readQueueAddress(address: string): Pick<QueueUse, "queue" | "topic"> {
  const found = address.endsWith("*") ? undefined : parse(address);
  if (found !== undefined) return found;
  const shown = JSON.stringify(address.slice(0, 300));
  throw new TinmanError("CONFIG", `Cannot open topic ${shown}: expected kafka://HOST:PORT/TOPIC`, {
    hint: "or memory://NAME/TOPIC for a queue in this process; one broker is enough, it names the others",
  });
}

function parse(value: string): { readonly queue: string; readonly topic: string } | undefined {
  const found = /^(kafka|memory):\/\/([^/,\s]+)\/([\w.-]{0,249})(\*?)$/.exec(value);
  if (found === null) return undefined;
  const [, scheme, where, name, star] = found as unknown as readonly [string, string, string, string, string];
  if (name === "" ? star === "" : /^\.{1,2}$/.test(name) && star === "") return undefined;
  const topic = `${name}${star}`;
  if (scheme === "memory") return { queue: `memory://${where}`, topic };
  if (netProblem(where) !== undefined) return undefined;
  const host = netValue(where);
  return { queue: `kafka://${/:\d+$/.test(host) && !host.endsWith("]") ? host : `${host}:9092`}`, topic };
}

/** Records in one call at most. */
const MAX_RECORDS = 10_000;

/** What a plugin wants to send, looked at: it may be anything. @throws {TypeError} Naming the record. */
export function readNewRecords(given: readonly unknown[]): readonly PluginNewRecord[] {
  if (given.length > MAX_RECORDS) {
    throw new RangeError(`Cannot send ${given.length} records at once: at most ${MAX_RECORDS}`);
  }
  return given.map((record, i) => {
    const problem = recordProblem(record);
    if (problem === undefined) return record as PluginNewRecord;
    throw new TypeError(`Cannot send record ${i}: ${problem}`);
  });
}

function recordProblem(record: unknown): string | undefined {
  if (!isObject(record)) return "it is no { value, key, headers, timestampMs }";
  const { value, key = null, headers = [], timestampMs = 0 } = record;
  if (!isBytes(value)) return `its value is ${typeof value}, expected bytes or null`;
  if (!isBytes(key)) return `its key is ${typeof key}, expected bytes or null`;
  if (!Number.isSafeInteger(timestampMs) || timestampMs as number < 0) return "its timestampMs is no whole number";
  const isHeader = (each: unknown) => isObject(each) && typeof each.name === "string" && isBytes(each.value);
  if (!Array.isArray(headers) || !headers.every(isHeader)) return "its headers are no list of { name, value }";
  return undefined;
}

/** How a plugin wants to read, looked at. @throws {TypeError} Naming the option. */
export function readConsumeOptions(given: Readonly<Record<string, unknown>>): PluginConsumeOptions {
  const { from = "earliest", group, untilEnd = false } = given;
  if (from !== "earliest" && from !== "latest") throw new TypeError('Cannot read: from is "earliest" or "latest"');
  if (group !== undefined && (typeof group !== "string" || group === "" || group.length > 249)) {
    throw new TypeError("Cannot read: group is no text of 1 to 249 characters");
  }
  if (typeof untilEnd !== "boolean") throw new TypeError("Cannot read: untilEnd is true or false");
  return { from, untilEnd, ...(group !== undefined && { group }) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isBytes(value: unknown): boolean {
  return value === null || value instanceof Uint8Array;
}
