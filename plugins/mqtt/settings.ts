import type { PluginContext } from "tinman/plugin";
import { failure } from "./failure.ts";
import type { Connect, Publish } from "./packet.ts";
import { filterProblem, topicProblem } from "./topic.ts";

/** What both nodes are told. */
export interface Settings {
  readonly hostname: string;
  readonly port: number;
  readonly qos: 0 | 1;
  readonly connect: Connect;
  readonly keepAliveMs: number;
  readonly maxPacketBytes: number;
}

/** Settings from a node's configuration; throws with code `CONFIG` that names the value. */
export function readSettings({ config, random }: Pick<PluginContext, "config" | "random">): Settings {
  const { broker, qos = 1, clientId = "", persistent = false, keepAliveMs = 30_000, maxPacketBytes = 1 << 20 } = config;
  const { user = "", password = "" } = config;
  const found = /^(?:mqtt:\/\/)?(?:\[([0-9a-fA-F:.]+)\]|([a-zA-Z0-9._-]+)):(\d{1,5})$/.exec(String(broker));
  if (found === null || Number(found[3]) > 65_535) throw wrong("broker", broker, "host:port");
  if (qos !== 0 && qos !== 1) throw wrong("qos", qos, "0 or 1");
  if (typeof clientId !== "string") throw wrong("clientId", clientId, "text");
  if (persistent === true && clientId === "") throw wrong("clientId", clientId, "a name, which persistent needs");
  if (!(Number(keepAliveMs) >= 100 && Number(keepAliveMs) <= 65_535_000)) {
    throw wrong("keepAliveMs", keepAliveMs, "100 to 65535000");
  }
  if (typeof user !== "string" || typeof password !== "string") {
    throw wrong("user or password", typeof password, "text");
  }
  const drawn = () => `tinman-${Array.from({ length: 12 }, () => random.int(16).toString(16)).join("")}`;
  return {
    hostname: (found[1] ?? found[2])!,
    port: Number(found[3]),
    qos,
    keepAliveMs: Number(keepAliveMs),
    maxPacketBytes: Number(maxPacketBytes),
    connect: {
      type: "connect",
      clientId: clientId === "" ? drawn() : clientId,
      clean: persistent !== true,
      keepAlive: Math.max(1, Math.ceil(Number(keepAliveMs) / 1000)),
      ...(config.will !== undefined && config.will !== null && { will: readWill(config.will) }),
      ...(user !== "" && { user }),
      // MQTT 3.1.1 has no password without a user.
      ...(user !== "" && password !== "" && { password }),
    },
  };
}

/** The topic filters to subscribe to. */
export function readFilters({ config: { topics } }: Pick<PluginContext, "config">): readonly string[] {
  const filters = typeof topics === "string" ? [topics] : topics;
  if (!Array.isArray(filters) || filters.length === 0) throw wrong("topics", topics, "a list of topic filters");
  for (const filter of filters) {
    const problem = typeof filter === "string" ? filterProblem(filter) : "it is not text";
    if (problem !== undefined) throw failure("CONFIG", `Cannot subscribe to ${JSON.stringify(filter)}: ${problem}`);
  }
  return filters;
}

/** Checks a topic to publish to; throws with `code`. */
export function checkTopic(topic: unknown, code: string): string {
  const problem = typeof topic === "string" ? topicProblem(topic) : "it is not text";
  if (problem !== undefined) throw failure(code, `Cannot publish to ${JSON.stringify(topic) ?? "nothing"}: ${problem}`);
  return topic as string;
}

/** The bytes of a payload: bytes and text as they are, everything else as JSON. */
export function payloadOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") return new TextEncoder().encode(value);
  // JSON has whole numbers of any size, and V8 a way to write them.
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const json = JSON.stringify(value, (_, each) => typeof each === "bigint" ? rawJSON(each.toString()) : each);
  return new TextEncoder().encode(json ?? "null");
}

function readWill(will: unknown): Pick<Publish, "topic" | "payload" | "qos" | "retain"> {
  const { topic, payload = "", qos = 0, retain = false } = (will ?? {}) as Record<string, unknown>;
  if (qos !== 0 && qos !== 1) throw wrong("qos of the will", qos, "0 or 1");
  return { topic: checkTopic(topic, "CONFIG"), payload: payloadOf(payload), qos, retain: retain === true };
}

function wrong(name: string, value: unknown, expected: string): Error {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : String(value);
  return failure("CONFIG", `Cannot use MQTT: ${name} is ${shown}, not ${expected}`);
}
