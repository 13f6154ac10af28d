import type { PluginContext } from "tinman/plugin";
import type { Connection } from "./connection.ts";
import { failure } from "./failure.ts";
import { type Message, Outbox } from "./outbox.ts";
import { checkTopic, payloadOf, readSettings } from "./settings.ts";
import { stayConnected } from "./stay.ts";

/** Sends each message to the broker. With QoS 1 the node ends when the broker has all of them. */
export async function publish(context: PluginContext): Promise<void> {
  const settings = readSettings(context);
  const { messages } = context.in;
  if (messages === undefined) throw failure("CONFIG", 'Cannot publish: the input "messages" is not connected');
  const read = messageReader(context, settings.maxPacketBytes);
  const outbox = new Outbox(Math.max(1, Number(context.config.maxInFlight ?? 64)));
  const over = new AbortController();
  const end = () => over.abort();
  context.signal.addEventListener("abort", end);
  if (context.signal.aborted) end();
  let current: Connection | undefined;
  let wake = Promise.withResolvers<void>();

  const connected = stayConnected(context, {
    settings,
    over: over.signal,
    opened: async (connection) => {
      // All of them in one go: what is added from now on comes behind them.
      const sent = outbox.all().map((packet) => connection.send(packet));
      current = connection;
      wake.resolve();
      await Promise.all(sent);
    },
    lost: () => {
      current = undefined;
      wake = Promise.withResolvers();
    },
    take: async (packet) => {
      if (packet.type === "puback") outbox.confirm(packet.id);
      return await Promise.resolve();
    },
  });
  const sending = sendAll();
  try {
    // Ends first when the broker does not want us.
    await Promise.race([connected, sending]);
  } finally {
    end();
    context.signal.removeEventListener("abort", end);
    sending.catch(() => {});
    await connected.catch(() => {});
  }

  async function sendAll(): Promise<void> {
    let lost = 0;
    for await (const value of messages!) {
      const message = read(value);
      if (settings.qos === 1) {
        const id = await outbox.add(message);
        // Without a connection, or if this fails, the next connection begins with it.
        const packet = current === undefined ? undefined : outbox.first(id);
        if (packet !== undefined) await current!.send(packet).catch(() => {});
        continue;
      }
      while (current === undefined) await wake.promise;
      await current.send({ type: "publish", ...message, qos: 0, dup: false }).catch(() => lost++);
    }
    await outbox.drained();
    if (lost > 0) context.log.warn(`${lost} messages were lost with their connection, as QoS 0 allows`);
  }
}

function messageReader({ config }: PluginContext, maxPacketBytes: number): (value: unknown) => Message {
  const retain = config.retain === true;
  const fixed = config.topic === undefined || config.topic === "" ? undefined : checkTopic(config.topic, "CONFIG");
  return (value) => {
    const message = fixed === undefined
      ? ownMessage(value, retain)
      : { topic: fixed, payload: payloadOf(value), retain };
    if (message.payload.length > maxPacketBytes) {
      const { length } = message.payload;
      throw failure(
        "TOO_LARGE",
        `Cannot publish to ${message.topic}: ${length} bytes, maxPacketBytes is ${maxPacketBytes}`,
      );
    }
    return message;
  };
}

function ownMessage(value: unknown, retain: boolean): Message {
  const { topic, payload, retain: own } = (value ?? {}) as Record<string, unknown>;
  return {
    topic: checkTopic(topic, "CODEC"),
    payload: payloadOf(payload),
    retain: typeof own === "boolean" ? own : retain,
  };
}
