import { createClient } from "@redis/client";
import { AckPolicy, connect, DeliverPolicy, RetentionPolicy, StorageType } from "nats";
import type { Queue } from "./broker_queues.ts";
import { isInstalled, startServer } from "./broker_servers.ts";

/** What people take in place of a broker, from Debian's packages with the clients of npm; those that are installed. */
export async function openPeers(): Promise<Queue[]> {
  const found: Queue[] = [];
  if (await isInstalled("redis-server")) found.push(await openRedis());
  else console.error("Redis Streams are left out: redis-server is not installed");
  if (await isInstalled("nats-server")) found.push(await openJetStream());
  else console.error("NATS JetStream is left out: nats-server is not installed");
  return found;
}

/** Redis Streams without persistence: a thousand XADD on their way, XREAD by the thousand. */
async function openRedis(): Promise<Queue> {
  const { port, server } = await startServer(
    "redis-server",
    (port) => ["--port", `${port}`, "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"],
  );
  const client = createClient({ socket: { host: "127.0.0.1", port } });
  await client.connect();
  return {
    name: "Redis Streams",
    async produce(topic, count, { bytes, ahead }) {
      const v = "x".repeat(bytes);
      await sendAhead(count, ahead, () => client.xAdd(topic, "*", { v }));
    },
    async consume(topic, count) {
      let [id, seen] = ["0", 0];
      while (seen < count) {
        const answer = await client.xRead({ key: topic, id }, { COUNT: 1000 }) as { messages: { id: string }[] }[];
        seen += answer[0]!.messages.length;
        id = answer[0]!.messages.at(-1)!.id;
      }
    },
    async delete(topic) {
      await client.del(topic);
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** NATS JetStream in memory: a thousand acknowledgements on their way, records pushed to an ordered consumer. */
async function openJetStream(): Promise<Queue> {
  const folder = await Deno.makeTempDir();
  const words = (port: number) => ["-js", "-a", "127.0.0.1", "-p", `${port}`, "-sd", folder];
  const { port, server } = await startServer("nats-server", words, folder);
  const nats = await connect({ servers: `127.0.0.1:${port}` });
  const [manager, stream] = [await nats.jetstreamManager(), nats.jetstream()];
  return {
    name: "NATS JetStream",
    async produce(topic, count, { bytes, ahead }) {
      const settings = { storage: StorageType.Memory, retention: RetentionPolicy.Limits };
      await manager.streams.add({ name: topic, subjects: [topic], ...settings });
      const payload = new Uint8Array(bytes);
      await sendAhead(count, ahead, () => stream.publish(topic, payload));
    },
    async consume(topic, count) {
      const deliver_subject = `d.${topic}`;
      let seen = 0;
      const subscription = nats.subscribe(deliver_subject);
      const config = { deliver_subject, ack_policy: AckPolicy.None, deliver_policy: DeliverPolicy.All };
      await manager.consumers.add(topic, config);
      for await (const _ of subscription) if (++seen === count) break;
    },
    async delete(topic) {
      await manager.streams.delete(topic);
    },
    async [Symbol.asyncDispose]() {
      await nats.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function sendAhead(count: number, ahead: number, send: () => Promise<unknown>): Promise<void> {
  for (let sent = 0; sent < count; sent += ahead) {
    await Promise.all(Array.from({ length: Math.min(ahead, count - sent) }, send));
  }
}
