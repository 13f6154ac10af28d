import type { PluginContext } from "tinman/plugin";
import { failure } from "./failure.ts";
import { readFilters, readSettings } from "./settings.ts";
import { stayConnected } from "./stay.ts";

const SUBSCRIPTION = 1;

/**
 * Publishes what comes to the topics. With QoS 1 the broker gets its receipt when the graph has taken the message, so one
 * may come twice, but none is lost while the broker keeps them for us (`persistent`).
 */
export async function subscribe(context: PluginContext): Promise<void> {
  const settings = readSettings(context);
  const filters = readFilters(context);
  const decode = decoderOf(context.config.format ?? "bytes");
  let unreadable = 0;
  let isSubscribed = false;

  await stayConnected(context, {
    settings,
    over: overOf(context),
    opened: async (connection) => {
      // A broker that still has these would only repeat what it retains.
      if (isSubscribed && connection.sessionPresent) return;
      const asked = filters.map((filter) => [filter, settings.qos] as const);
      await connection.send({ type: "subscribe", id: SUBSCRIPTION, filters: asked });
    },
    take: async (packet, connection) => {
      if (packet.type === "suback") {
        const refused = filters.filter((_, i) => packet.codes[i] === 0x80);
        if (refused.length > 0) {
          throw failure("DENIED", `Cannot subscribe to ${refused.join(", ")}: the broker refuses it`);
        }
        isSubscribed = true;
        return context.log.info(`Subscribed to ${filters.join(", ")}`);
      }
      if (packet.type !== "publish") return;
      const { topic, payload, qos, retain, id } = packet;
      try {
        await context.out.messages?.publish({ topic, payload: decode(payload), qos, retain });
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
        if (++unreadable <= 10) context.log.warn(`Cannot read a message of ${topic}: ${error.message}`);
      }
      if (qos === 1) await connection.send({ type: "puback", id: id! });
    },
  });
  if (unreadable > 0) context.log.warn(`${unreadable} messages could not be read`);
}

/** A signal of ours that follows the one of the context, which lacks some of what a signal has. */
function overOf({ signal }: PluginContext): AbortSignal {
  const over = new AbortController();
  signal.addEventListener("abort", () => over.abort());
  if (signal.aborted) over.abort();
  return over.signal;
}

function decoderOf(format: unknown): (payload: Uint8Array) => unknown {
  const text = (payload: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(payload);
  switch (format) {
    case "bytes":
      return (payload) => payload;
    case "text":
      return text;
    case "json":
      return (payload) => JSON.parse(text(payload));
  }
  throw failure("CONFIG", `Cannot use MQTT: format is ${JSON.stringify(format)}, not bytes, text or json`);
}
